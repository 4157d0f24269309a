package engine_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/convert"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
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
		t.Fatalf("learned %s with the name %q (%v), want named", h, name, err)
	}
	if _, name, err := e.Learn("magnet:?xt=urn:btih:0123456789012345678901234567890123456789&dn=linked"); err != nil || name != "linked" {
		t.Errorf("learned the name %q (%v), want linked", name, err)
	}
	large := filepath.Join(dir, "large.torrent")
	if err := os.WriteFile(large, make([]byte, 16<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for wrong, kind := range map[string]convert.Kind{
		"": convert.Other, "magnet:?": convert.NotMagnet, "magnet:?xt=a b": convert.BlankInMagnet,
		filepath.Join(dir, "gone.torrent"): convert.Other, dir: convert.NotPlain, large: convert.TooLarge,
	} {
		var why *convert.Error
		if _, _, err := e.Learn(wrong); !errors.As(err, &why) || why.Kind != kind {
			t.Errorf("%q: %v of kind %v, want %v", wrong, err, why, kind)
		}
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := enginetest.NewEngine(t, engine.Options{Folder: folder})
	if _, name, err := again.Learn("magnet:?xt=urn:btih:" + h.String()); err != nil || name != "named" {
		t.Errorf("after a restart the name is %q (%v), want named", name, err)
	}
}

func TestRulesOfTorrentsAndTrackersAreSetCheckedAndRemoved(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{})
	h := bittorrent.InfoHash{7}
	if err := e.SetTorrentFactor(h, 5*policy.One); err != nil {
		t.Fatal(err)
	}
	own := policy.TrackerRule{Factor: 3 * policy.One, Ceiling: 2 << 20, StopAt: 1500, Alone: true}
	for _, rule := range []policy.TrackerRule{{Ceiling: 7}, own} {
		if err := e.SetTrackerRule("T.example:80", rule); err != nil {
			t.Fatal(err)
		}
	}
	s := e.Settings()
	if all := s.TrackerRules(); s.TorrentMultipliers[h.String()] != 5*policy.One || len(all) != 1 || all["t.example"] != own {
		t.Errorf("multipliers %v, rules %v; want factor 5 for the torrent, and %+v for t.example", s.TorrentMultipliers, all, own)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	var se *settings.Error
	if err := e.SetTorrentFactor(h, 1); !errors.As(err, &se) {
		t.Errorf("setting a factor of a thousandth: %v, want a settings error", err)
	}
	for tracker, rule := range map[string]policy.TrackerRule{"http://t.example/KEY": {}, "u.example": {Factor: 1}, "v.example": {StopAt: 1}} {
		if err := e.SetTrackerRule(tracker, rule); !errors.As(err, &se) || strings.Contains(err.Error(), "KEY") {
			t.Errorf("setting a rule for %s: %v, want a settings error without the key", tracker, err)
		}
	}
	_ = e.SetTorrentFactor(h, 0)
	_ = e.SetTrackerRule("t.example", policy.TrackerRule{})
	if s := e.Settings(); len(s.TorrentMultipliers)+len(s.TrackerMultipliers)+len(s.TrackerCeilings)+len(s.TrackerStopRatios)+len(s.TrackerAloneGuard) != 0 {
		t.Errorf("after all rules are removed the settings are %+v", s)
	}
	if remaining := e.ForgetTorrents([]string{"nobody"}); len(remaining) != 0 || len(e.History("nobody", 5)) != 0 {
		t.Errorf("forgetting an unknown torrent leaves %q, want nothing, and no history", remaining)
	}
	if d := e.Snapshot().Day; d.Seen != 0 || time.Since(d.Since) > time.Minute {
		t.Errorf("the day is %+v, want nothing uploaded since now", d)
	}
}

// TestManyTorrentsGetTheirFactorsAtOnce: each gets its own, and none changes if one of them is not valid.
func TestManyTorrentsGetTheirFactorsAtOnce(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{})
	a, b, c := bittorrent.InfoHash{1}, bittorrent.InfoHash{2}, bittorrent.InfoHash{0xab}
	if err := e.SetTorrentFactor(c, 2*policy.One); err != nil {
		t.Fatal(err)
	}
	if err := e.SetTorrentFactors(map[bittorrent.InfoHash]policy.Factor{a: policy.One, b: 5 * policy.One, c: 0}); err != nil {
		t.Fatal(err)
	}
	want := map[string]policy.Factor{a.String(): policy.One, b.String(): 5 * policy.One}
	if got := e.Settings().TorrentMultipliers; !maps.Equal(got, want) {
		t.Errorf("multipliers are %v, want %v", got, want)
	}
	if err := e.SetTorrentFactors(map[bittorrent.InfoHash]policy.Factor{a: 0, b: 1}); err == nil || !maps.Equal(e.Settings().TorrentMultipliers, want) {
		t.Error("a factor that is not from 1 to 100 is accepted, or the others are set with it")
	}
	if err := e.ReplaceTorrentFactors(policy.One, map[bittorrent.InfoHash]policy.Factor{a: 0, b: 2 * policy.One, c: 3 * policy.One}); err != nil {
		t.Fatal(err)
	}
	delete(want, a.String())
	if got := e.Settings().TorrentMultipliers; !maps.Equal(got, want) {
		t.Errorf("multipliers are %v, want %v with what was chosen since", got, want)
	}
}

// TestForgottenTorrentsStayForgotten after a restart; torrents that a client shares, or that have a pending announce,
// cannot be removed.
func TestForgottenTorrentsStayForgotten(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := startOutage(t, engine.Options{Multiplier: 3 * policy.One})
	other := func(request string) string { return strings.Replace(request, enginetest.InfoHash[:3], "%fe", 1) }
	d.send(d.announce(1, 0, "started"), 0)
	d.send(d.announce(1, 1000, "stopped"), 0)
	d.send(other(d.announce(2, 0, "started")), 0)
	var ids []string
	for _, row := range d.snapshot().Torrents {
		ids = append(ids, row.ID)
	}
	if len(ids) != 2 {
		t.Fatalf("%d rows, want 2", len(ids))
	}
	if remaining := d.e.ForgetTorrents(append(ids, "nobody")); len(remaining) != 1 {
		t.Errorf("%q remain, want the torrent with a pending announce", remaining)
	}
	if left := d.e.Snapshot().Torrents; len(left) != 1 {
		t.Errorf("%d rows are left, want 1", len(left))
	}
	d.restart()
	if left := d.snapshot().Torrents; len(left) != 1 {
		t.Errorf("%d rows are left after a restart, want 1", len(left))
	}
}
