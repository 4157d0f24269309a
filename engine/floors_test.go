package engine_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "bittoratio"

// floors are the folders, floor by floor. Each includes its subfolders, except those that are listed themselves. A
// package imports only from its own floor and from those before it.
var floors = [][]string{
	{"engine/bittorrent", "engine/report/policy", "engine/exchange", "engine/swarmview", "engine/checks", "engine/clients", "assets"},
	{"engine/wire"},
	{"engine/store", "engine/clients/file", "engine/clients/launch", "engine/clients/find"}, // only these write files: the data folder, and other programs' settings
	{"engine/report", "engine/names", "engine/announce"},
	{"engine/network", "engine/clients/remote", "engine/clients/transmission", "engine/clients/qbittorrent", "engine/clients/change", "engine/clients/local", "engine/practice"},
	{"engine/convert", "engine/feed", "engine/instance", "engine/linelog", "engine/settings", "engine/swarmask"},
	{"engine"},
	{"engine/demo"},
	{"engine/commandline"},
	{"engine/enginetest"}, // for tests only
	{"engine/clientstest"},
	{"gui/theme", "gui/lang", "gui/autostart", "gui/alert"},
	{"gui/text", "gui/tip"},
	{"gui/control", "gui/grid", "gui/chart"},
	{"gui/desk"},
	{"gui/torrents", "gui/activity", "gui/setup", "gui/settings", "gui/swarm"}, // the pages
	{"gui/shell"},
	{"gui"},
	{"gui/e2e"},
	{"."},
	{"packaging"}, // programs that build the packages
}

// pure is how many floors must not use sockets, files or the clock.
const pure = 2

// open are the packages of the engine that the window and main may import.
var open = []string{
	"engine", "engine/bittorrent", "engine/checks", "engine/clients", "engine/clients/check", "engine/commandline", "engine/convert", "engine/exchange",
	"engine/demo", "engine/instance", "engine/linelog", "engine/network/listen", "engine/practice", "engine/report/policy", "engine/settings", "engine/swarmview",
	"engine/clients/change", "engine/clients/file", "engine/clients/find", "engine/clients/launch", "engine/clients/local", "engine/clients/remote",
}

// named are those of them whose types, errors and constants the window uses, but not their functions: it calls the
// engine instead, or methods of values from it.
var named = []string{
	"engine/clients/change", "engine/clients/remote", "engine/clients/file", "engine/clients/find", "engine/clients/launch", "engine/clients/local",
}

func TestPackagesKeepToTheirFloors(t *testing.T) {
	faults, packages := inspect(os.DirFS(".."))
	for _, f := range faults {
		t.Errorf("unexpected result: %v", f)
	}
	if packages < 25 {
		t.Errorf("only %d packages were found, want at least 25", packages)
	}
}

// floorOf returns the number of a folder's floor, and the folder's name in the list.
func floorOf(dir string) (floor int, name string) {
	floor = -1
	for i, names := range floors {
		for _, n := range names {
			if (dir == n || strings.HasPrefix(dir, n+"/")) && len(n) > len(name) {
				floor, name = i, n
			}
		}
	}
	return floor, name
}

// file is one Go file of the tree.
type file struct {
	*ast.File
	set   *token.FileSet
	dir   string // slash-separated, from the root of the tree
	name  string
	test  bool
	floor int
}

func (f *file) fault(format string, a ...any) string {
	return path.Join(f.dir, f.name) + ": " + fmt.Sprintf(format, a...)
}

// inspect returns all faults of a tree, and its number of packages.
func inspect(tree fs.FS) (faults []string, packages int) {
	described := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == "testdata" || name != "." && strings.ContainsRune("._", rune(name[0]))) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(p) != ".go" {
			return nil
		}
		src, err := fs.ReadFile(tree, p)
		if err != nil {
			return err
		}
		f := &file{set: token.NewFileSet(), dir: path.Dir(p), name: d.Name(), test: strings.HasSuffix(p, "_test.go")}
		if f.File, err = parser.ParseFile(f.set, p, src, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return err
		}
		if f.floor, _ = floorOf(f.dir); f.floor < 0 {
			faults = append(faults, f.fault("the folder has no floor"))
		}
		if !f.test {
			described[f.dir] = described[f.dir] || describes(f)
		}
		for _, rule := range []func(*file) []string{badImports, badCalls, clocks, marks, badNames} {
			faults = append(faults, rule(f)...)
		}
		return nil
	})
	if err != nil {
		faults = append(faults, err.Error())
	}
	for dir, ok := range described {
		if !ok {
			faults = append(faults, dir+": the package has no doc comment")
		}
	}
	slices.Sort(faults)
	return faults, len(described)
}

