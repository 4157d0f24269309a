package settings

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

func (f *fakeEngine) SetTorrentFactor(h bittorrent.InfoHash, v policy.Factor) error {
	f.settings.TorrentMultipliers = map[string]policy.Factor{h.String(): v}
	if v == 0 {
		f.settings.TorrentMultipliers = nil
	}
	return f.refuse
}

func (f *fakeEngine) SetTrackerRule(tracker string, rule policy.TrackerRule) error {
	f.calls = append(f.calls, fmt.Sprint(tracker, rule))
	f.settings.TrackerCeilings = map[string]uint64{tracker: rule.Ceiling}
	f.settings.TrackerMultipliers = map[string]policy.Factor{tracker: rule.Factor}
	return f.refuse
}

func TestOverridesAreListedRemovedAndRestored(t *testing.T) {
	s := newScene(t)
	h := bittorrent.InfoHash{7}
	snap := &engine.Snapshot{
		Trackers: []engine.Tracker{{Host: "b.example"}, {Host: "a.example"}, {Host: "t.example"}},
		Torrents: []*engine.Torrent{{InfoHash: h, Name: "a torrent", Own: policy.One}},
	}
	_ = s.engine.SetTrackerRule("t.example", policy.TrackerRule{Factor: 3000, Ceiling: 2 << 20})
	_ = s.engine.SetTorrentFactor(h, policy.One)
	shown := func() string {
		s.Show(snap, time.Now())
		all, _ := textsAndButtons(s.overrides.content)
		return all
	}
	all := shown()
	for _, want := range []string{"t.example\n3×, at most 2.00 MiB/s\n", "a torrent\nExcluded: always its real numbers\n"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in %q", want, all)
		}
	}
	if !slices.Equal(s.overrides.choice.Options, []string{"a.example", "b.example"}) {
		t.Errorf("trackers on offer: %q", s.overrides.choice.Options)
	}
	s.overrides.choice.SetSelected("b.example")
	_, buttons := textsAndButtons(s.overrides.content)
	test.Tap(buttons["Change…"][0])
	if got := s.engine.calls[1:]; !slices.Equal(got, []string{"rules of b.example", "rules of t.example"}) || s.overrides.choice.Selected != "" {
		t.Errorf("calls %q, and %q stays selected", got, s.overrides.choice.Selected)
	}
	for i, name := range []string{"t.example", "a torrent"} {
		_, buttons = textsAndButtons(s.overrides.content)
		test.Tap(buttons["Use defaults"][0])
		if all = shown(); !strings.Contains(all, name+" uses the general settings again.") || strings.Count(all, name) != 1 {
			t.Errorf("removed override %d: %q", i, all)
		}
	}
	_, buttons = textsAndButtons(s.overrides.content)
	test.Tap(buttons["Undo"][0])
	if all = shown(); !strings.Contains(all, "a torrent\nExcluded") || strings.Contains(all, "again") {
		t.Errorf("after undo: %q", all)
	}
}
