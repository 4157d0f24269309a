package policy_test

import (
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

func TestNearestRuleWins(t *testing.T) {
	mine, other := bittorrent.InfoHash{1}, bittorrent.InfoHash{2}
	rules := policy.Rules{
		Factor: 2000, Ceiling: 7, Trackers: map[string]policy.Factor{"a": 3000, "unset": 0}, Torrents: map[bittorrent.InfoHash]policy.Factor{mine: 4000, {3}: 0, {4}: 1000},
	}
	for _, c := range []struct {
		name, host string
		hash       bittorrent.InfoHash
		want       policy.Factor
	}{
		{"neither", "b", other, 2000},
		{"tracker", "a", other, 3000},
		{"torrent", "b", mine, 4000},
		{"torrent before tracker", "a", mine, 4000},
		{"torrent at 1 before all", "a", bittorrent.InfoHash{4}, 1000},
		{"an invalid factor of a tracker changes nothing", "unset", other, 1000},
		{"an invalid factor of a torrent changes nothing", "a", bittorrent.InfoHash{3}, 1000},
	} {
		if got := rules.For(c.host, c.hash); got.Factor != c.want || got.Ceiling != 7 {
			t.Errorf("%s: %+v, want factor %s", c.name, got, c.want)
		}
	}
}

func TestNoRulesChangeNothing(t *testing.T) {
	var rules policy.Rules
	if got := rules.For("a", bittorrent.InfoHash{}); got != (policy.Rule{Factor: policy.One}) {
		t.Errorf("%+v", got)
	}
	rules.Factor = policy.MaxFactor + 1
	if got := rules.For("a", bittorrent.InfoHash{}); got.Factor != policy.One {
		t.Errorf("%+v", got)
	}
}
