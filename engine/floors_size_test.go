package engine_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

// What a struct of package network may have at most: beyond, it is two things.
const (
	maxFields  = 15
	maxMethods = 20
)

func TestNoTypeOfTheNetworkIsTwoThings(t *testing.T) {
	faults, types := oversized(t, os.DirFS("network"))
	for _, f := range faults {
		t.Error(f)
	}
	if types < 100 {
		t.Errorf("%d types were seen; where is the rest?", types)
	}
}

func TestAnOversizedTypeIsFound(t *testing.T) {
	fields, methods := "type t struct { a, b int; c\n", ""
	for i := range maxMethods {
		methods += fmt.Sprintf("func (t *t) m%d() {}\n", i)
	}
	for i := range maxFields - 2 {
		fields += fmt.Sprintf("f%d int\n", i)
	}
	for _, c := range []struct{ name, src, more, want string }{
		{"just small enough", "type t struct{}\n" + methods, "", ""},
		{"a method in another file", "type t struct{}\n" + methods, "func (t t) more() {}", "x.t has 21 methods"},
		{"a field too many", fields + "}\n", "", "x.t has 16 fields"},
	} {
		faults, _ := oversized(t, fstest.MapFS{
			"x/a.go": {Data: []byte("package x\n" + c.src)}, "x/b.go": {Data: []byte("package x\n" + c.more)}, "x/b_test.go": {Data: []byte("package x\nfunc (t t) forATest() {}")},
		})
		if got := strings.Join(faults, "; "); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

// oversized are the types of a tree that have too much, and how many there are.
func oversized(t *testing.T, tree fs.FS) (faults []string, types int) {
	t.Helper()
	methods := map[string]int{}
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".go" || strings.HasSuffix(p, "_test.go") {
			return err
		}
		src, err := fs.ReadFile(tree, p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil {
					methods[path.Dir(p)+"."+receiver(n.Recv.List[0].Type)]++
				}
			case *ast.TypeSpec:
				types++
				s, ok := n.Type.(*ast.StructType)
				if !ok {
					break
				}
				fields := 0
				for _, l := range s.Fields.List {
					fields += max(1, len(l.Names)) // an embedded one has no name
				}
				if fields > maxFields {
					faults = append(faults, fmt.Sprintf("%s.%s has %d fields", path.Dir(p), n.Name.Name, fields))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range methods {
		if n > maxMethods {
			faults = append(faults, fmt.Sprintf("%s has %d methods", name, n))
		}
	}
	return faults, types
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr: // of a type parameter
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
