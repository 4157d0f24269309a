package httptracker

import (
	"net/netip"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// Peers returns the peers in an announce's answer, in its order and in either form: compact, or a list of dictionaries
// (BEP 3), without those that have a host name in place of an address. body is as in [ParseAnnounceResponse]; any other
// body has no peers.
func Peers(body []byte) []netip.AddrPort {
	var a dictionary
	if bencode.Unmarshal(body, answerLimits, &a) != nil || a["failure reason"] != nil {
		return nil
	}
	return append(addresses(a["peers"], false), addresses(a["peers6"], true)...)
}

func addresses(raw bencode.RawMessage, ipv6 bool) (list []netip.AddrPort) {
	if s, ok := bencode.Text(raw); ok {
		return bittorrent.Peers(s, ipv6)
	}
	if raw == nil {
		return nil
	}
	for v := range bencode.Elements(raw, bencode.Span{End: len(raw)}) {
		var ip netip.Addr
		var port int64
		for key, value := range bencode.Entries(raw, v) {
			switch string(key) {
			case "ip":
				s, _ := bencode.Text(value.Of(raw))
				ip, _ = netip.ParseAddr(string(s))
			case "port":
				port, _ = bencode.Int(value.Of(raw))
			}
		}
		if ip.IsValid() && ip.Zone() == "" && port > 0 && port <= 65535 {
			list = append(list, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
		}
	}
	return list
}