// describes reports whether the file has its package's doc comment.
func describes(f *file) bool {
	return f.Doc != nil && (strings.HasPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ") || f.Name.Name == "main" && strings.HasPrefix(f.Doc.Text(), "Command "))
}

func badImports(f *file) (faults []string) {
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser reports that
		}
		if why := badImport(f, p); why != "" {
			faults = append(faults, f.fault("imports %s: %s", p, why))
		}
	}
	return faults
}

// badImport returns why a file must not import a package; empty if it may.
func badImport(f *file, p string) string {
	inGUI := f.dir == "gui" || strings.HasPrefix(f.dir, "gui/")
	forTests := f.test || strings.HasPrefix(f.dir+"/", "engine/enginetest/") || strings.HasPrefix(f.dir+"/", "engine/clientstest/")
	target, ours := strings.CutPrefix(p, module+"/")
	switch {
	case ours:
		return badOwnImport(f, target, inGUI, forTests)
	case strings.HasPrefix(p, "fyne.io/") && !inGUI:
		return "only gui knows the toolkit"
	case (p == "testing" || strings.HasPrefix(p, "testing/") || p == "net/http/httptest") && !forTests:
		return "it is for tests"
	case (p == "text/template" || p == "html/template") && !forTests:
		return "it calls methods by their names, so the linker would keep all of them, 2 MiB"
	case f.test || f.floor < 0 || f.floor >= pure:
		return ""
	case p == "net" || strings.HasPrefix(p, "net/") && p != "net/netip" && p != "net/url":
		return "floors 0 and 1 know no sockets"
	case p == "os" || strings.HasPrefix(p, "os/") || p == "syscall" || p == "io/ioutil":
		return "floors 0 and 1 know no files"
	case p == "embed" && f.dir != "engine/clients" && f.dir != "assets":
		return "only clients and assets hold files"
	}
	return ""
}

// badOwnImport is badImport for a package of this module.
func badOwnImport(f *file, target string, inGUI, forTests bool) string {
	floor, name := floorOf(target)
	_, own := floorOf(f.dir)
	switch {
	case name == "engine/clientstest" && f.dir != target:
		return "it is for tests of its own"
	case name == "engine/enginetest" && forTests:
		return ""
	case name == "engine/enginetest":
		return "it is for tests"
	case (inGUI || f.dir == ".") && strings.HasPrefix(target+"/", "engine/") && !slices.Contains(open, target):
		return "the window sees only " + strings.Join(open, ", ")
	case floor > f.floor:
		return "imports go down only"
	case floor == f.floor && name != own && slices.Contains(floors[floor], "gui/torrents"):
		return "pages do not know each other"
	}
	return ""
}

// badCalls returns the window's calls of functions that it must not call.
func badCalls(f *file) (faults []string) {
	if f.test || f.dir != "." && f.dir != "gui" && !strings.HasPrefix(f.dir, "gui/") {
		return nil
	}
	only := map[string]string{} // by their names in the file
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if target := strings.TrimPrefix(p, module+"/"); err == nil && slices.Contains(named, target) {
			name := path.Base(target)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			only[name] = target
		}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && only[x.Name] != "" {
				faults = append(faults, f.fault("calls %s.%s: the window only names what %s has", x.Name, s.Sel.Name, only[x.Name]))
			}
		}
		return true
	})
	return faults
}

// clocks returns the places where floors 0 and 1 read a clock or wait.
func clocks(f *file) (faults []string) {
	if f.test || f.floor < 0 || f.floor >= pure {
		return nil
	}
	local := ""
	for _, spec := range f.Imports {
		if spec.Path.Value == `"time"` {
			if local = "time"; spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	banned := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	ast.Inspect(f.File, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == local && slices.Contains(banned, s.Sel.Name) {
			faults = append(faults, f.fault("time.%s: floors 0 and 1 know no clock", s.Sel.Name))
		}
		return true
	})
	return faults
}

var mark = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

func marks(f *file) (faults []string) {
	for _, group := range f.Comments {
		if m := mark.FindString(group.Text()); m != "" {
			faults = append(faults, f.fault("line %d: %s; do it, or open an issue", f.set.Position(group.Pos()).Line, m))
		}
	}
	return faults
}
