package commandline

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/udp"
)

func TestDHTSizeMeasuresADHTOfThirtyNodes(t *testing.T) {
	const count = 30
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var first netip.AddrPort
	for i := range count {
		bind, err := udp.ParseBind(netip.AddrFrom4([4]byte{127, 8, byte(i), 1}).String())
		if err != nil {
			t.Fatal(err)
		}
		filter := &udp.Filter{LocalNetworks: true}
		s, err := udp.Listen(udp.Options{Bind: bind, Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = s.LocalAddr()
		}
		n := dht.New(&dht.Options{Sockets: []dht.Socket{s}, Filter: filter, AnswerOthers: true, First: dht.First{Only: []netip.AddrPort{first}}})
		running.Go(func() { _ = s.Run(ctx, n.Receive, nil) })
		running.Go(func() { _ = n.Run(ctx) })
		if i > 0 { // the second node joins the DHT by a lookup
			if _, err := n.Measure(ctx, dht.Measured{}, 1, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := Parse(strings.Fields("-data x -dht-size -dht-local -dht "+first.String()), io.Discard, false)
	if err != nil {
		t.Fatal(err)
	}
	var out, progress bytes.Buffer
	if err := c.RunDHTSize(ctx, &out, &progress); err != nil {
		t.Fatal(err)
	}
	var got size
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	// The standard error of an estimate from sixteen lookups is 9 %: a factor of two cannot be chance.
	if got.Lookups != sizeLookups || got.Nodes < count/2 || got.Nodes > 2*count || got.Low >= got.Nodes || got.High <= got.Nodes {
		t.Errorf("the measured size is %s", &out)
	}
	if strings.Count(progress.String(), "\n") != sizeLookups {
		t.Errorf("the progress is %s", &progress)
	}
}

func TestDHTSizeWithoutAnAnswerIsAnError(t *testing.T) {
	c, err := Parse(strings.Fields("-data x -dht-size -dht-local -dht 127.0.0.1:1"), io.Discard, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	var out bytes.Buffer
	if err := c.RunDHTSize(ctx, &out, io.Discard); err == nil || !strings.Contains(err.Error(), "measure the DHT") || out.Len() > 0 {
		t.Errorf("the command returns %v, output %s", err, &out)
	}
	for _, args := range []string{"-dht-size -dht nowhere", "-dht-size x"} {
		if _, err := Parse(strings.Fields("-data x "+args), io.Discard, false); err == nil {
			t.Errorf("the flags %s are accepted", args)
		}
	}
}
