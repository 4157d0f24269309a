// Command licences writes assets/licences.txt: the licences of the work of others that is in the packages. It lists the
// modules that the program is built from on every system, so that none is missing.
//
//	go run ./packaging/tools/licences
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// file is the path of the text, from the root of the repository.
const file = "assets/licences.txt"

// builds are the builds from which packages are made.
var builds = []struct{ system, tags string }{
	{"linux", "migrated_fynedo"},
	{"windows", "migrated_fynedo"},
	{"darwin", "migrated_fynedo"},
	{"linux", "migrated_fynedo,flatpak"},
	{"linux", "nogui"},
	{"windows", "nogui"},
	{"darwin", "nogui"},
}

func main() {
	text, err := licences(".")
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// module is a module that the program is built from.
type module struct {
	name, dir string   // path and version; folder
	packages  []string // folders of the packages that are used
}

// licences returns the whole text, for the repository in root.
func licences(root string) ([]byte, error) {
	modules, err := usedModules(root)
	if err != nil {
		return nil, err
	}
	parts := map[string][]string{} // by the text of the licence: the parts that it covers
	for _, m := range modules {
		texts, err := m.texts()
		if err != nil {
			return nil, err
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("%s has no licence file", m.name)
		}
		for where, text := range texts {
			parts[text] = append(parts[text], strings.TrimSuffix(m.name+": "+where, ": "))
		}
		// The licence in GOROOT differs slightly between versions of Go, and this text must not. golang.org/x/sys has the same
		// licence by the same authors, at the version in go.mod.
		if strings.HasPrefix(m.name, "golang.org/x/sys ") {
			parts[texts[""]] = append(parts[texts[""]], "The Go runtime and standard library")
		}
	}
	return compose(parts), nil
}

// usedModules returns the modules of the packages that the program is built from, on all systems.
func usedModules(root string) ([]*module, error) {
	byName := map[string]*module{}
	for _, b := range builds {
		cgo := "1"
		if strings.Contains(b.tags, "nogui") {
			cgo = "0"
		}
		list := exec.Command("go", "list", "-deps", "-tags", b.tags, "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}", ".")
		list.Dir = root
		list.Env = append(os.Environ(), "GOOS="+b.system, "GOARCH=amd64", "CGO_ENABLED="+cgo)
		out, err := list.Output()
		if err != nil {
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				err = errors.New(strings.TrimSpace(string(exit.Stderr)))
			}
			return nil, fmt.Errorf("go list for %s: %w", b.system, err)
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) != 3 {
				continue // of the standard library, or of the program itself
			}
			m := byName[f[0]]
			if m == nil {
				m = &module{name: f[0], dir: f[1]}
				byName[f[0]] = m
			}
			m.packages = append(m.packages, f[2])
		}
	}
	modules := make([]*module, 0, len(byName))
	for _, m := range byName {
		modules = append(modules, m)
	}
	return modules, nil
}

// licenceFile matches the names of licence files.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|ofl|unlicense)([._-].*)?$`)

// texts returns the licences of a module and of the used parts in it that have their own, by folder; "" is the module's.
func (m *module) texts() (map[string]string, error) {
	texts := map[string]string{}
	err := filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !licenceFile.MatchString(d.Name()) || !m.covers(filepath.Dir(path)) {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		where, err := filepath.Rel(m.dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		if where == "." {
			where = ""
		}
		if name := d.Name(); strings.ContainsAny(name, "_-") { // a folder can have several licence files, each for one part
			where = strings.TrimPrefix(where+"/"+name, "/")
		}
		if texts[where] != "" {
			texts[where] += "\n"
		}
		texts[where] += tidy(b)
		return nil
	})
	return texts, err
}

// covers reports whether a licence in dir applies to a used package: dir contains the package, or the package contains dir
// and no other package is between them. Folders named testdata belong to no package.
func (m *module) covers(dir string) bool {
	for _, p := range m.packages {
		if p == dir || strings.HasPrefix(p, dir+string(filepath.Separator)) {
			return true
		}
	}
	for up := dir; len(up) >= len(m.dir); up = filepath.Dir(up) {
		if filepath.Base(up) == "testdata" {
			return false
		}
		if slices.Contains(m.packages, up) {
			return true
		}
		if _, err := build.ImportDir(up, 0); err == nil {
			return false
		}
	}
	return false
}

// tidy removes trailing blanks, carriage returns, and blank lines at the beginning and the end.
func tidy(b []byte) string {
	var out strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(string(b), "\r", "")) {
		out.WriteString(strings.TrimRight(line, " \t\n\f"))
		out.WriteByte('\n')
	}
	return strings.Trim(out.String(), "\n") + "\n"
}

// compose returns each licence once, below the names of all parts that it covers.
func compose(parts map[string][]string) []byte {
	type part struct {
		text  string
		names []string
	}
	var all []part
	for text, names := range parts {
		slices.Sort(names)
		all = append(all, part{text, slices.Compact(names)})
	}
	slices.SortFunc(all, func(a, b part) int { return cmp.Compare(strings.ToLower(a.names[0]), strings.ToLower(b.names[0])) })
	var out bytes.Buffer
	out.WriteString("BittOratio is made with the work of others.\nEach part is named below with the terms it comes under.\n")
	for _, p := range all {
		fmt.Fprintf(&out, "\n%s\n\n", strings.Repeat("=", 80))
		for _, n := range p.names {
			fmt.Fprintln(&out, n)
		}
		fmt.Fprintf(&out, "\n%s", p.text)
	}
	return out.Bytes()
}
