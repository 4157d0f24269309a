package socks

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// The first byte that a client sends.
const (
	Version4 = 4
	Version5 = 5
)

// Command is the command of a request.
type Command byte

// The commands; the numbers are those of RFC 1928. SOCKS4 has the first two.
const (
	Connect   Command = 1
	Bind      Command = 2
	Associate Command = 3 // UDP ASSOCIATE
)

// Reply is how a request is answered; the numbers are those of RFC 1928 §6. SOCKS4 knows only yes and no.
type Reply byte

// The replies in use.
const (
	Succeeded Reply = iota
	Failed
	NotAllowed
	_
	_
	_
	_
	NoSuchCommand
	NoSuchAddress // an unknown address type
)

// The methods of a greeting (RFC 1928 §3).
const (
	NoAuthentication = 0x00
	NoneAcceptable   = 0xff
)

// What a client sends that cannot be served.
var (
	ErrMalformed   = errors.New("the SOCKS request is malformed")
	ErrAddressType = errors.New("the SOCKS request has an unknown address type")
)

// Address is where a client wants to go: a name or an address, never both.
type Address struct {
	Name string // to be resolved here; printable ASCII that a host's name may have
	IP   netip.Addr
	Port uint16
}

// String returns host:port, as a dialler expects it. A name may hold a passkey: never print it.
func (a Address) String() string {
	if a.Name != "" {
		return a.Name + ":" + strconv.Itoa(int(a.Port)) // a name has no colon
	}
	return netip.AddrPortFrom(a.IP, a.Port).String()
}

// Request is a client's request.
type Request struct {
	Command Command
	Address Address
}

// maxText bounds a name, and SOCKS4's user name, in bytes.
const maxText = 255

// ParseGreeting reads SOCKS5's first message (RFC 1928 §3). open reports whether the client accepts no authentication.
// n is the message's length in bytes; 0, without an error, if more must come.
func ParseGreeting(b []byte) (open bool, n int, err error) {
	if len(b) < 2 {
		return false, 0, nil
	}
	if b[0] != Version5 {
		return false, 0, ErrMalformed
	}
	if n = 2 + int(b[1]); len(b) < n {
		return false, 0, nil
	}
	return bytes.IndexByte(b[2:n], NoAuthentication) >= 0, n, nil
}

// AppendMethod appends the answer to a greeting.
func AppendMethod(dst []byte, method byte) []byte { return append(dst, Version5, method) }

// ParseRequest5 reads SOCKS5's second message (RFC 1928 §4); n as in [ParseGreeting].
func ParseRequest5(b []byte) (r Request, n int, err error) {
	if len(b) < 4 {
		return r, 0, nil
	}
	if b[0] != Version5 || b[2] != 0 {
		return r, 0, ErrMalformed
	}
	r.Command = Command(b[1])
	if r.Address, n, err = parseAddress(b[3:]); n == 0 || err != nil {
		return Request{}, 0, err
	}
	return r, 3 + n, nil
}

// parseAddress reads a type, an address of it and a port (RFC 1928 §5); n as in [ParseGreeting].
func parseAddress(b []byte) (a Address, n int, err error) {
	if len(b) < 2 {
		return a, 0, nil
	}
	from, size := 1, 0
	switch b[0] {
	case 1:
		size = 4
	case 3:
		from, size = 2, int(b[1])
	case 4:
		size = 16
	default:
		return a, 0, ErrAddressType
	}
	if n = from + size + 2; len(b) < n {
		return a, 0, nil
	}
	host := b[from : from+size]
	a.Port = binary.BigEndian.Uint16(b[from+size:])
	if b[0] == 3 {
		err = a.setName(host)
	} else {
		a.IP, _ = netip.AddrFromSlice(host)
		a.IP = a.IP.Unmap()
	}
	if err != nil {
		return Address{}, 0, err
	}
	return a, n, nil
}

// setName sets the name, or the address if the name is one as text.
func (a *Address) setName(b []byte) error {
	name := string(b)
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil && ip.Zone() == "" {
		a.IP = ip.Unmap()
		return nil
	}
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`@/\?#[]%:`, c) >= 0 {
			return ErrMalformed
		}
	}
	if a.Name = name; name == "" {
		return ErrMalformed
	}
	return nil
}

// AppendReply5 appends the answer to a request. bound is this end's address of the stream, or the address for the
// client's datagrams.
func AppendReply5(dst []byte, r Reply, bound netip.AddrPort) []byte {
	return appendAddress(append(dst, Version5, byte(r), 0), bound)
}

// appendAddress appends type, address and port; zeros for no address.
func appendAddress(dst []byte, a netip.AddrPort) []byte {
	ip := a.Addr().Unmap()
	switch {
	case ip.Is4():
		dst = append(append(dst, 1), ip.AsSlice()...)
	case ip.Is6():
		dst = append(append(dst, 4), ip.AsSlice()...)
	default:
		dst = append(dst, 1, 0, 0, 0, 0)
	}
	return binary.BigEndian.AppendUint16(dst, a.Port())
}

// ParseRequest4 reads the only message of SOCKS4, with the name after it if it is SOCKS4a; n is as in [ParseGreeting].
// The user name is ignored.
func ParseRequest4(b []byte) (r Request, n int, err error) {
	if len(b) < 8 {
		return r, 0, nil
	}
	if b[0] != Version4 {
		return r, 0, ErrMalformed
	}
	_, user, err := text(b[8:])
	if user == 0 || err != nil {
		return r, 0, err
	}
	r = Request{Command: Command(b[1]), Address: Address{Port: binary.BigEndian.Uint16(b[2:])}}
	n = 8 + user
	if ip := [4]byte(b[4:8]); ip[0] != 0 || ip[1] != 0 || ip[2] != 0 || ip[3] == 0 {
		r.Address.IP = netip.AddrFrom4(ip)
		return r, n, nil
	}
	name, size, err := text(b[n:]) // 4a: 0.0.0.x is never an address, so a name follows
	if size > 0 && err == nil {
		err = r.Address.setName(name)
	}
	if size == 0 || err != nil {
		return Request{}, 0, err
	}
	return r, n + size, nil
}

// text reads up to a zero byte. n includes that byte; it is 0 if more must come. The error is [ErrMalformed], for a text
// longer than maxText.
func text(b []byte) (s []byte, n int, err error) {
	i := bytes.IndexByte(b, 0)
	if i > maxText || i < 0 && len(b) > maxText {
		return nil, 0, ErrMalformed
	}
	return b[:max(i, 0)], i + 1, nil
}

// AppendReply4 appends SOCKS4's answer.
func AppendReply4(dst []byte, r Reply) []byte {
	code := byte(90)
	if r != Succeeded {
		code = 91
	}
	return append(dst, 0, code, 0, 0, 0, 0, 0, 0)
}

// ParseDatagram splits a client's datagram (RFC 1928 §7) into its destination and its payload. ok is false if it is
// malformed, or a fragment, which the RFC lets a relay drop.
func ParseDatagram(b []byte) (to Address, payload []byte, ok bool) {
	if len(b) < 4 || b[0] != 0 || b[1] != 0 || b[2] != 0 {
		return to, nil, false
	}
	to, n, err := parseAddress(b[3:])
	if n == 0 || err != nil {
		return Address{}, nil, false
	}
	return to, b[3+n:], true
}

// AppendDatagram appends the header of a datagram that came from an address.
func AppendDatagram(dst []byte, from netip.AddrPort) []byte {
	return appendAddress(append(dst, 0, 0, 0), from)
}
