package upstream

import (
	"slices"
	"testing"
)

func TestTheListOfClosedPortsIsSorted(t *testing.T) {
	if !slices.IsSorted(closedPorts) {
		t.Error("the list of ports is not sorted")
	}
	for port, want := range map[uint16]bool{22: true, 25: true, 53: true, 445: true, 10080: true, 80: false, 443: false, 1337: false, 2710: false, 6881: false, 6969: false, 8080: false} {
		if ClosedPort(port) != want {
			t.Errorf("port %d: got %v", port, !want)
		}
	}
	for port, want := range map[uint16]bool{0: false, 22: false, 25: false, 53: false, 445: false, 80: true, 81: true, 443: true, 444: true, 1023: true, 1024: true, 6667: true, 10080: true} {
		if MayPass(port) != want {
			t.Errorf("a stream to port %d: got %v", port, !want)
		}
	}
}
