// Command licences writes assets/licences.txt: whose work is inside the packages, and under which terms. The list is
// read off the modules that the program is built from on every system, so it cannot name too few.
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

// file is where the texts are kept, from the module's root.
const file = "assets/licences.txt"

// builds are all that packages are made of.
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

// module is one that the program is built from, with the folders of those of its packages that are used.
type module struct {
	name, dir string
	packages  []string
}

// licences is the whole text, for the module in root.
func licences(root string) ([]byte, error) {
	modules, err := used(root)
	if err != nil {
		return nil, err
	}
	parts := map[string][]string{} // a licence's text, and whose it is
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
		// The file in GOROOT differs from one Go to the next by a word or two; this module has the same terms by the
		// same authors, at the version that go.mod names.
		if strings.HasPrefix(m.name, "golang.org/x/sys ") {
			parts[texts[""]] = append(parts[texts[""]], "The Go runtime and standard library")
		}
	}
	return compose(parts), nil
}

// used are the modules behind the program's packages on every system.
func used(root string) ([]*module, error) {
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
				continue // the standard library, and the program itself
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

// licenceFile is what such files are called.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|ofl|unlicense)([._-].*)?$`)

// texts are the licences of the used parts of a module, by their folder: its own, and those of parts that its packages
// hold.
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
		if name := d.Name(); strings.ContainsAny(name, "_-") { // several stand side by side, each for one part
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

// covers reports whether a licence in a folder concerns a used part: the folder is above a used package, or in one with
// no other package between them. Tests' files are in no package.
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

// tidy leaves the words and takes what differs between editors.
func tidy(b []byte) string {
	var out strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(string(b), "\r", "")) {
		out.WriteString(strings.TrimRight(line, " \t\n\f"))
		out.WriteByte('\n')
	}
	return strings.Trim(out.String(), "\n") + "\n"
}

// compose writes each text once, below the names of all it is for.
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
