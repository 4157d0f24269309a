package lang

import (
	"testing"

	fynelang "fyne.io/fyne/v2/lang"
)

// speak makes a language the one in force for a test.
func speak(t *testing.T, setting string) {
	t.Helper()
	before := current.Load()
	if err := Use(setting); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { current.Store(before) })
}

func TestTextsFollowTheLanguage(t *testing.T) {
	speak(t, French)
	if got := L("Port %s is taken", "8080"); got != "Le port 8080 est pris" {
		t.Error(got)
	}
	if got := L("Use %s", "x"); Current() != French || got != "Utiliser x" {
		t.Error(got)
	}
	speak(t, English)
	if got := L("Port %s is taken", "8080"); Current() != English || got != "Port 8080 is taken" {
		t.Error(got)
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
		{French, 0, "0 torrent"},
		{French, 1, "1 torrent"},
		{French, 2, "2 torrents"},
	} {
		speak(t, c.language)
		if got := N("%d torrents", c.n); got != c.want {
			t.Errorf("%s %d: %q", c.language, c.n, got)
		}
	}
}

func TestNumbersFollowTheLanguage(t *testing.T) {
	speak(t, French)
	if got := Decimal("12.4"); got != "12,4" {
		t.Error(got)
	}
	if got := Int(1234567); got != "1\u202f234\u202f567" {
		t.Error(got)
	}
	speak(t, English)
	if got := Int(1234567) + " " + Int(999) + " " + Decimal("12.4"); got != "1,234,567 999 12.4" {
		t.Error(got)
	}
}

func TestFrenchMarksAreNotTornOff(t *testing.T) {
	speak(t, French)
	if got := L("Quit BittOratio?"); got != "Quitter BittOratio\u202f?" {
		t.Errorf("%q", got)
	}
}

// The desktop's language may be another than the chosen one, and Fyne knows only the desktop's.
func TestTheToolkitsOwnWordsFollow(t *testing.T) {
	t.Setenv("LC_ALL", "")
	for _, desktop := range []string{"C", "en_US.UTF-8", "fr_FR.UTF-8", "fr_CH", "de_DE.UTF-8", "en"} {
		t.Setenv("LANG", desktop)
		t.Setenv("LANGUAGE", "")
		for language, want := range map[string]string{French: "Coller", English: "Paste"} {
			speak(t, language)
			if got := fynelang.L("Paste"); got != want {
				t.Errorf("on a desktop in %s, %s has %q", desktop, language, got)
			}
		}
	}
}

func TestSystemIsTheDesktopsLanguageWhereWeHaveIt(t *testing.T) {
	t.Setenv("LC_ALL", "")
	t.Setenv("LANGUAGE", "")
	for desktop, want := range map[string]string{"fr_FR.UTF-8": French, "fr_CA": French, "de_DE": English, "C": English, "": English, "en_GB": English} {
		t.Setenv("LANG", desktop)
		if got := Resolve(System); got != want {
			t.Errorf("%q: %s", desktop, got)
		}
	}
}
