//go:build linux && amd64 && !race

// Other systems show other keys in the list of shortcuts, and other processors draw the edges of letters differently.

package shell

import (
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// After a change of the window, look at the pictures that differ. Then redraw them and look at them in git:
//
//	go test ./gui/shell -run TestPagesLookAsTheyDid -update
var update = flag.Bool("update", false, "write the golden pictures again")

const (
	goldens  = "testdata/golden"
	failures = "../../.build/ci/golden" // beside the logs of packaging/test
)

// Fyne draws the same picture each time on one kind of processor; on another, floating point may round the edge of a
// letter differently. A channel in a stored picture differs by at most lossy from what was drawn. A difference of more
// than apart, which allows for both, is another colour. A changed letter has some twenty such pixels.
const (
	lossy  = 14
	apart  = 28
	change = 6 // this many pixels of another colour are a change
)

// shots are the settings with which pictures are stored. Pages: each language in each mode, and French in the smallest
// window. Dialogs, which are always drawn in the smallest window: each language in one mode.
var shots = []struct {
	name, language, mode string
	size                 fyne.Size
	dialogs              bool
}{
	{"en-light", lang.English, theme.Light, wide, false},
	{"en-dark", lang.English, theme.Dark, wide, true},
	{"fr-light", "fr", theme.Light, wide, true},
	{"fr-dark", "fr", theme.Dark, wide, false},
	{"fr-narrow", "fr", theme.Light, narrow, false},
}

// TestPagesLookAsTheyDid compares each page and dialog with its last checked picture.
func TestPagesLookAsTheyDid(t *testing.T) {
	pictured := map[string]bool{}
	for _, shot := range shots {
		wanted := func(v view) bool { return !v.dialog || shot.dialogs }
		for _, v := range views() {
			pictured[v.name+"-"+shot.name+".png"] = wanted(v)
		}
		t.Run(shot.name, func(t *testing.T) {
			visitViews(t, shot.language, shot.mode, shot.size, func(t *testing.T, s *scene, v view) {
				if wanted(v) {
					comparePicture(t, v.name+"-"+shot.name, s.window.Canvas().Capture())
				}
			})
		})
	}
	files, err := filepath.Glob(goldens + "/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !pictured[filepath.Base(f)] {
			t.Errorf("%s belongs to no view any more: delete it", f)
		}
	}
}

// comparePicture compares a picture with the stored one.
func comparePicture(t *testing.T, name string, got image.Image) {
	t.Helper()
	file := filepath.Join(goldens, name+".png")
	if *update {
		writePicture(t, file, paletted(got))
		return
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v; look at the window, then write its picture with -update", err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != got.Bounds() {
		t.Fatalf("the window is %v large, want %v as in its picture", got.Bounds(), want.Bounds())
	}
	diff, n := difference(pixels(got), pixels(want))
	result := filepath.Join(failures, name)
	if n < change {
		_, _ = os.Remove(result+".got.png"), os.Remove(result+".diff.png") // of an earlier run
		return
	}
	writePicture(t, result+".got.png", got)
	writePicture(t, result+".diff.png", diff)
	t.Errorf("%d pixels differ from %s.\nThe window now looks like %s.got.png; %[3]s.diff.png shows the differences in red.", n, file, result)
}

func pixels(from image.Image) *image.NRGBA {
	if n, ok := from.(*image.NRGBA); ok {
		return n
	}
	out := image.NewNRGBA(from.Bounds())
	draw.Draw(out, out.Bounds(), from, from.Bounds().Min, draw.Src)
	return out
}

// difference returns how many pixels differ, and a pale picture with those pixels in red.
func difference(got, want *image.NRGBA) (diff *image.NRGBA, n int) {
	for i := 0; i < len(got.Pix); i += 4 {
		if differs(got.Pix[i:i+3], want.Pix[i:i+3]) {
			n++
		}
	}
	if n < change {
		return nil, n
	}
	diff = image.NewNRGBA(got.Bounds())
	for i := 0; i < len(got.Pix); i += 4 {
		for k := range 3 {
			diff.Pix[i+k] = 0xbf + got.Pix[i+k]/4
		}
		if diff.Pix[i+3] = 0xff; differs(got.Pix[i:i+3], want.Pix[i:i+3]) {
			copy(diff.Pix[i:], []byte{0xff, 0, 0})
		}
	}
	return diff, n
}

func differs(a, b []byte) bool {
	for k := range a {
		if max(a[k], b[k])-min(a[k], b[k]) > apart {
			return true
		}
	}
	return false
}

// paletted returns a picture with as few colours as possible, which makes the file a quarter as large. It keeps the
// most frequent colours. To these it adds, one at a time, the colour that is furthest from all others so far; such
// colours are edges of letters.
func paletted(from image.Image) *image.Paletted {
	src, count := pixels(from), map[color.NRGBA]int{}
	for i := 0; i < len(src.Pix); i += 4 {
		count[color.NRGBA{src.Pix[i], src.Pix[i+1], src.Pix[i+2], 0xff}]++
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.NRGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(rank(a), rank(b)))
	})
	var few color.Palette
	far, nearest := make([]int, len(colours)), make([]uint8, len(colours))
	for next := 0; len(few) < 16 || far[next] > lossy && len(few) < 256; {
		for i, c := range colours {
			if d := distance(c, colours[next]); len(few) == 0 || d < far[i] {
				far[i], nearest[i] = d, uint8(len(few))
			}
		}
		few = append(few, colours[next])
		if next = len(few); next >= min(16, len(colours)) {
			next = slices.Index(far, slices.Max(far))
		}
	}
	index := map[color.NRGBA]uint8{}
	for i, c := range colours {
		index[c] = nearest[i]
	}
	out := image.NewPaletted(src.Bounds(), few)
	for i := range out.Pix {
		out.Pix[i] = index[color.NRGBA{src.Pix[4*i], src.Pix[4*i+1], src.Pix[4*i+2], 0xff}]
	}
	return out
}

func rank(c color.NRGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

func distance(a, b color.NRGBA) int {
	return int(max(max(a.R, b.R)-min(a.R, b.R), max(a.G, b.G)-min(a.G, b.G), max(a.B, b.B)-min(a.B, b.B)))
}

// writePicture writes a picture to a file.
func writePicture(t *testing.T, file string, m image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
