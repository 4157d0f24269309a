package lang

import (
	"encoding/json"
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

	"golang.org/x/text/feature/plural"
	textlanguage "golang.org/x/text/language"

	"bittoratio/assets"
)

// use is one call in gui that asks for a text.
type use struct {
	at     string
	plural bool
	args   int // number of arguments after the text; for a plural after n, but at least 1, since n is the default
}

// source is what gui's source files take from the catalogue, and the texts that bypass it.
type source struct {
	uses           map[string][]use
	prose          []string // texts that bypass the catalogue
	toolkitImports []string // files that import the toolkit's own catalogue
}

// developerParts is the list of parts of gui that are English in every language, because only developers read them.
var developerParts = []string{"e2e", "lang", "autostart", "signals.go", "shell/diagnostics.go", "text/oserrors.go", "shell/probe_on.go", "grid/probe_on.go", "control/probe_on.go"}

func readSources(t *testing.T) *source {
	t.Helper()
	s := &source{uses: map[string][]use{}}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(developerParts, p):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".go" || strings.HasSuffix(p, "_test.go") || slices.Contains(developerParts, p):
			return nil
		}
		raw, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, p, raw, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.read(set, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.uses) < 150 {
		t.Fatalf("found %d texts in the sources, want at least 150", len(s.uses))
	}
	return s
}

func (s *source) read(set *token.FileSet, f *ast.File) {
	exempt := map[ast.Node]bool{} // literals that need no translation
	for _, spec := range f.Imports {
		exempt[spec.Path] = true
		if spec.Path.Value == `"fyne.io/fyne/v2/lang"` {
			s.toolkitImports = append(s.toolkitImports, set.Position(spec.Pos()).String())
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			if n.Tag != nil {
				exempt[n.Tag] = true
			}
		case *ast.CallExpr:
			s.call(set, n, exempt)
		case *ast.BasicLit:
			if n.Kind == token.STRING && !exempt[n] {
				if text, err := strconv.Unquote(n.Value); err == nil && prose.MatchString(text) && !slices.Contains(untranslated, text) {
					s.prose = append(s.prose, set.Position(n.Pos()).String()+": "+n.Value)
				}
			}
		}
		return true
	})
}

// prose matches what looks like a text for people: two words, or one with a capital.
var prose = regexp.MustCompile(`[\pL]{2,} [\pL]{2,}|^\p{Lu}\p{Ll}+`)

// untranslated is the list of texts that are the same in every language, or that no user sees.
var untranslated = []string{
	"BittOratio", "Content", "IsStatusNotifierHostRegistered",
	"failed to initialise GLFW", "window creation error", "Cause: ", // Fyne's messages, which only the program reads
	"systray error: failed to connect to DBus", "failed to watch theme settings", "systray error: failed to register: ",
	"Failed to send message to bus", "Unable to connect to session D-Bus", "Fyne error: ",
	"bittoratio: there is no session bus (D-Bus) here, so there is no tray icon", // on the terminal
	"bittoratio: this desktop shows no tray icons", "bittoratio: this desktop shows no notifications",
	"on run argv\ndisplay alert (item 1 of argv) message (item 2 of argv) as critical\nend run",
}

// call records the texts that a call takes from lang, and marks literals that need no translation.
func (s *source) call(set *token.FileSet, c *ast.CallExpr, exempt map[ast.Node]bool) {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		if id, ok := c.Fun.(*ast.Ident); ok && id.Name == "panic" {
			ast.Inspect(c, func(n ast.Node) bool { exempt[n] = true; return true })
		}
		return
	}
	pkg, ok := f.X.(*ast.Ident)
	if !ok {
		return
	}
	switch pkg.Name + "." + f.Sel.Name {
	case "errors.New", "fmt.Errorf", "fmt.Sscanf", "fyne.LogError":
		for _, a := range c.Args {
			exempt[a] = true
		}
	case "lang.L", "lang.N":
		at := set.Position(c.Pos()).String()
		lit, ok := c.Args[0].(*ast.BasicLit)
		if !ok {
			s.prose = append(s.prose, at+": lang.L and lang.N need a literal, so that this test can find the text")
			return
		}
		exempt[lit] = true
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			return
		}
		u := use{at: at, plural: f.Sel.Name == "N", args: len(c.Args) - 1}
		if u.plural {
			u.args = max(u.args-1, 1)
		}
		s.uses[text] = append(s.uses[text], u)
	}
}

