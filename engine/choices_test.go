package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
)

func TestNamesComeFromTheClientsFoldersAndAreRemembered(t *testing.T) {
	enginetest.CheckGoroutines(t)
	dir, folder := t.TempDir(), t.TempDir()
	file := "d4:infod6:lengthi7e4:name5:named6:pieces0:7:privatei1eee"
	if err := os.WriteFile(filepath.Join(dir, "x.torrent"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	e := enginetest.NewEngine(t, engine.Options{Folder: folder})
	h, name, err := e.Learn(filepath.Join(dir, "x.torrent"))
	if err != nil || name != "named" {
		t.Fatalf("%s %q %v", h, name, err)
	}
	if _, name, err := e.Learn("magnet:?xt=urn:btih:0123456789012345678901234567890123456789&dn=linked"); err != nil || name != "linked" {
		t.Errorf("%q %v", name, err)
	}
	for _, wrong := range []string{"", "magnet:?", filepath.Join(dir, "gone.torrent"), dir} {
		if _, _, err := e.Learn(wrong); err == nil {
			t.Errorf("%q was learned", wrong)
		}
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := enginetest.NewEngine(t, engine.Options{Folder: folder})
	if _, name, err := again.Learn("magnet:?xt=urn:btih:" + h.String()); err != nil || name != "named" {
		t.Errorf("remembered %q (%v)", name, err)
	}
}

func TestFactorsOfATorrentAndATracker(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{})
	h := bittorrent.InfoHash{7}
	if err := e.SetTorrentFactor(h, 5*engine.One); err != nil {
		t.Fatal(err)
	}
	if err := e.SetTrackerFactor("T.example:80", 3*engine.One); err != nil {
		t.Fatal(err)
	}
	if s := e.Settings(); s.TorrentMultipliers[h.String()] != 5*engine.One || s.TrackerMultipliers["t.example"] != 3*engine.One {
		t.Errorf("%v %v", s.TorrentMultipliers, s.TrackerMultipliers)
	}
	var se *engine.SettingsError
	if err := e.SetTorrentFactor(h, 1); !errors.As(err, &se) {
		t.Errorf("%v", err)
	}
	if err := e.SetTrackerFactor("http://t.example/KEY", engine.One); !errors.As(err, &se) {
		t.Errorf("%v", err)
	}
	_ = e.SetTorrentFactor(h, 0)
	_ = e.SetTrackerFactor("t.example", 0)
	if s := e.Settings(); len(s.TorrentMultipliers) != 0 || len(s.TrackerMultipliers) != 0 {
		t.Errorf("%v %v", s.TorrentMultipliers, s.TrackerMultipliers)
	}
	if err := e.ForgetTorrent("nobody"); !errors.Is(err, engine.ErrSharing) || len(e.History("nobody", 5)) != 0 {
		t.Errorf("%v", err)
	}
	if d := e.Snapshot().Day; d.Seen != 0 || time.Since(d.Since) > time.Minute {
		t.Errorf("%+v", d)
	}
}
