package clients

import (
	"strconv"
	"strings"
	"sync"

	"bittoratio/engine/bittorrent"
)

// NameOf returns the client's name and version by the conventions of BEP 20, for people: "Transmission 4.1.4". If the
// version of a known client cannot be read, it returns the name; for an unknown client the readable characters at the
// beginning of the id, at most eight; "unknown" if there are none. The result never contains the random part of the id.
func NameOf(p bittorrent.PeerID) string {
	head := string(p[:bittorrent.ClientHead])
	if name, version := known(head); name != "" {
		return strings.TrimSuffix(name+" "+version, " ")
	}
	n := 0
	for n < 8 && strings.IndexByte(digits62+"-.~", head[n]) >= 0 {
		n++
	}
	if n == 0 {
		return "unknown"
	}
	return head[:n]
}

// AgentAgrees reports whether a request's User-Agent names the same client as the peer id. It is false for an unknown
// client.
func AgentAgrees(p bittorrent.PeerID, agent string) bool {
	name, _ := known(string(p[:bittorrent.ClientHead]))
	n := strings.IndexAny(agent+"/", "/ ")
	return name != "" && strings.EqualFold(name, agent[:n])
}

func known(head string) (name, version string) {
	for _, read := range []func(string) (name, version string){azureusStyle, dashedStyle, shadowStyle} {
		if name, version = read(head); name != "" {
			break
		}
	}
	return name, version
}

// peerID is the form of a client's peer ids: a head, then its version in a notation.
type peerID struct {
	Head    string // two letters of "-XX1234-", or the very beginning
	Name    string // empty for the client's own
	Version string // a key of notations
}

// notations are the functions that read a version, by their key.
var notations = map[string]func(v string) string{
	"decimal": twoByTwo, "dashes": nil, "four": dotted, "hex": hexParts, "pairs": pairs, "rtorrent": rTorrentVersion, "three": threeParts,
	"transmission": transmissionVersion,
}

// heads returns all peer ids' forms by their heads.
var heads = sync.OnceValue(func() map[string]peerID {
	all := map[string]peerID{}
	for _, f := range read() {
		for _, id := range f.PeerIDs {
			if id.Name == "" {
				id.Name = f.Name
			}
			all[id.Head] = id
		}
	}
	return all
})

// OnLibtorrent reports whether a peer id belongs to a client built on libtorrent (Rasterbar).
func OnLibtorrent(p bittorrent.PeerID) bool {
	return p[0] == '-' && libtorrents()[[2]byte{p[1], p[2]}]
}

// libtorrents returns the heads of those clients.
var libtorrents = sync.OnceValue(func() map[[2]byte]bool {
	all := map[[2]byte]bool{}
	for _, f := range read() {
		for _, head := range f.Libtorrent {
			all[[2]byte([]byte(head))] = true
		}
	}
	return all
})

// azureusStyle reads "-TR4140-", and "TIX0315-", which is the same without the dash in front.
func azureusStyle(head string) (name, version string) {
	mark := head[:3]
	if head[0] == '-' {
		mark = head[1:3]
	}
	id, known := heads()[mark]
	if !known || head[7] != '-' || id.Version == "dashes" {
		return "", ""
	}
	return id.Name, notations[id.Version](head[3:7])
}

