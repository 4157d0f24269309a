package httpway

import (
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// TestAnAnnounceAfterAPublicTrackersRedirectIsLimitedToPublicAddresses: the announce that follows its redirect is
// dialled with that limit.
func TestAnAnnounceAfterAPublicTrackersRedirectIsLimitedToPublicAddresses(t *testing.T) {
	to, err := bittorrent.NewTrackerURL("http", "moved.example", "/announce")
	if err != nil {
		t.Fatal(err)
	}
	for _, public := range []bool{true, false} {
		var r redirects
		now := time.Now()
		own := announce.AnswerKey{Tracker: bittorrent.TrackerID{7}} // for a client that named a tracker but used another server
		r.note(to, &announce.Order{Cache: own}, public, true, now)
		next := &carriage{Stream: new(Stream)}
		next.order.Session.Tracker = to.ID()
		next.order.Cache.Tracker = to.ID()
		if r.follow(next, now); next.target.PublicOnly != public {
			t.Errorf("redirected from a public address %v: the next target has PublicOnly %v", public, next.target.PublicOnly)
		}
		if next.order.Cache.Tracker != own.Tracker {
			t.Error("after a redirect a client shares the cache of another one")
		}
	}
}

// TestAnAnnounceHasTheFenceOfItsTarget; a later delivery must obey the fence.
func TestAnAnnounceHasTheFenceOfItsTarget(t *testing.T) {
	raw := []byte("GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-TR4100-0123456789ab&uploaded=1 HTTP/1.1\r\nHost: tracker.example\r\n\r\n")
	var req httphead.Request
	if err := req.Parse(raw); err != nil {
		t.Fatal(err)
	}
	path, query := req.Origin()
	r, ok := httptracker.Parse(raw, "http", "tracker.example", path, query)
	if !ok {
		t.Fatal("the redirected request is no announce")
	}
	for _, want := range []announce.Fence{{}, {Remote: true}, {PublicOnly: true}} {
		q := &carriage{Stream: &Stream{link: link{s: &Way{}}, req: &req}, Request: r, target: upstream.Target{Remote: want.Remote, PublicOnly: want.PublicOnly}}
		if q.describe(time.Now()); q.order.Fence != want {
			t.Errorf("the fence is %+v, want %+v", q.order.Fence, want)
		}
	}
}
