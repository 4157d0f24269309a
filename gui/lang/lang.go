// Package lang returns each text of the window in the user's language. A language is only its JSON files in
// assets/lang: fr.json has the program's texts, toolkit.fr.json Fyne's own (Cut, Paste, the file dialog). The set-up
// texts of clients are not here but in engine/clients, under "in_fr" of each file.
//
// To add a text: write lang.L("The English sentence, %s.", x) where it is shown, and add the same English with its
// translation to each file except en.json. For a number of things write lang.N("%d things", n), and add its forms
// ("one", "other") to each file.
//
// To add a language: copy fr.json and toolkit.fr.json to files named by the language's BCP 47 tag, and translate them.
// Plural forms are those of Unicode CLDR: a language that has them needs "few" and "many" beside "one" and "other".
// Numbers are written by the rules of CLDR. The settings offer the language by its text for "English (own name)".
//
// The English text is the key; en.json has only the texts that differ from their keys. If a text has two meanings, each
// gets a key of its own with the meaning in brackets ("Open (state)"), and its words in all files. Write plain spaces
// before ; : ? ! » and after «: this package makes them unbreakable. Layouts of package time, for dates and times, are
// texts of the catalogue too. Tests check that no key is missing or unused, that all languages have the same verbs, and
// that no sentence in gui bypasses the catalogue.
//
// The current language is the only variable that packages share, as in Fyne: every text of every widget needs it.
package lang

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	fynelang "fyne.io/fyne/v2/lang"
	"golang.org/x/text/feature/plural"
	textlanguage "golang.org/x/text/language"

	"bittoratio/assets"
)

// Values of the setting that need no language file.
const (
	System  = "system" // the desktop's language if it is on offer, otherwise English
	English = "en"     // the language of the keys
)

// ownName is the key of a language's own name.
const ownName = "English (own name)"

// Language is one language on offer.
type Language struct {
	Tag  string // as in settings.json
	Name string // in the language itself
}

// toolkit begins the names of the files with Fyne's own texts.
const toolkit = "toolkit."

// folder has the language files: the program's own, or those of a test.
var folder atomic.Pointer[fs.FS]

// Read takes the languages from another folder, for tests. restore goes back to the program's own.
func Read(files fs.FS) (restore func()) {
	before := folder.Swap(&files)
	return func() { folder.Store(before) }
}

func files() fs.FS {
	if f := folder.Load(); f != nil {
		return *f
	}
	return assets.Languages
}

// Languages returns the languages on offer, English first, then by their tags.
func Languages() []Language {
	names, _ := fs.Glob(files(), "lang/*.json") // the pattern is well formed
	var out []Language
	for _, name := range names {
		tag := strings.TrimSuffix(path.Base(name), ".json")
		if strings.HasPrefix(tag, toolkit) {
			continue
		}
		l := Language{tag, tag}
		if texts, err := readTexts(tag); err == nil && texts[ownName].other() != "" {
			l.Name = texts[ownName].other()
		}
		if tag == English {
			out = slices.Insert(out, 0, l)
		} else {
			out = append(out, l)
		}
	}
	return out
}

// language is the catalogue of one language.
type language struct {
	name  string
	tag   textlanguage.Tag
	texts map[string]forms
	numbers
}

// forms has one text in its plural forms; a text without plural has only plural.Other.
type forms map[plural.Form]string

func (f forms) other() string { return f[plural.Other] }

// formNames are the plural forms of Unicode CLDR by their names in the files.
var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// UnmarshalJSON is part of json.Unmarshaler. It accepts a string, or an object with the names of forms as keys.
func (f *forms) UnmarshalJSON(b []byte) error {
	*f = forms{}
	if b[0] == '"' {
		var text string
		err := json.Unmarshal(b, &text)
		(*f)[plural.Other] = text
		return err
	}
	var named map[string]string
	if err := json.Unmarshal(b, &named); err != nil {
		return err
	}
	for name, text := range named {
		form, ok := formNames[name]
		if !ok {
			return fmt.Errorf("%q is no plural form", name)
		}
		(*f)[form] = text
	}
	return nil
}

var current atomic.Pointer[language] // nil before Use: English without plurals

