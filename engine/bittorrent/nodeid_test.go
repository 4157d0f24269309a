package bittorrent

import "testing"

func TestDistancesOfNodeIDsAreXOR(t *testing.T) {
	a, b := NodeID{0x12, 19: 0xff}, NodeID{0x13, 19: 0x0f}
	d := Distance(a, b)
	if d != (NodeID{0x01, 19: 0xf0}) || d != Distance(b, a) || Distance(a, a) != (NodeID{}) {
		t.Errorf("the distance is %s", d)
	}
	if !Less(a, b) || Less(b, a) || Less(a, a) || !Less(NodeID{19: 0xff}, NodeID{18: 1}) {
		t.Error("ids are not ordered as numbers with the big end first")
	}
	for id, want := range map[NodeID]int{{}: 160, {19: 1}: 159, {0x80}: 0, {0x01}: 7, {1: 0x40}: 9} {
		if got := id.LeadingZeros(); got != want {
			t.Errorf("%s: %d leading zeros, want %d", id, got, want)
		}
	}
	if s := b.String(); s != "130000000000000000000000000000000000000f" {
		t.Errorf("the id prints as %v, want %v", s, "130000000000000000000000000000000000000f")
	}
}
