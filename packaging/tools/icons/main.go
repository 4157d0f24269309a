// Command icons draws the program's icon in every size that a system asks for. One drawing, assets/icon.svg, is all that
// there is to edit.
//
//	go run ./packaging/tools/icons DIR    writes DIR/16.png to DIR/1024.png, and DIR/BittOratio.icns for macOS
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"

	"bittoratio/assets"
)

// sizes are the pictures' edges in pixels.
var sizes = []int{16, 22, 24, 32, 48, 64, 128, 256, 512, 1024}

// icnsTypes are the pictures of an icns file that hold a PNG, and their edges. Of those that macOS shows on two kinds
// of screen, the second is named for the finer one (Apple's iconset names: 16x16@2x is ic11).
var icnsTypes = []struct {
	name string
	edge int
}{
	{"icp4", 16},
	{"icp5", 32},
	{"ic11", 32},
	{"ic12", 64},
	{"ic07", 128},
	{"ic13", 256},
	{"ic08", 256},
	{"ic14", 512},
	{"ic09", 512},
	{"ic10", 1024},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: icons DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "icons:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pictures := map[int][]byte{}
	for _, edge := range sizes {
		b, err := draw(assets.Icon, edge)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.png", edge)), b, 0o644); err != nil {
			return err
		}
		pictures[edge] = b
	}
	return os.WriteFile(filepath.Join(dir, "BittOratio.icns"), icns(pictures), 0o644)
}

// draw is an SVG as a PNG of edge by edge pixels.
func draw(svg []byte, edge int) ([]byte, error) {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(svg), oksvg.StrictErrorMode)
	if err != nil {
		return nil, err
	}
	icon.SetTarget(0, 0, float64(edge), float64(edge))
	picture := image.NewNRGBA(image.Rect(0, 0, edge, edge))
	icon.Draw(rasterx.NewDasher(edge, edge, rasterx.NewScannerGV(edge, edge, picture, picture.Bounds())), 1)
	var out bytes.Buffer
	err = png.Encode(&out, picture)
	return out.Bytes(), err
}

// icns is Apple's icon file: a magic word and the whole length, then for each picture a type, its length with these
// eight bytes, and the PNG.
func icns(pictures map[int][]byte) []byte {
	var body bytes.Buffer
	for _, t := range icnsTypes {
		body.WriteString(t.name)
		body.Write(binary.BigEndian.AppendUint32(nil, uint32(8+len(pictures[t.edge]))))
		body.Write(pictures[t.edge])
	}
	return append(binary.BigEndian.AppendUint32([]byte("icns"), uint32(8+body.Len())), body.Bytes()...)
}
