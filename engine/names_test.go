package engine_test

import (
	"go/ast"
	"slices"
	"strings"
)

// forbidden are words that are too vague for a name.
var forbidden = []string{"manager", "handler", "helper", "helpers", "util", "utils", "common", "data", "info", "processor", "controller"}

// vagueWord returns the forbidden word in a name; empty if there is none. InfoHash is allowed, as the field's own word.
func vagueWord(name string) string {
	for _, w := range words(strings.ReplaceAll(name, "InfoHash", "Hash")) {
		if slices.Contains(forbidden, w) {
			return w
		}
	}
	return ""
}

// words returns the words of a name in camel case, in lower case: HTTPHandler2 is http, handler2.
func words(name string) (all []string) {
	from := 0
	for i := 1; i <= len(name); i++ {
		if i < len(name) && !(isCapital(name[i]) && (!isCapital(name[i-1]) || i+1 < len(name) && !isCapital(name[i+1]))) {
			continue
		}
		all = append(all, strings.ToLower(name[from:i]))
		from = i
	}
	return all
}

func isCapital(c byte) bool { return c >= 'A' && c <= 'Z' }

// badNames returns the forbidden words in the package's name and in what it exports: types, their fields and methods,
// functions, constants, variables.
func badNames(f *file) (faults []string) {
	if f.test {
		return nil
	}
	check := func(kind, name string) {
		if w := vagueWord(name); w != "" {
			faults = append(faults, f.fault("%s %s: %q says nothing", kind, name, w))
		}
	}
	check("package", f.Name.Name)
	exported := func(kind string, names ...*ast.Ident) {
		for _, n := range names {
			if n.IsExported() {
				check(kind, n.Name)
			}
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			exported("function", d.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					exported("value", s.Names...)
				case *ast.TypeSpec:
					exported("type", s.Name)
					ast.Inspect(s.Type, func(n ast.Node) bool {
						if field, ok := n.(*ast.Field); ok {
							exported("field", field.Names...)
						}
						return true
					})
				}
			}
		}
	}
	return faults
}
