package enginetest

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// Names makes this process resolve host names with lookup until the end of the test, except those in the system's hosts
// file. lookup gets a name in lower case without a final dot, and returns the zero Addr if the name does not exist. No
// query leaves this computer. The test cannot run in parallel with others.
func Names(t testing.TB, lookup func(name string) netip.Addr) {
	t.Helper()
	AllNames(t, func(name string) []netip.Addr {
		if a := lookup(name); a.IsValid() {
			return []netip.Addr{a}
		}
		return nil
	})
}

// AllNames is Names for names with several addresses.
func AllNames(t testing.TB, lookup func(name string) []netip.Addr) {
	t.Helper()
	t.Setenv("BITTORATIO_TEST_NAMES", "all") // panics in a parallel test: the resolver belongs to the whole process
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		b := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(b)
			if err != nil {
				return
			}
			if answer := resolve(b[:n], lookup); answer != nil {
				_, _ = server.WriteTo(answer, from)
			}
		}
	})
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		// A cancelled look-up may still run after the test, so this must read nothing that the clean-up changes.
		return net.DialUDP("udp", nil, server.LocalAddr().(*net.UDPAddr))
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = server.Close()
		done.Wait()
	})
}

// resolve answers a DNS query (RFC 1035 §4.1); it returns nil if the query is malformed.
func resolve(query []byte, lookup func(string) []netip.Addr) []byte {
	if len(query) < 12 {
		return nil
	}
	var labels []string
	at := 12
	for at < len(query) && query[at] != 0 {
		n := int(query[at])
		if at+1+n > len(query) {
			return nil
		}
		labels = append(labels, string(query[at+1:at+1+n]))
		at += 1 + n
	}
	if at+5 > len(query) {
		return nil
	}
	kind := binary.BigEndian.Uint16(query[at+1:])
	addrs := lookup(strings.ToLower(strings.Join(labels, ".")))
	answer := append([]byte(nil), query[:at+5]...)
	copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}) // a response with one question and no records yet
	if len(addrs) == 0 {
		answer[3] |= 3 // NXDOMAIN
	}
	for _, addr := range addrs {
		if kind == 1 && addr.Is4() || kind == 28 && addr.Is6() {
			answer[7]++
			answer = append(answer, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(addr.BitLen()/8))
			answer = append(answer, addr.AsSlice()...)
		}
	}
	return answer
}
