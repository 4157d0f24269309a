package udprelay

import (
	"net/netip"
	"testing"
	"time"

	"bittoratio/engine/wire/socks"
)

func TestTheClientsDatagramsAreRecognised(t *testing.T) {
	const own, other, elsewhere = "127.0.0.1:1000", "127.0.0.1:2000", "127.0.0.7:1000"
	type step struct {
		from   string
		after  time.Duration
		want   bool
		answer bool
	}
	for name, c := range map[string]struct {
		named socks.Address
		steps []step
	}{
		"the first alone":           {socks.Address{}, []step{{own, 0, true, true}, {other, 0, false, false}, {elsewhere, 0, false, false}, {own, time.Second, true, true}}},
		"a stray one first":         {socks.Address{}, []step{{other, 0, true, false}, {own, 0, true, true}, {other, time.Second, false, false}}},
		"an answer to a stray one":  {socks.Address{}, []step{{other, 0, true, true}, {own, silence - 1, false, false}, {own, time.Second, true, true}, {other, 0, false, false}}},
		"a stray one from far away": {socks.Address{}, []step{{elsewhere, 0, false, false}, {own, 0, true, true}}},
		"its port":                  {socks.Address{IP: netip.IPv4Unspecified(), Port: 1000}, []step{{other, 0, true, true}, {own, 0, true, true}, {other, time.Hour, false, false}, {own, 0, true, true}}},
		"both":                      {socks.Address{IP: netip.MustParseAddr("127.0.0.1"), Port: 1000}, []step{{other, 0, true, true}, {own, 0, true, true}, {other, time.Hour, false, false}}},
		"another of this computer":  {socks.Address{IP: netip.MustParseAddr("127.0.0.7"), Port: 1000}, []step{{own, 0, true, true}, {elsewhere, 0, true, true}, {own, time.Hour, false, false}}},
		"another address alone":     {socks.Address{IP: netip.MustParseAddr("127.0.0.7")}, []step{{elsewhere, 0, true, true}, {own, 0, false, false}}},
		"another computer":          {socks.Address{IP: netip.MustParseAddr("192.0.2.7"), Port: 1000}, []step{{"192.0.2.7:1000", 0, false, false}, {own, 0, true, true}}},
		"a wrong port":              {socks.Address{IP: netip.IPv4Unspecified(), Port: 9}, []step{{own, 0, true, true}, {other, 0, false, false}}},
		"a name":                    {socks.Address{Name: "client.example", Port: 1000}, []step{{other, 0, true, true}, {own, 0, false, false}}},
	} {
		a := &association{senders: senders{host: netip.MustParseAddr("127.0.0.1")}}
		r := New(Parts{})
		r.isOwn = func(netip.Addr) bool { return false }
		a.senders.named = r.expected(a, c.named)
		now := time.Now()
		for i, s := range c.steps {
			now = now.Add(s.after)
			from := netip.MustParseAddrPort(s.from)
			if got := a.senders.accept(from, now); got != s.want {
				t.Errorf("%s, step %d: %v, want %v", name, i, got, s.want)
			}
			if s.answer {
				a.senders.answered(from, now)
			}
		}
	}
}
