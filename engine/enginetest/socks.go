package enginetest

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"testing"
)

// SOCKS5 returns a connection to host:port through the program at proxy, by SOCKS5. A host that is no IP address is sent as
// a name.
func SOCKS5(t testing.TB, proxy, to string) *Client {
	t.Helper()
	c := Dial(t, proxy)
	c.Send("\x05\x01\x00")
	if got := c.Read(2); got != "\x05\x00" {
		t.Fatalf("the SOCKS5 greeting got the answer %q", got)
	}
	c.Send("\x05\x01\x00" + SOCKSAddress(t, to))
	if got := c.Read(10); got != "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00" {
		t.Fatalf("the SOCKS request for %s got the answer %q", to, got)
	}
	return c
}

// SOCKS4 returns a connection to host:port through the program at proxy, by SOCKS4, or by SOCKS4a if the host is a name.
func SOCKS4(t testing.TB, proxy, to string) *Client {
	t.Helper()
	c := Dial(t, proxy)
	host, port := splitAddress(t, to)
	request := append([]byte{4, 1}, port...)
	if ip, err := netip.ParseAddr(host); err == nil {
		request = append(append(request, ip.AsSlice()...), "me\x00"...)
	} else {
		request = append(request, "\x00\x00\x00\x01me\x00"+host+"\x00"...)
	}
	c.Send(string(request))
	if got := c.Read(8); got != "\x00\x5a\x00\x00\x00\x00\x00\x00" {
		t.Fatalf("the SOCKS request for %s got the answer %q", to, got)
	}
	return c
}

// SOCKSAddress returns host:port as it is written in a SOCKS5 request or datagram.
func SOCKSAddress(t testing.TB, to string) string {
	t.Helper()
	host, port := splitAddress(t, to)
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return "\x03" + string(rune(len(host))) + host + string(port)
	case ip.Is4():
		return "\x01" + string(ip.AsSlice()) + string(port)
	}
	return "\x04" + string(ip.AsSlice()) + string(port)
}

func splitAddress(t testing.TB, to string) (host string, port []byte) {
	t.Helper()
	host, p, err := net.SplitHostPort(to)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return host, binary.BigEndian.AppendUint16(nil, uint16(n))
}
