package httpway

import (
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
)

// TestAPublicTrackerLeadsToNoPrivateAddress: what follows its redirect is dialled as such.
func TestAPublicTrackerLeadsToNoPrivateAddress(t *testing.T) {
	to, err := bittorrent.NewTrackerURL("http", "moved.example", "/announce")
	if err != nil {
		t.Fatal(err)
	}
	for _, public := range []bool{true, false} {
		var r redirects
		now := time.Now()
		r.note(to, &announce.Order{}, public, true, now)
		next := &carriage{Stream: new(Stream)}
		next.order.Session.Tracker = to.ID()
		if r.follow(next, now); next.target.PublicOnly != public {
			t.Errorf("from a public address %v: the next is %v", public, next.target.PublicOnly)
		}
	}
}
