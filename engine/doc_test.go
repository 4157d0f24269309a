package engine_test

import (
	"cmp"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocNamesTestsThatExist: each law in doc.go names what checks it.
func TestDocNamesTestsThatExist(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	tree := os.DirFS("..")
	err = fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, "_test.go") {
			return err
		}
		b, err := fs.ReadFile(tree, p)
		tests.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	laws := strings.ReplaceAll(string(doc), "\n//", "")
	_, laws, _ = strings.Cut(laws, "# What always holds")
	laws, _, found := strings.Cut(laws, "# Glossary")
	all := strings.Split(laws, "  - ")[1:]
	if !found || len(all) < 10 {
		t.Fatalf("doc.go has %d laws, want at least 10", len(all))
	}
	name := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`)
	for _, law := range all {
		names := name.FindAllString(law, -1)
		if len(names) == 0 {
			t.Errorf("a law of doc.go names no test: %s", law)
		}
		for _, n := range names {
			if !strings.Contains(tests.String(), "\nfunc "+n+"(") {
				t.Errorf("doc.go names %s, which does not exist", n)
			}
		}
	}
}

// TestMapHasEveryPackageOnItsFloor compares the map in doc.go with the tree and with floors_test.go: a package that is
// higher on the map is on no lower floor.
func TestMapHasEveryPackageOnItsFloor(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "# The map")
	text, _, _ = strings.Cut(text, "# The way of one announce")
	mapped := map[string]bool{}
	lowest, above := len(floors), len(floors) // on this floor of the map, and on those above it
	for l := range strings.Lines(text) {
		row, ok := strings.CutPrefix(l, "//\t")
		if !ok {
			continue
		}
		words := strings.Fields(row)
		if words[0] == "-" {
			break // the rest is for tests
		}
		if len(words[0]) == 1 { // a floor's number
			lowest, above, words = len(floors), min(lowest, above), words[1:]
		}
		dir := strings.TrimSuffix(words[0], ",")
		if dir != "engine" && dir != "gui" {
			dir = "engine/" + dir
		}
		floor, _ := floorOf(dir)
		if mapped[dir] {
			t.Errorf("%s is on the map twice", dir)
		}
		if floor > above {
			t.Errorf("%s is on a higher floor in floors_test.go than a package that is above it on the map", dir)
		}
		mapped[dir], lowest = true, min(lowest, floor)
	}
	err = fs.WalkDir(os.DirFS(".."), "engine", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && slices.Contains([]string{"testdata", "internal", "enginetest", "clientstest"}, d.Name()) {
			return cmp.Or(err, fs.SkipDir)
		}
		if dir := path.Dir(p); path.Ext(p) == ".go" && !mapped[dir] {
			t.Errorf("%s is not on the map", dir)
			mapped[dir] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
