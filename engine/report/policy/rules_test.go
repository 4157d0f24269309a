package policy_test

import (
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

func TestTheMostSpecificRuleApplies(t *testing.T) {
	mine, other := bittorrent.InfoHash{1}, bittorrent.InfoHash{2}
	rules := policy.Rules{
		Factor: 2000, Ceiling: 7, StopAt: 2000,
		Trackers: map[string]policy.TrackerRule{"a": {Factor: 3000}, "guarded": {Ceiling: 9, StopAt: 1500}, "bad": {Factor: 7}},
		Torrents: map[bittorrent.InfoHash]policy.Factor{mine: 4000, {3}: 0, {4}: 1000},
	}
	for _, c := range []struct {
		name, host string
		hash       bittorrent.InfoHash
		want       policy.Factor
	}{
		{"no rule of its own", "b", other, 2000},
		{"the tracker's rule", "a", other, 3000},
		{"the torrent's factor", "b", mine, 4000},
		{"the torrent's factor before the tracker's rule", "a", mine, 4000},
		{"the torrent's factor of 1 before all others", "a", bittorrent.InfoHash{4}, 1000},
		{"a tracker without a factor of its own", "guarded", other, 2000},
		{"an invalid factor of a tracker changes nothing", "bad", other, 1000},
		{"an invalid factor of a torrent changes nothing", "a", bittorrent.InfoHash{3}, 1000},
	} {
		if got := rules.For(c.host, c.hash); got.Factor != c.want || got.Global.PerSecond != 7 || got.Own != (c.want != 2000) {
			t.Errorf("%s: %+v, want factor %s", c.name, got, c.want)
		}
	}
}

func TestTrackersHaveTheirOwnGuards(t *testing.T) {
	rules := policy.Rules{Factor: 2000, Ceiling: 7, StopAt: 2000, Trackers: map[string]policy.TrackerRule{"guarded": {Ceiling: 9, StopAt: 1500}}}
	if got := rules.For("b", bittorrent.InfoHash{}); got.Tracker.PerSecond != 0 || got.Stop.At != 2000 {
		t.Errorf("the rule is %+v", got)
	}
	if got := rules.For("guarded", bittorrent.InfoHash{}); got.Global.PerSecond != 7 || got.Tracker.PerSecond != 9 || got.Stop.At != 1500 {
		t.Errorf("the rule is %+v", got)
	}
	if rules.StopAt = 0; !rules.StopsAnywhere() {
		t.Error("StopsAnywhere is false, though one tracker has a ratio at which to stop")
	}
	if rules.Trackers = nil; rules.StopsAnywhere() {
		t.Error("StopsAnywhere is true without any ratio at which to stop")
	}
}

func TestNoRulesChangeNothing(t *testing.T) {
	var rules policy.Rules
	if got := rules.For("a", bittorrent.InfoHash{}); got != (policy.Rule{Factor: policy.One}) {
		t.Errorf("the rule is %+v", got)
	}
	rules.Factor = policy.MaxFactor + 1
	if got := rules.For("a", bittorrent.InfoHash{}); got.Factor != policy.One {
		t.Errorf("the rule is %+v", got)
	}
}
