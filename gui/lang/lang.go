// Package lang gives each text of the window in the language in force. Catalogues are assets/lang/en.json and fr.json.
//
// To add a text: write lang.L("The English sentence, %s.", x) where it is shown, and the same English with its French
// in fr.json. For a number of things write lang.N("%d things", n), and add its forms "one" and "other" to both files.
//
// The English text is the key; en.json holds only what differs from it. A text that means two things gets a key of its
// own, with what it means in brackets ("Open (state)"), and its words in both files. In French write plain spaces: those
// before ; : ? ! » and after « are made unbreakable here. Moments are written with the layouts of package time, which
// are texts of the catalogue too. Tests hold that no key is missing or orphaned, that both languages have the same
// verbs, and that no sentence in gui goes past the catalogue.
//
// The language in force is the one piece of state that packages share as a variable, as Fyne keeps its own: each text
// of each widget asks for it.
package lang

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	fynelang "fyne.io/fyne/v2/lang"

	"bittoratio/assets"
)

// The languages, as settings.json names them.
const (
	System  = "system" // the one of the desktop, where it is one of ours; else English
	English = "en"
	French  = "fr"
)

// language is one catalogue.
type language struct {
	name  string
	texts map[string]forms
	point string           // between a number's whole and its fraction
	group string           // between thousands
	one   func(n int) bool // whether a number takes the form "one" (Unicode CLDR, plural rules)
}

// forms are one text; without plural only other.
type forms struct{ one, other string }

// UnmarshalJSON is part of json.Unmarshaler: a string, or an object with "one" and "other".
func (f *forms) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &f.other)
	}
	var both struct{ One, Other string }
	err := json.Unmarshal(b, &both)
	*f = forms{both.One, both.Other}
	return err
}

var current atomic.Pointer[language] // nil is English without plurals: before Use

// Use makes a language the one in force for all texts asked for from now on; what was built before keeps its texts.
// The toolkit's own words (Cut, Paste, the file dialog) follow: Fyne has no way to choose a language (fyne#5333, until fixed). It must be called on Fyne's goroutine.
func Use(setting string) error {
	name := Resolve(setting)
	l, err := read(name)
	if err != nil {
		return err
	}
	own, err := assets.Languages.ReadFile("lang/toolkit." + name + ".json")
	if err != nil {
		return err
	}
	// Fyne has no way to choose a language: its words in ours are given to it as those of the desktop's.
	if err := fynelang.AddTranslationsForLocale(own, fynelang.SystemLocale()); err != nil {
		return err
	}
	current.Store(l)
	return nil
}

// Resolve is the language that a setting means on this desktop. On Windows Fyne says the region instead (fyne#5319, until
// fixed).
func Resolve(setting string) string {
	if setting == English || setting == French {
		return setting
	}
	if strings.HasPrefix(fynelang.SystemLocale().String(), French) {
		return French
	}
	return English
}

// Current is the language in force.
func Current() string {
	if l := current.Load(); l != nil {
		return l.name
	}
	return English
}

func read(name string) (*language, error) {
	l := &language{name: name, point: ".", group: ",", one: func(n int) bool { return n == 1 }}
	raw, err := assets.Languages.ReadFile("lang/" + name + ".json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &l.texts); err != nil {
		return nil, fmt.Errorf("lang/%s.json: %w", name, err)
	}
	if name == French {
		l.point, l.group, l.one = ",", "\u202f", func(n int) bool { return n == 0 || n == 1 }
		for key, f := range l.texts {
			l.texts[key] = forms{unbreakable.Replace(f.one), unbreakable.Replace(f.other)}
		}
	}
	return l, nil
}

// unbreakable are the spaces of French that no line may end at; narrow before the high marks, as it is printed.
var unbreakable = strings.NewReplacer(" ;", "\u202f;", " :", "\u00a0:", " ?", "\u202f?", " !", "\u202f!", " »", "\u00a0»", "« ", "«\u00a0", " %%", "\u00a0%%")

// L is a text in the language in force, with its verbs filled in as by fmt.Sprintf.
func L(text string, args ...any) string {
	if l := current.Load(); l != nil {
		if f, ok := l.texts[text]; ok {
			text = f.other
		}
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// N is a text about so many things. Without arguments the number is the only one.
func N(text string, n int, args ...any) string {
	if len(args) == 0 {
		args = []any{n}
	}
	l := current.Load()
	if l == nil {
		return fmt.Sprintf(text, args...)
	}
	f, ok := l.texts[text]
	switch {
	case ok && l.one(n):
		text = f.one
	case ok:
		text = f.other
	}
	return fmt.Sprintf(text, args...)
}

// Decimal is a number that was written with a point, as the language writes it.
func Decimal(number string) string {
	if l := current.Load(); l != nil && l.point != "." {
		return strings.Replace(number, ".", l.point, 1)
	}
	return number
}

// Int is a whole number in groups of three digits.
func Int(n uint64) string {
	group := ","
	if l := current.Load(); l != nil {
		group = l.group
	}
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + group + s[i:]
	}
	return s
}
