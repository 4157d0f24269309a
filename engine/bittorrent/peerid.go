package bittorrent

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// PeerID names a client process (BEP 3), 20 bytes; by BEP 20 it tells which client.
type PeerID [20]byte

// ClientHead is how many bytes at the beginning of a peer id [PeerID.Client] looks at.
const ClientHead = 10

// String is the id as 40 lower-case hex digits. It is a secret of the session: not for logs.
func (p PeerID) String() string { return hex.EncodeToString(p[:]) }

// Client is the client's name and version by the conventions of BEP 20, for people: "Transmission 4.1.4". Of a known
// client with a version that cannot be read it is the name; of an unknown client the readable characters that the id
// begins with, eight at most; of an id without any, "unknown". It never holds the random part of the id.
func (p PeerID) Client() string {
	head := string(p[:ClientHead])
	for _, read := range []func(string) (name, version string){azureusStyle, dashedStyle, shadowStyle} {
		if name, version := read(head); name != "" {
			return strings.TrimSuffix(name+" "+version, " ")
		}
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

// azureusClients are the two letters of "-XX1234-", and how each client writes its version there.
var azureusClients = map[string]struct {
	name    string
	version func(v string) string
}{
	"AZ": {"Vuze", fourParts},
	"BC": {"BitComet", twoByTwo},
	"BI": {"BiglyBT", fourParts},
	"BT": {"BitTorrent", hexParts},
	"DE": {"Deluge", threeParts}, // the fourth is s for a release
	"FD": {"Free Download Manager", threeParts},
	"FW": {"FrostWire", threeParts},
	"HL": {"Halite", threeParts},
	"KT": {"KTorrent", threeParts},
	"LT": {"libtorrent (Rasterbar)", threeParts},
	"MO": {"MonoTorrent", fourParts},
	"PI": {"PicoTorrent", threeParts},
	"SD": {"Xunlei", fourParts},
	"SZ": {"Shareaza", fourParts},
	"TR": {"Transmission", transmissionVersion},
	"UE": {"µTorrent Embedded", hexParts},
	"UM": {"µTorrent Mac", hexParts},
	"UT": {"µTorrent", hexParts},
	"UW": {"µTorrent Web", hexParts},
	"WD": {"WebTorrent Desktop", pairs},
	"WW": {"WebTorrent", pairs},
	"XL": {"Xunlei", fourParts},
	"lt": {"rTorrent", rTorrentVersion},
	"qB": {"qBittorrent", threeParts},
}

// azureusStyle reads "-TR4140-", and "TIX0315-", which is the same without the dash in front.
func azureusStyle(head string) (name, version string) {
	if head[0] == '-' && head[7] == '-' {
		if c, ok := azureusClients[head[1:3]]; ok {
			return c.name, c.version(head[3:7])
		}
	}
	if strings.HasPrefix(head, "TIX") && head[7] == '-' {
		return "Tixati", twoByTwo(head[3:7])
	}
	return "", ""
}

// digits62 is how one character holds a number up to 61.
const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// dotted joins the characters of v as numbers: "43A" is 4.3.10. It is empty if one is no digit of base 62.
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

func fourParts(v string) string { return dotted(v) }

// threeParts leaves out the fourth character: it is 0, or a mark for the kind of release.
func threeParts(v string) string { return dotted(v[:3]) }

// hexParts is threeParts where ten may be written "a" as well as "A".
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

// trimZero takes the zero off two digits.
func trimZero(v string) string { return strings.TrimPrefix(v, "0") }

// transmissionVersion reads the two ways of Transmission: to 3.00 the version has two numbers, the second of two
// digits ("2940" is 2.94, and Z or X at the end is what comes after it); from 4.0.0 three ("410B" is a beta of 4.1.0).
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

// rTorrentVersion reads the version of its library, which is all the id holds. From 0.16 on the program has the same
// number, as two pairs of hexadecimal digits ("1011" is 0.16.17). Before, it had one of its own ("0D80" is libtorrent
// 0.13.8, and rTorrent 0.9.8 with it).
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

// dashedStyle reads "M7-2-0--" (Mainline), "Q1-23-0-" and "A2-1-36-0-" (aria2, whose name ends in a digit).
func dashedStyle(head string) (name, version string) {
	var v string
	switch {
	case strings.HasPrefix(head, "A2-"):
		name, v = "aria2", head[3:]
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
	if name == "aria2" {
		return name, ""
	}
	return "", "" // one letter and one digit are not enough to tell
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

// decimal is whether s is made of at least one digit and nothing else.
func decimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