// Use sets the language for all later calls of L and N; widgets that exist already keep their texts. It also changes
// the toolkit's own texts, though Fyne cannot choose a language (fyne#5333, until fixed). It must be called on Fyne's
// goroutine.
func Use(setting string) error {
	name := Resolve(setting)
	l, err := read(name)
	if err != nil {
		return err
	}
	own, err := fs.ReadFile(files(), "lang/"+toolkit+name+".json")
	if err != nil {
		return err
	}
	// Fyne always uses the desktop's language, so the toolkit's texts are registered as texts of that language.
	if err := fynelang.AddTranslationsForLocale(own, fynelang.SystemLocale()); err != nil {
		return err
	}
	current.Store(l)
	return nil
}

// Resolve returns the tag of the language for a setting: the setting itself if it is a language on offer, or else the
// first of the desktop's languages that is on offer, or else English.
func Resolve(setting string) string { return resolve(setting, displayLanguages()) }

func resolve(setting string, desktop []string) string {
	var tags []textlanguage.Tag
	offered := Languages()
	for _, l := range offered {
		if l.Tag == setting {
			return setting
		}
		tags = append(tags, textlanguage.Make(l.Tag))
	}
	matcher := textlanguage.NewMatcher(tags) // the first tag, English, is used if none matches
	var wanted []textlanguage.Tag
	for _, name := range desktop {
		if tag, err := textlanguage.Parse(strings.ReplaceAll(name, "_", "-")); err == nil {
			wanted = append(wanted, tag)
		}
	}
	_, at, _ := matcher.Match(wanted...)
	return offered[at].Tag
}

// Current returns the tag of the current language.
func Current() string {
	if l := current.Load(); l != nil {
		return l.name
	}
	return English
}

func readTexts(name string) (map[string]forms, error) {
	raw, err := fs.ReadFile(files(), "lang/"+name+".json")
	if err != nil {
		return nil, err
	}
	var texts map[string]forms
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, fmt.Errorf("lang/%s.json: %w", name, err)
	}
	return texts, nil
}

func read(name string) (*language, error) {
	texts, err := readTexts(name)
	if err != nil {
		return nil, err
	}
	tag, err := textlanguage.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("lang/%s.json: %w", name, err)
	}
	for _, f := range texts {
		for form, text := range f {
			f[form] = unbreakable.Replace(text)
		}
	}
	return &language{name: name, tag: tag, texts: texts, numbers: numbersOf(tag)}, nil
}

// unbreakable replaces the spaces of French typography at which no line may end; those before ; ? and ! are narrow.
// English texts have no such spaces.
var unbreakable = strings.NewReplacer(" ;", "\u202f;", " :", "\u00a0:", " ?", "\u202f?", " !", "\u202f!", " »", "\u00a0»", "« ", "«\u00a0", " %%", "\u00a0%%")

// L returns a text in the current language, with its verbs filled in as by fmt.Sprintf.
func L(text string, args ...any) string {
	if l := current.Load(); l != nil {
		if f, ok := l.texts[text]; ok {
			text = f.other()
		}
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// N returns a text about n things in the plural form for n. Without arguments, n is the only one.
func N(text string, n int, args ...any) string {
	if len(args) == 0 {
		args = []any{n}
	}
	l := current.Load()
	if l == nil {
		return fmt.Sprintf(text, args...)
	}
	if f, ok := l.texts[text]; ok {
		text = f.of(l.tag, n)
	}
	return fmt.Sprintf(text, args...)
}

// of returns the text in the form for a number, by the rules of CLDR, or in the form "other" if the file lacks that
// form.
func (f forms) of(tag textlanguage.Tag, n int) string {
	if text, ok := f[plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0)]; ok {
		return text
	}
	return f.other()
}

// Decimal returns a number with a decimal point as the current language writes it.
func Decimal(number string) string {
	if l := current.Load(); l != nil {
		return l.decimal(number)
	}
	return number
}

// Int returns a whole number with the digits grouped as in the current language.
func Int(n uint64) string {
	if l := current.Load(); l != nil {
		return l.whole(n)
	}
	return strconv.FormatUint(n, 10)
}
