package shell

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
)

func (s *scene) drop(paths ...string) {
	var uris []fyne.URI
	for _, p := range paths {
		uris = append(uris, storage.NewFileURI(p))
	}
	s.dropped(fyne.NewPos(1, 1), uris)
}

func (s *scene) learnCalls() int {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(s.engine.calls), func(c string) bool { return c != "learn" }))
}

// TestDroppedTorrentsAreReadForTheirNamesAndConvertedOnRequest: converting writes a file beside each one, so the user
// is asked first.
func TestDroppedTorrentsAreReadForTheirNamesAndConvertedOnRequest(t *testing.T) {
	s := newScene(t, nil)
	s.drop("/x/picture.png")
	if s.learnCalls() != 0 || !s.dialogOpen() {
		t.Fatalf("a picture was read, or not refused: %d read, dialog open: %v", s.learnCalls(), s.dialogOpen())
	}
	press(s, fyne.KeyEscape)
	s.drop("/nowhere/a.TORRENT", "/nowhere/picture.png", "/nowhere/b.torrent")
	s.until("a dialog", s.dialogOpen)
	if s.learnCalls() != 2 || s.tabs.Current() != pageTorrents {
		t.Errorf("%d torrents read, page %d; want 2 on page %d", s.learnCalls(), s.tabs.Current()+1, pageTorrents+1)
	}
	s.drop("/nowhere/c.torrent") // while a dialog is open
	press(s, fyne.KeyReturn)
	if s.dialogOpen() || s.tabs.Current() != pageTorrents || s.learnCalls() != 2 {
		t.Errorf("after OK: dialog open: %v, page %d, %d read; want closed without more", s.dialogOpen(), s.tabs.Current()+1, s.learnCalls())
	}
	s.drop("/nowhere/a.torrent")
	s.until("a dialog", s.dialogOpen)
	test.Tap(s.button("Convert"))
	if s.dialogOpen() || s.tabs.Current() != pageSetup {
		t.Errorf("Convert: dialog open: %v, page %d, want page %d", s.dialogOpen(), s.tabs.Current()+1, pageSetup+1)
	}
}

func TestTorrentsDroppedOnTheSetUpPageAreConvertedAtOnce(t *testing.T) {
	s := newScene(t, nil)
	s.tabs.Choose(pageSetup)
	s.drop("/nowhere/a.torrent")
	s.until("its name is read", func() bool { return s.learnCalls() == 1 })
	if s.dialogOpen() {
		t.Error("asks a question on the page that explains the conversion")
	}
}

func TestAPastedMagnetLinkIsReadForItsName(t *testing.T) {
	s := newScene(t, nil)
	for _, text := range []string{"", "hello", "http://tracker.example/announce"} {
		s.app.Clipboard().SetContent(text)
		if s.paste(); s.learnCalls() != 0 || s.dialogOpen() {
			t.Fatalf("%q was read: %d calls, dialog open: %v", text, s.learnCalls(), s.dialogOpen())
		}
	}
	s.app.Clipboard().SetContent(" magnet:?xt=urn:btih:0123456789012345678901234567890123456789&dn=x\n")
	s.paste()
	s.until("a dialog", s.dialogOpen)
	if s.learnCalls() != 1 {
		t.Errorf("%d links read, want 1", s.learnCalls())
	}
}

// TestAnUnreadableFileIsExplainedWithoutItsPath, and a link without its text, which may contain a passkey.
func TestAnUnreadableFileIsExplainedWithoutItsPath(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.learnError = "the file is no torrent" })
	s.drop("/x/SECRET/a.torrent")
	s.until("a dialog", s.dialogOpen)
	all := s.dialogText()
	if !strings.Contains(all, "a.torrent was not read: the file is no torrent.") || strings.Contains(all, "SECRET") || !strings.Contains(all, "Nothing was learned") {
		t.Errorf("the dialog reads %q", all)
	}
	press(s, fyne.KeyEscape)
	s.learn([]string{"magnet:?SECRET"})
	s.until("a dialog", s.dialogOpen)
	if all = s.dialogText(); !strings.Contains(all, "Magnet link was not read") || strings.Contains(all, "SECRET") {
		t.Errorf("the dialog reads %q", all)
	}
}
