package lang

import (
	"testing"
	"testing/fstest"

	fynelang "fyne.io/fyne/v2/lang"
	textlanguage "golang.org/x/text/language"
)

// useLanguage sets the current language for a test.
func useLanguage(t *testing.T, setting string) {
	t.Helper()
	before := current.Load()
	if err := Use(setting); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { current.Store(before) })
}

func TestTextsFollowTheLanguage(t *testing.T) {
	useLanguage(t, "fr")
	if got := L("Port %s is taken", "8080"); got != "Le port 8080 est pris" {
		t.Errorf("L = %q", got)
	}
	if got := L("Use %s", "x"); Current() != "fr" || got != "Utiliser x" {
		t.Errorf("language %q, L = %q", Current(), got)
	}
	useLanguage(t, English)
	if got := L("Port %s is taken", "8080"); Current() != English || got != "Port 8080 is taken" {
		t.Errorf("language %q, L = %q", Current(), got)
	}
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	for _, c := range []struct {
		language string
		n        int
		want     string
	}{
		{English, 0, "0 torrents"},
		{English, 1, "1 torrent"},
		{English, 2, "2 torrents"},
		{"fr", 0, "0 torrent"},
		{"fr", 1, "1 torrent"},
		{"fr", 2, "2 torrents"},
	} {
		useLanguage(t, c.language)
		if got := N("%d torrents", c.n); got != c.want {
			t.Errorf("%s: N of %d = %q, want %q", c.language, c.n, got, c.want)
		}
	}
}

func TestNumbersFollowTheLanguage(t *testing.T) {
	useLanguage(t, "fr")
	if got := Decimal("12.4"); got != "12,4" {
		t.Errorf("Decimal = %q, want 12,4", got)
	}
	if got := Int(1234567); got != "1\u202f234\u202f567" {
		t.Errorf("Int = %q, want narrow no-break spaces between thousands", got)
	}
	useLanguage(t, English)
	if got := Int(1234567) + " " + Int(999) + " " + Decimal("12.4"); got != "1,234,567 999 12.4" {
		t.Errorf("numbers = %q", got)
	}
}

func TestFrenchPunctuationIsNotWrappedToItsOwnLine(t *testing.T) {
	useLanguage(t, "fr")
	if got := L("Quit BittOratio?"); got != "Quitter BittOratio\u202f?" {
		t.Errorf("L = %q, want a narrow no-break space before the question mark", got)
	}
}

// TestTheToolkitsOwnTextsFollowTheLanguage: the user may choose another language than the desktop's, but Fyne knows
// only the desktop's.
func TestTheToolkitsOwnTextsFollowTheLanguage(t *testing.T) {
	t.Setenv("LC_ALL", "")
	for _, desktop := range []string{"C", "en_US.UTF-8", "fr_FR.UTF-8", "fr_CH", "de_DE.UTF-8", "en"} {
		t.Setenv("LANG", desktop)
		t.Setenv("LANGUAGE", "")
		for language, want := range map[string]string{"fr": "Coller", English: "Paste"} {
			useLanguage(t, language)
			if got := fynelang.L("Paste"); got != want {
				t.Errorf("on a desktop in %s, the toolkit's Paste in %s is %q, want %q", desktop, language, got, want)
			}
		}
	}
}

func TestSystemMeansTheDesktopsLanguageIfWeHaveIt(t *testing.T) {
	t.Setenv("LC_ALL", "")
	t.Setenv("LANGUAGE", "")
	for desktop, want := range map[string]string{"fr_FR.UTF-8": "fr", "fr_CA": "fr", "de_DE": English, "C": English, "": English, "en_GB": English} {
		t.Setenv("LANG", desktop)
		if got := Resolve(System); got != want {
			t.Errorf("on a desktop in %q: got %s, want %s", desktop, got, want)
		}
	}
}

func TestTheFirstOfTheDesktopsLanguagesThatWeHaveIsUsed(t *testing.T) {
	for _, c := range []struct {
		desktop []string
		want    string
	}{
		{[]string{"en-US", "fr-FR"}, English}, // English Windows in France
		{[]string{"de-DE", "fr-CH"}, "fr"},
		{[]string{"fr_BE.UTF-8"}, English}, // not a tag: names of this form are converted before
		{[]string{"ja"}, English},
		{nil, English},
	} {
		if got := resolve(System, c.desktop); got != c.want {
			t.Errorf("desktop languages %v: got %s, want %s", c.desktop, got, c.want)
		}
	}
	if got := resolve("xx", []string{"fr"}); got != "fr" {
		t.Errorf("for an unknown language: got %s, want fr", got)
	}
}

// TestALanguageNeedsOnlyItsFiles: a language that is added as files alone has its own plural forms and numbers.
func TestALanguageNeedsOnlyItsFiles(t *testing.T) {
	t.Cleanup(Read(fstest.MapFS{
		"lang/en.json":         {Data: []byte(`{"%d torrents": {"one": "%d torrent", "other": "%d torrents"}}`)},
		"lang/toolkit.en.json": {Data: []byte(`{"Paste": "Paste"}`)},
		"lang/pl.json":         {Data: []byte(`{"English (own name)": "polski", "%d torrents": {"one": "%d a", "few": "%d b", "many": "%d c", "other": "%d d"}}`)},
		"lang/toolkit.pl.json": {Data: []byte(`{"Paste": "Wklej"}`)},
	}))
	if got := Languages(); len(got) != 2 || got[0].Tag != English || got[1] != (Language{"pl", "polski"}) {
		t.Fatalf("languages %v, want English and polski", got)
	}
	useLanguage(t, "pl")
	for n, want := range map[int]string{1: "1 a", 2: "2 b", 5: "5 c", 12: "12 c", 22: "22 b", 0: "0 c"} {
		if got := N("%d torrents", n); got != want {
			t.Errorf("N of %d = %q, want %q", n, got, want)
		}
	}
	if got := Int(1234567) + " " + Decimal("12.4") + " " + fynelang.L("Paste"); got != "1\u202f234\u202f567 12,4 Wklej" {
		t.Errorf("numbers and the toolkit's text = %q", got)
	}
}

func TestNumbersUseTheDigitsOfTheLanguage(t *testing.T) {
	n := numbersOf(textlanguage.Make("fa"))
	if got := n.decimal("12.4"); got != "۱۲٫۴" {
		t.Errorf("decimal = %q, want Persian digits", got)
	}
}

func TestAnUnknownPluralFormIsAnError(t *testing.T) {
	t.Cleanup(Read(fstest.MapFS{"lang/en.json": {Data: []byte(`{"%d x": {"some": "%d x"}}`)}}))
	if _, err := read(English); err == nil {
		t.Error(`a catalogue with the plural form "some" was read without an error`)
	}
}