// digits62 are the characters for the numbers up to 61.
const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// dotted joins the characters of v as numbers: "43A" is 4.3.10. It returns "" if one is not a digit of base 62.
func dotted(v string) string {
	parts := make([]string, len(v))
	for i := range parts {
		n := strings.IndexByte(digits62, v[i])
		if n < 0 {
			return ""
		}
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

// threeParts leaves out the fourth character: it is 0, or a mark for the kind of release.
func threeParts(v string) string { return dotted(v[:3]) }

// hexParts is threeParts for clients that write ten as "a" or "A".
func hexParts(v string) string { return threeParts(strings.ToUpper(v)) }

// pairs reads "0109" as 1.9.
func pairs(v string) string {
	if !decimal(v) {
		return ""
	}
	return trimZero(v[:2]) + "." + trimZero(v[2:])
}

// twoByTwo reads "0155" as 1.55.
func twoByTwo(v string) string {
	if !decimal(v) {
		return ""
	}
	return trimZero(v[:2]) + "." + v[2:]
}

// trimZero removes the leading zero of two digits.
func trimZero(v string) string { return strings.TrimPrefix(v, "0") }

// transmissionVersion reads Transmission's two notations. Up to 3.00 the version has two numbers, the second of two
// digits ("2940" is 2.94; Z or X at the end marks a development version after it). From 4.0.0 it has three numbers
// ("410B" is a beta of 4.1.0).
func transmissionVersion(v string) string {
	if v[0] >= '4' {
		mark := map[byte]string{'B': " beta", 'X': " beta", 'Z': " dev"}[v[3]]
		if n := dotted(v[:3]); n != "" {
			return n + mark
		}
		return ""
	}
	if !decimal(v[:3]) {
		return ""
	}
	switch {
	case v[:3] == "000" && decimal(v[3:]):
		return "0." + v[3:]
	case v[:2] == "00" && decimal(v[3:]):
		return "0." + v[2:]
	case v[3] == 'Z' || v[3] == 'X':
		return v[:1] + "." + v[1:3] + "+"
	}
	return v[:1] + "." + v[1:3]
}

// rTorrentVersion reads the version of the library, which is all that the id contains. From 0.16 on the program has the
// same version, in two pairs of hexadecimal digits ("1011" is 0.16.17). Earlier programs had their own ("0D80" is
// libtorrent 0.13.8, which came with rTorrent 0.9.8).
func rTorrentVersion(v string) string {
	if v[0] == '0' {
		if n := dotted(v[:3]); n != "" {
			return "(libtorrent " + n + ")"
		}
		return ""
	}
	n, err := strconv.ParseUint(v, 16, 16)
	if err != nil {
		return ""
	}
	return "0." + strconv.FormatUint(n>>8, 10) + "." + strconv.FormatUint(n&0xff, 10)
}

// dashedStyle reads "M7-2-0--" (Mainline), "Q1-23-0-" and "A2-1-36-0-" (aria2).
func dashedStyle(head string) (name, version string) {
	var v string
	switch {
	case head[2] == '-' && heads()[head[:2]].Version == "dashes": // a head that ends in a digit
		name, v = heads()[head[:2]].Name, head[3:]
	case head[0] == 'M' && head[1] >= '0' && head[1] <= '9':
		name, v = "BitTorrent", head[1:8]
	case head[0] == 'Q' && head[1] >= '0' && head[1] <= '9':
		name, v = "Queen Bee", head[1:8]
	default:
		return "", ""
	}
	parts := strings.SplitN(v, "-", 4)
	if len(parts) == 4 && decimal(parts[0]) && decimal(parts[1]) && decimal(parts[2]) {
		return name, strings.Join(parts[:3], ".")
	}
	if v == head[3:] {
		return name, ""
	}
	return "", "" // one letter and one digit are not enough
}

var shadowClients = map[byte]string{
	'A': "ABC", 'O': "Osprey Permaseed", 'Q': "BTQueue", 'R': "Tribler", 'S': "Shadow", 'T': "BitTornado", 'U': "UPnP NAT Bit Torrent",
}

// shadowStyle reads "S58B-----": a letter, up to five digits of base 62, and dashes to the ninth character.
func shadowStyle(head string) (name, version string) {
	name, ok := shadowClients[head[0]]
	v := strings.TrimRight(head[1:6], "-")
	if !ok || head[6:9] != "---" || v == "" {
		return "", ""
	}
	if version = dotted(v); version == "" {
		return "", ""
	}
	return name, version
}

// decimal reports whether s is made of at least one digit and nothing else.
func decimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
