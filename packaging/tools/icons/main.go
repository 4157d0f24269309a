// Command icons draws the program's icon, assets/icon.svg, in every size that the packages need.
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

// sizes are the widths and heights of the PNG files, in pixels.
var sizes = []int{16, 22, 24, 32, 48, 64, 128, 256, 512, 1024}

// icnsTypes are the types of pictures in an icns file that contain a PNG, and their sizes in pixels. Some sizes have two
// types, the second one for screens with twice the resolution (ic11 is 16x16@2x in Apple's iconset names).
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

// draw returns an SVG as a PNG of edge × edge pixels.
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

// icns returns an icon file of macOS: "icns" and the length of the file, then for each picture its type, its length
// including these eight bytes, and the PNG.
func icns(pictures map[int][]byte) []byte {
	var body bytes.Buffer
	for _, t := range icnsTypes {
		body.WriteString(t.name)
		body.Write(binary.BigEndian.AppendUint32(nil, uint32(8+len(pictures[t.edge]))))
		body.Write(pictures[t.edge])
	}
	return append(binary.BigEndian.AppendUint32([]byte("icns"), uint32(8+body.Len())), body.Bytes()...)
}