// catalogue returns the texts of a language's file, as they are in the file.
func catalogue(t *testing.T, name string) map[string]forms {
	t.Helper()
	raw, err := assets.Languages.ReadFile("lang/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]forms
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatalf("lang/%s.json: %v", name, err)
	}
	return texts
}

var verb = regexp.MustCompile(`%(\[\d\])?[-+ 0#]*\d*(\.\d+)?[a-zA-Z]`)

// verbs returns the verbs of a text in the order of the arguments that they show.
func verbs(text string) []string {
	var out []string
	for i, v := range verb.FindAllString(strings.ReplaceAll(text, "%%", ""), -1) {
		n := strconv.Itoa(i + 1)
		if m := verb.FindStringSubmatch(v); m[1] != "" {
			n = strings.Trim(m[1], "[]")
			v = strings.Replace(v, m[1], "", 1)
		}
		out = append(out, n+v[len(v)-1:])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestNoTextBypassesTheCatalogue(t *testing.T) {
	s := readSources(t)
	for _, p := range s.prose {
		t.Errorf("%s\n\tis shown without lang.L; if no user reads it, add it to this test", p)
	}
	for _, b := range s.toolkitImports {
		t.Errorf("%s: import bittoratio/gui/lang instead; the toolkit's catalogue lacks our languages", b)
	}
}

// catalogues returns the texts of all languages on offer, by their tags.
func catalogues(t *testing.T) map[string]map[string]forms {
	t.Helper()
	all := map[string]map[string]forms{}
	for _, l := range Languages() {
		all[l.Tag] = catalogue(t, l.Tag)
	}
	if len(all) < 2 {
		t.Fatalf("found only the languages %v, want at least 2", Languages())
	}
	return all
}

// formsOf returns the plural forms that whole numbers take in a language.
func formsOf(tag textlanguage.Tag) map[plural.Form]bool {
	used := map[plural.Form]bool{}
	for n := range 1_000 {
		used[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)] = true
	}
	return used
}

func TestCataloguesHaveExactlyTheTextsInUse(t *testing.T) {
	s := readSources(t)
	for name, texts := range catalogues(t) {
		used := formsOf(textlanguage.Make(name))
		for text, uses := range s.uses {
			f, ok := texts[text]
			switch {
			case !ok && name == English && !uses[0].plural:
			case !ok:
				t.Errorf("%s: %s.json lacks %q", uses[0].at, name, text)
			case f.other() == "" || !uses[0].plural && len(f) > 1:
				t.Errorf("%s: %s.json has other plural forms of %q than its use needs", uses[0].at, name, text)
			case uses[0].plural:
				for form := range used {
					if f[form] == "" {
						t.Errorf("%s: %s.json lacks the plural form %v of %q", uses[0].at, name, form, text)
					}
				}
			}
		}
		for text := range texts {
			if s.uses[text] == nil && text != ownName {
				t.Errorf("%s.json has %q, which no source uses", name, text)
			}
		}
		if texts[ownName].other() == "" {
			t.Errorf("%s.json lacks %q", name, ownName)
		}
	}
}

func TestTranslationsFormatTheSameArguments(t *testing.T) {
	s := readSources(t)
	all := catalogues(t)
	for text, uses := range s.uses {
		want := verbs(text)
		for _, u := range uses {
			if u.args > 0 && u.args != len(want) {
				t.Errorf("%s: %q has %d verbs for %d arguments", u.at, text, len(want), u.args)
			}
		}
		for name, texts := range all {
			for _, form := range texts[text] {
				if got := verbs(form); !slices.Equal(got, want) {
					t.Errorf("%s.json: %q formats the arguments %v, but %q formats %v", name, text, want, form, got)
				}
			}
		}
	}
}

func TestFrenchTextsUseFrenchPunctuation(t *testing.T) {
	for text, f := range catalogue(t, "fr") {
		for _, form := range f {
			if tight.MatchString(form) || strings.Contains(form, "'") || strings.Contains(form, "...") {
				t.Errorf("%q: %q needs a space before ; : ? ! », ’ for ', and … for three points", text, form)
			}
		}
	}
}

// tight matches a double punctuation mark without a space before it, except in addresses and times of day.
var tight = regexp.MustCompile(`\pL[;?!»]|\pL:( |$)|«\pL`)
