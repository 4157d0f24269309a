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

func (s *scene) learns() int {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(s.engine.calls), func(c string) bool { return c != "learn" }))
}

// TestDroppedTorrentsGiveTheirNames: converting writes a file beside each one, so the user is asked first.
func TestDroppedTorrentsGiveTheirNames(t *testing.T) {
	s := newScene(t, nil)
	s.drop("/x/picture.png")
	if s.learns() != 0 || !s.open() {
		t.Fatal("a picture was taken")
	}
	press(s, fyne.KeyEscape)
	s.drop("/nowhere/a.TORRENT", "/nowhere/picture.png", "/nowhere/b.torrent")
	s.until("it is said", s.open)
	if s.learns() != 2 || s.tabs.Current() != pageTorrents {
		t.Errorf("learned %d, page %d", s.learns(), s.tabs.Current()+1)
	}
	s.drop("/nowhere/c.torrent") // while a dialog is open
	press(s, fyne.KeyReturn)
	if s.open() || s.tabs.Current() != pageTorrents || s.learns() != 2 {
		t.Errorf("OK does more than close: page %d, learned %d", s.tabs.Current()+1, s.learns())
	}
	s.drop("/nowhere/a.torrent")
	s.until("it is said", s.open)
	test.Tap(s.button("Convert"))
	if s.open() || s.tabs.Current() != pageSetup {
		t.Errorf("not converted: page %d", s.tabs.Current()+1)
	}
}

func TestTorrentsDroppedOnTheSetUpPageAreConverted(t *testing.T) {
	s := newScene(t, nil)
	s.tabs.Choose(pageSetup)
	s.drop("/nowhere/a.torrent")
	s.until("it is learned too", func() bool { return s.learns() == 1 })
	if s.open() {
		t.Error("asked where the page says what will happen")
	}
}

func TestPastedMagnetLinkGivesItsName(t *testing.T) {
	s := newScene(t, nil)
	for _, text := range []string{"", "hello", "http://tracker.example/announce"} {
		s.app.Clipboard().SetContent(text)
		if s.paste(); s.learns() != 0 || s.open() {
			t.Fatalf("%q was taken", text)
		}
	}
	s.app.Clipboard().SetContent(" magnet:?xt=urn:btih:0123456789012345678901234567890123456789&dn=x\n")
	s.paste()
	s.until("it is said", s.open)
	if s.learns() != 1 {
		t.Error(s.learns())
	}
}

// TestAnUnreadableFileIsExplained without the link, which may contain a passkey.
func TestAnUnreadableFileIsExplained(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.unlearned = "the file is no torrent" })
	s.drop("/x/SECRET/a.torrent")
	s.until("it is said", s.open)
	all := s.words()
	if !strings.Contains(all, "a.torrent was not read: the file is no torrent.") || strings.Contains(all, "SECRET") || !strings.Contains(all, "Nothing was learned") {
		t.Errorf("%q", all)
	}
	press(s, fyne.KeyEscape)
	s.learn([]string{"magnet:?SECRET"})
	s.until("it is said", s.open)
	if all = s.words(); !strings.Contains(all, "Magnet link was not read") || strings.Contains(all, "SECRET") {
		t.Errorf("%q", all)
	}
}
