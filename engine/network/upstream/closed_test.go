package upstream_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/udptracker"
)

// TestOtherComputersReachNoServerOnLocalhost, by any name and over any protocol; a client on this computer
// does.
func TestOtherComputersReachNoServerOnLocalhost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	d := &upstream.Dialer{}
	for _, host := range []string{"127.0.0.1", "127.8.9.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200"} {
		c, err := d.Dial(context.Background(), upstream.Target{Address: host + ":" + port, Remote: true}, 5*time.Second)
		var f *upstream.Error
		if err == nil || !errors.As(err, &f) || f.Problem != exchange.ProblemClosed || upstream.WhyClosed(err) != "the address is open to clients on this computer only" {
			t.Errorf("%s: got %v, %v", host, c, err)
		}
	}
	c, err := d.Dial(context.Background(), upstream.Target{Address: l.Addr().String()}, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request := udptracker.AppendScrape(nil, 0, 0, nil)
	if _, err := d.For(upstream.Target{Remote: true}).ExchangeUDP(ctx, "127.0.0.1:"+port, request, upstream.Dialling{}); err == nil || !strings.Contains(err.Error(), "on this computer only") {
		t.Errorf("ExchangeUDP returned %v", err)
	}
	if _, err := d.PublicOnly().For(upstream.Target{Remote: true}).Dial(ctx, upstream.Target{Address: "192.168.255.254:80"}, time.Second); err == nil || upstream.WhyClosed(err) != "a public tracker leads to an address of the local network" {
		t.Errorf("with both restrictions Dial returned %v", err)
	}
}
