package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestAPictureIsDrawnInEverySize(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	for _, edge := range sizes {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.png", edge)))
		if err != nil {
			t.Fatal(err)
		}
		checkPicture(t, b, edge)
	}
}

// checkPicture checks that a PNG has this size in pixels, a transparent corner and an opaque middle.
func checkPicture(t *testing.T, b []byte, edge int) {
	t.Helper()
	p, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("reading the picture of %d pixels: %v", edge, err)
	}
	if s := p.Bounds().Size(); s.X != edge || s.Y != edge {
		t.Errorf("the picture of %d pixels is %v large", edge, s)
	}
	if _, _, _, a := p.At(0, 0).RGBA(); a != 0 {
		t.Errorf("the picture of %d pixels has a corner of opacity %#x, want 0", edge, a)
	}
	if _, _, _, a := p.At(edge/2, edge/2).RGBA(); a != 0xffff {
		t.Errorf("the picture of %d pixels has a middle of opacity %#x, want 0xffff", edge, a)
	}
}

func TestTheAppleIconContainsAllSizes(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "BittOratio.icns"))
	if err != nil {
		t.Fatal(err)
	}
	if string(b[:4]) != "icns" || int(binary.BigEndian.Uint32(b[4:])) != len(b) {
		t.Fatalf("the file begins with %q, want icns and its length %d", b[:8], len(b))
	}
	seen := map[string]bool{}
	for rest := b[8:]; len(rest) > 0; {
		kind, size := string(rest[:4]), binary.BigEndian.Uint32(rest[4:])
		seen[kind] = true
		for _, want := range icnsTypes {
			if want.name == kind {
				checkPicture(t, rest[8:size], want.edge)
			}
		}
		rest = rest[size:]
	}
	if len(seen) != len(icnsTypes) {
		t.Errorf("the file has %d pictures, want %d", len(seen), len(icnsTypes))
	}
}
