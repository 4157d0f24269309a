package httpway

import (
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
)

// FuzzBehindGateway checks for any tracker's address that its gateway address leads to that tracker, with the target of
// the tracker's own address, and that both forms that clients make of its scrape lead to the same one.
func FuzzBehindGateway(f *testing.F) {
	for _, seed := range []string{
		"https://tracker.example/PASSKEY/announce", "http://t.example:81/announce.php?passkey=x", "udp://t.example:80", "udp://[::1]:80/announce",
		"HTTP://T.example?x=/y", "http://announce.example/a/announce", "udp://announce:1/announce", "http://t//announce", "https://t./announce/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		through, ok := bittorrent.ThroughGateway(address, "127.0.0.1:8080")
		if !ok {
			return
		}
		if own, again := bittorrent.FromGateway(address); again {
			address = own
		}
		scheme, rest, _ := strings.Cut(address, "://")
		authority, _, _ := strings.Cut(rest, "?")
		authority, path, slash := strings.Cut(authority, "/")
		if slash {
			path = "/" + path
		}
		want, err := bittorrent.NewTrackerURL(scheme, authority, path)
		if err != nil {
			t.Fatalf("%q is routed through the gateway: %v", address, err)
		}
		if !slash && !strings.EqualFold(scheme, "udp") {
			want, _ = bittorrent.NewTrackerURL(scheme, authority, "/")
		}
		asked, _, _ := strings.Cut(strings.TrimPrefix(through, "http://127.0.0.1:8080"), "?")
		b, ok := behindGateway(asked)
		if !ok || b.tracker.ID() != want.ID() || slash && b.path != path {
			t.Fatalf("%q became %q, which is requested at %q as %q", address, through, b.tracker.Secret(), b.path)
		}
		if !strings.HasPrefix(asked[strings.LastIndexByte(asked, '/'):], "/announce") || strings.Count(asked, "/") < 4 {
			return // clients make no scrape of it, or only in one way
		}
		last := strings.LastIndex(asked, "/announce")
		one, ok1 := behindGateway(strings.Replace(asked, "announce", "scrape", 1))
		two, ok2 := behindGateway(asked[:last] + "/scrape" + asked[last+len("/announce"):])
		if !ok1 || !ok2 || one.path != two.path || one.tracker.Address() != two.tracker.Address() {
			t.Fatalf("the scrapes of %q are requested as %q %v and %q %v", through, one.path, ok1, two.path, ok2)
		}
	})
}
