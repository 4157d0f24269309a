package krpc

import (
	"net/netip"
	"strconv"

	"bittoratio/engine/bittorrent"
)

// version is `v`: the program's two letters and two bytes of its protocol's version.
const version = bittorrent.ClientCode + "\x00\x01"

// Append appends the message as it is sent, with its keys in order.
func (m *Message) Append(b []byte) []byte {
	b = append(b, 'd')
	switch m.Kind {
	case Query:
		b = m.Body.appendQuery(text(b, "a"), m.Method)
	case Error:
		b = number(append(text(b, "e"), 'l'), int64(m.Code))
		b = append(text(b, "error"), 'e') // the text is for people, and none sees it
	}
	if m.External.IsValid() {
		b = text(b, "ip")
		b = strconv.AppendInt(b, int64(compactSize(m.External)), 10)
		b = AppendAddr(append(b, ':'), m.External)
	}
	if m.Kind == Query {
		b = text(text(b, "q"), m.Method)
	}
	if m.Kind == Reply {
		b = m.Body.appendReply(text(b, "r"))
	}
	if m.ReadOnly {
		b = number(text(b, "ro"), 1)
	}
	b = data(text(b, "t"), m.Transaction)
	b = text(text(b, "v"), version)
	b = append(text(b, "y"), '1', ':', byte(m.Kind))
	return append(b, 'e')
}

func (o *Body) appendQuery(b []byte, method string) []byte {
	b = append(b, 'd')
	if o.HasID {
		b = data(text(b, "id"), o.ID[:])
	}
	a := &o.Asked
	b = one(b, "implied_port", a.ImpliedPort)
	if a.HasTarget && method != FindNode {
		b = data(text(b, "info_hash"), a.Target[:])
	}
	b = one(b, "noseed", a.NoSeed)
	if a.Port != 0 {
		b = number(text(b, "port"), int64(a.Port))
	}
	b = one(b, "scrape", a.Scrape)
	b = one(b, "seed", a.Seed)
	if a.HasTarget && method == FindNode {
		b = data(text(b, "target"), a.Target[:])
	}
	if o.Token != nil {
		b = data(text(b, "token"), o.Token)
	}
	if a.Want != 0 {
		b = append(text(b, "want"), 'l')
		if a.Want&WantV4 != 0 {
			b = text(b, "n4")
		}
		if a.Want&WantV6 != 0 {
			b = text(b, "n6")
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

func (o *Body) appendReply(b []byte) []byte {
	b = append(b, 'd')
	if o.Peers != nil {
		b = data(text(b, "BFpe"), o.Peers[:])
	}
	if o.Seeds != nil {
		b = data(text(b, "BFsd"), o.Seeds[:])
	}
	if o.HasID {
		b = data(text(b, "id"), o.ID[:])
	}
	b = nodes(b, "nodes", o.Nodes, netip.Addr.Is4)
	b = nodes(b, "nodes6", o.Nodes, netip.Addr.Is6)
	if o.Token != nil {
		b = data(text(b, "token"), o.Token)
	}
	if len(o.Values) > 0 {
		b = append(text(b, "values"), 'l')
		for _, v := range o.Values {
			b = strconv.AppendInt(b, int64(compactSize(v)), 10)
			b = AppendAddr(append(b, ':'), v)
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

// nodes appends the nodes of one family, or nothing if there are none.
func nodes(b []byte, key string, list []Node, family func(netip.Addr) bool) []byte {
	size := 0
	for _, n := range list {
		if family(n.Addr.Addr()) {
			size += len(n.ID) + compactSize(n.Addr)
		}
	}
	if size == 0 {
		return b
	}
	b = append(strconv.AppendInt(text(b, key), int64(size), 10), ':')
	for _, n := range list {
		if family(n.Addr.Addr()) {
			b = AppendAddr(append(b, n.ID[:]...), n.Addr)
		}
	}
	return b
}

func compactSize(a netip.AddrPort) int {
	if a.Addr().Unmap().Is4() {
		return 6
	}
	return 18
}

// Inlining text and the functions like it would add 10 kB to the program, because they have many call sites.
//
//go:noinline
func text(b []byte, s string) []byte {
	return append(append(strconv.AppendInt(b, int64(len(s)), 10), ':'), s...)
}

//go:noinline
func data(b, s []byte) []byte {
	return append(append(strconv.AppendInt(b, int64(len(s)), 10), ':'), s...)
}

//go:noinline
func number(b []byte, n int64) []byte { return append(strconv.AppendInt(append(b, 'i'), n, 10), 'e') }

// one appends a flag if it is set.
func one(b []byte, key string, set bool) []byte {
	if !set {
		return b
	}
	return number(text(b, key), 1)
}
