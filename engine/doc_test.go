package engine_test

import (
	"io/fs"
	"os"
	"regexp"
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
		t.Fatalf("%d laws", len(all))
	}
	name := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`)
	for _, law := range all {
		names := name.FindAllString(law, -1)
		if len(names) == 0 {
			t.Errorf("no test is named for: %s", law)
		}
		for _, n := range names {
			if !strings.Contains(tests.String(), "\nfunc "+n+"(") {
				t.Errorf("there is no %s", n)
			}
		}
	}
}
