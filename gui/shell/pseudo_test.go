package shell

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/assets"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// pseudo is a language that is not shipped, with the plural forms and numbers of Polish. Each text is a third longer
// than in English and ends in pseudoMark.
const pseudo = "pl"

// pseudoMark ends each text of the pseudo-language.
const pseudoMark = "ż"

// addPseudoLanguage adds the pseudo-language to the others.
func addPseudoLanguage(t *testing.T) {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"en", "toolkit.en", "fr", "toolkit.fr"} {
		raw, err := assets.Languages.ReadFile("lang/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		files["lang/"+name+".json"] = &fstest.MapFile{Data: raw}
	}
	files["lang/"+pseudo+".json"] = &fstest.MapFile{Data: pseudoTexts(t, files["lang/fr.json"].Data, files["lang/en.json"].Data)}
	files["lang/toolkit."+pseudo+".json"] = &fstest.MapFile{Data: pseudoTexts(t, files["lang/toolkit.en.json"].Data, files["lang/toolkit.en.json"].Data)}
	t.Cleanup(lang.Read(files))
}

// pseudoTexts returns a language's file in the pseudo-language, made from its keys and their English texts.
func pseudoTexts(t *testing.T, keys, english []byte) []byte {
	t.Helper()
	var all, en map[string]any
	for raw, into := range map[*[]byte]*map[string]any{&keys: &all, &english: &en} {
		if err := json.Unmarshal(*raw, into); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]any{}
	for key, value := range all {
		text := key
		switch english := en[key].(type) {
		case string:
			text = english
		case map[string]any:
			text, _ = english["other"].(string)
		}
		if out[key] = longer(text); momentLayout.MatchString(key) {
			out[key] = text // the layout of a date or time
		}
		if _, plural := value.(map[string]any); plural {
			out[key] = map[string]string{"one": longer(text), "few": longer(text), "many": longer(text), "other": longer(text)}
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// momentLayout matches layouts of package time.
var momentLayout = regexp.MustCompile(`15:04|^Jan 2$|2006`)

// longer returns a text with a third more letters.
func longer(text string) string {
	n := len([]rune(text))*35/100 - 1
	if n < 1 {
		return text + pseudoMark
	}
	return text + " " + strings.TrimSpace(string([]rune(strings.Repeat("ąćę łóś ", n/8+1))[:n])) + pseudoMark
}

// TestLargeTextFitsInTheUsualWindow: with large text every page has larger texts, and the usual window has room for
// them.
func TestLargeTextFitsInTheUsualWindow(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.Window.TextSize = theme.Large })
	if got := theme.Scale(); got < 1.15 {
		t.Errorf("large text has the scale %v, want at least 1.15", got)
	}
	fillEngine(s.engine)
	for page := range s.pages {
		s.tabs.Choose(page)
		if need := s.window.Canvas().Content().MinSize(); need.Width > 1000 || need.Height > 640 {
			t.Errorf("page %d is at least %v, want at most 1000 × 640", page, need)
		}
	}
	s.app.Settings().SetTheme(theme.Sized(theme.Light, theme.Small))
	if got := theme.Scale(); got > 0.95 {
		t.Errorf("small text has the scale %v, want at most 0.95", got)
	}
}

// TestAnAddedLanguageFitsInTheUsualWindow: every page shows a new language with its own plural forms, and the usual
// window has room for it.
func TestAnAddedLanguageFitsInTheUsualWindow(t *testing.T) {
	addPseudoLanguage(t)
	marked, usual := 0, fyne.NewSize(1000, 640)
	visitViews(t, pseudo, theme.Light, usual, func(t *testing.T, s *scene, _ view) {
		c := s.window.Canvas()
		if need := c.Content().MinSize(); need.Width > usual.Width || need.Height > usual.Height {
			t.Errorf("the window is at least %v, want at most %v", need, usual)
		}
		for _, o := range test.LaidOutObjects(c.Content()) {
			b, ok := o.(*control.Button)
			if !ok || b.Text == "" || !b.Visible() {
				continue
			}
			own := slices.ContainsFunc(lang.Languages(), func(l lang.Language) bool { return l.Name == b.Text })
			if marked++; !own && !strings.Contains(b.Text, pseudoMark) {
				t.Errorf("the button %q is not in the added language", b.Text)
			}
		}
	})
	if marked < 100 {
		t.Errorf("%d buttons were checked, want at least 100", marked)
	}
}

// TestDialogsWithLargeTextFitInTheSmallestWindow: each dialog is within the smallest window, in French and with large
// text, and what it has no room for can be scrolled to by key.
func TestDialogsWithLargeTextFitInTheSmallestWindow(t *testing.T) {
	s := newScene(t, func(s *scene) {
		fillEngine(s.engine)
		s.clock = noon
		s.engine.settings.Window.Language, s.engine.settings.Window.TextSize = "fr", theme.Large
	})
	t.Cleanup(func() { s.useLanguage(lang.English) })
	s.window.Resize(narrow)
	dialogs, scrolled := 0, 0
	for _, v := range views() {
		if !v.dialog {
			continue
		}
		v.open(s)
		s.settle()
		for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
			over, ok := o.(*widget.PopUp)
			if !ok {
				continue
			}
			dialogs++
			if need, has := over.Content.MinSize(), over.Content.Size(); need.Width > has.Width || need.Height > has.Height || has.Width > narrow.Width || has.Height > narrow.Height {
				t.Errorf("the dialog %s is at least %v, but has only %v", v.name, need, has)
			}
		}
		if s.desk.TopContent() == nil {
			s.closeDialogs()
			continue // a menu
		}
		if scroll := control.ScrollIn(s.desk.TopContent()); scroll != nil {
			scrolled++
			press(s, fyne.KeyEnd)
			if end := scroll.Content.Size().Height - scroll.Size().Height; scroll.Offset.Y < end-1 {
				t.Errorf("the dialog %s: End scrolls to %v, want %v", v.name, scroll.Offset.Y, end)
			}
		}
		s.closeDialogs()
		for s.desk.OpenDialogs() > 0 {
			s.desk.CloseTop()
		}
	}
	if dialogs < 9 || scrolled < 2 {
		t.Errorf("%d dialogs, of which %d scroll; want at least 9 and 2", dialogs, scrolled)
	}
}
