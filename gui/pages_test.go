package gui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPagesStartNoGoroutine: only one loop may use a page, so no page may start a goroutine. Only the shell may.
func TestPagesStartNoGoroutine(t *testing.T) {
	files, err := filepath.Glob("*/*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d files (%v), want at least 20", len(files), err)
	}
	for _, file := range files {
		if strings.HasPrefix(file, "shell") || strings.HasPrefix(file, "e2e") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s: a page starts a goroutine", fset.Position(g.Pos()))
			}
			return true
		})
		for _, i := range f.Imports {
			if strings.Contains(i.Path.Value, "fyne.io/fyne/v2/app") {
				t.Errorf("%s imports fyne/app, which only run.go may", file)
			}
		}
	}
}

// TestOnlyFilesThatNeedAScreenHaveTheHeadlessTag: only files that need a real screen, and what only these use, have the
// tag nogui. All other files are tested without cgo on every system.
func TestOnlyFilesThatNeedAScreenHaveTheHeadlessTag(t *testing.T) {
	want := []string{"quiet.go", "quiet_test.go", "run.go", "run_none.go", "shell/systray.go", "shell/tray_linux.go", "shell/tray_linux_test.go", "shell/tray_other.go", "windows.go"}
	var got []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if first, _, _ := strings.Cut(string(text), "\n"); strings.HasPrefix(first, "//go:build") && strings.Contains(first, "nogui") {
			got = append(got, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("files with the tag: %q, want %q", got, want)
	}
}
