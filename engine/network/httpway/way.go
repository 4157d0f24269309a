package httpway

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
)

// idleTime is how long an unused connection to a server may still be used again.
const idleTime = 60 * time.Second

// Parts are what the way needs; only Capture may be missing.
type Parts struct {
	Desk    *announce.Desk
	Dialer  *upstream.Dialer
	Note    func(exchange.Entry) // called after each exchange that does not go through the desk
	Capture func() bool          // whether to keep the bytes of announces too; nil means never
}

// Way serves clients' requests over HTTP. Make it with New. It is safe for concurrent use; its streams are not.
type Way struct {
	Parts
	dialer    *upstream.Dialer
	redirects redirects
	led       led
	resting   resting

	lookup       func(ctx context.Context, network, name string) ([]netip.Addr, error)
	computer     string // this computer's name
	gatewayNames atomic.Pointer[[]string]
}

// New returns a way without streams.
func New(p Parts) *Way {
	name, err := os.Hostname()
	if err != nil {
		name = "" // it is then called by an address
	}
	return &Way{Parts: p, dialer: p.Dialer, computer: strings.ToLower(name), lookup: net.DefaultResolver.LookupNetIP}
}

// Close closes the idle connections to servers. No stream may be used afterwards.
func (s *Way) Close() {
	s.resting.close()
	if s.dialer.Connections != nil {
		s.dialer.Connections.Close()
	}
}
