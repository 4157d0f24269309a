package clients

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Values are inserted into a guide.
type Values struct {
	Addr     string // host:port on which the engine listens, with brackets around IPv6
	Language string // such as "fr"; English if this package has no texts in it
}

// Guide explains how to connect one generation of a client, in texts that are ready to be shown.
type Guide struct {
	Client   string // "Transmission"
	Title    string // "Transmission 4.1 and later"
	Tried    string // the newest version with which this was tried: "Transmission 4.1.4"; empty if none was
	Intro    string
	Doors    []Door // http, https and udp trackers, in this order
	Steps    []string
	Snippets []Snippet
	Files    []Place
	Traps    []string // what can go wrong, or is not as expected
	Off      string   // what the client does while this program is off; continues "While BittOratio is off, "
	Apply    *Edit    // how to change its settings file for the user; nil if that is not safe

	FolderOptions []FolderOption // the options with which its programs use another folder for the files
}

// Door is the door that a client uses for one kind of tracker.
type Door struct {
	Trackers string  // http://, https:// or udp://
	Door     DoorKey // the recommended one
	Text     string  // what to do, the result, and the other doors
}

// DoorKey names a door, as the user sets it up.
type DoorKey string

// The doors.
const (
	Proxy   DoorKey = "proxy"   // the client's HTTP proxy setting
	SOCKS5  DoorKey = "socks5"  // its SOCKS5 setting
	Convert DoorKey = "convert" // a torrent whose trackers' addresses lead to this program
)

var doorNames = map[DoorKey]string{Proxy: "HTTP proxy", SOCKS5: "SOCKS5", Convert: "Convert"}

// String returns the door's name for people.
func (k DoorKey) String() string { return doorNames[k] }

// Snippet is text to copy. It does not end with a newline.
type Snippet struct {
	Title    string
	Place    string // where it goes: a file, a terminal, a page of the client
	Language string // json, ini, sh, bat, rtorrent, text
	Text     string
}

// Place is where the client stores its file on one system.
type Place struct {
	System, Path string // for people; the path begins with ~ or %VARIABLE% if it depends on the user

	On       string   // the system as in [runtime.GOOS]; empty if this program does not look for the file
	Programs []string // the names of the processes that have the file's content in memory

	Hides     string // a file that the client reads only if this one does not exist
	NeverMade bool   `json:"never_made"` // not every version reads it, so it is changed only if it exists
}

// Shared reports whether a place belongs to the whole system, not to a user.
func (p Place) Shared() bool {
	return !strings.HasPrefix(p.Path, "~") && !strings.HasPrefix(p.Path, "%") || strings.HasPrefix(p.Path, "%SystemRoot%")
}

// Edit is a change of a client's settings file, in the file's own language.
type Edit struct {
	// json: members of the outermost object; ini: lines under headings; deluge: members of a member of the second object;
	// rtorrent and conf: lines "key = value" and "key=value".
	Format string
	Set    []Setting

	From, Below string // the versions that read these settings; empty for no limit
	Marks       []Mark `json:"-"` // show which version wrote the file
}

// Reads reports whether a version of the client, "4.1.4", reads these settings. It is true for a version that cannot be
// parsed.
func (e *Edit) Reads(version string) bool {
	v := numbers(version)
	return len(v) == 0 || slices.Compare(v, numbers(e.From)) >= 0 && (e.Below == "" || slices.Compare(v, numbers(e.Below)) < 0)
}

// Setting is one setting of a client's file.
type Setting struct {
	Section string // heading of an ini file, without brackets; member of the second object of Deluge's
	Key     string
	Value   string // as it is in the file: with quotes in json

	Proxy bool     // it names the client's proxy or its kind
	None  []string // the values for none

	Present bool // it counts more than another setting, so it is changed only where the file has it, with a value that is not in None

	Pref string // its name in the client's remote access; empty if it has none
	JSON string // its value there

	Numbers map[string][]string // the numbers that other versions use for a word, the usual one first
	From    string              // the first version that has it, if the versions before have another setting for it
}

// In reports whether a version of the client has the setting. It is false for an unknown version if only some have it.
func (s *Setting) In(version string) bool {
	return s.From == "" || slices.Compare(numbers(version), numbers(s.From)) >= 0
}

// Like returns a value of this setting in the form of other: another version of the client may write a number for a
// word, or a word for a number. ok is false if it has no such form. Both are as in JSON, or both as in a file.
func (s *Setting) Like(value, other string) (same string, ok bool) {
	number := func(v string) bool { _, err := strconv.Atoi(v); return err == nil }
	if number(value) == number(other) {
		return value, true
	}
	quote := ""
	if strings.HasPrefix(value, `"`) || strings.HasPrefix(other, `"`) {
		quote = `"`
	}
	for word, numbers := range s.Numbers {
		switch word = quote + word + quote; {
		case number(value) && slices.Contains(numbers, value):
			return word, true
		case word == value:
			return numbers[0], true
		}
	}
	return value, false
}

// ErrNoPort means that the address has port 0: the real port is unknown until the engine listens.
var ErrNoPort = errors.New("the port is chosen when the engine starts (it is set to 0): start it first, or set a port")

// Render inserts the engine's address. An address for all interfaces (0.0.0.0, [::], or none) becomes this computer's
// own, since the clients are on it. The error is [ErrNoPort], or states why a client could not use the address.
func (g Generation) Render(v Values) (Guide, error) {
	a, err := ParseAddress(v.Addr)
	if err != nil {
		return Guide{}, err
	}
	f := filler{
		places: strings.NewReplacer("{{.Addr}}", a.Addr, "{{.Host}}", a.Host, "{{.Port}}", a.Port),
		words:  wordsIn(v.Language),
	}
	out := g.guide
	out.Title = f.fill(out.Title)
	out.Intro, out.Off = f.fill(out.Intro), f.fill(out.Off)
	out.Steps, out.Traps = f.fillAll(out.Steps), f.fillAll(out.Traps)
	out.Doors = append([]Door(nil), g.guide.Doors...)
	for i := range out.Doors {
		out.Doors[i].Text = f.fill(out.Doors[i].Text)
	}
	out.Snippets = make([]Snippet, len(g.guide.Snippets))
	for i, s := range g.guide.Snippets {
		out.Snippets[i] = Snippet{Title: f.fill(s.Title), Place: f.fill(s.Place), Language: s.Language, Text: f.put(s.Text)}
	}
	out.Files = append([]Place(nil), g.guide.Files...)
	for i := range out.Files {
		out.Files[i].System = f.fill(out.Files[i].System)
	}
	if g.guide.Apply != nil {
		e := *g.guide.Apply
		e.Set = slices.Clone(e.Set)
		for i := range e.Set {
			e.Set[i].Value, e.Set[i].JSON = f.put(e.Set[i].Value), f.put(e.Set[i].JSON)
		}
		out.Apply = &e
	}
	return out, nil
}

// Address is where a client on this computer reaches the engine: Addr for a URL, Host and Port for separate fields.
type Address struct {
	Addr string // [::1]:8080
	Host string // ::1
	Port string
}

// ParseAddress returns the address that a client on this computer connects to. addr is the address that the engine
// listens on. If the engine listens on all interfaces or on localhost, the result is 127.0.0.1, which every client can
// use without resolving a name. The error is [ErrNoPort], or states why a client cannot use the address.
func ParseAddress(addr string) (Address, error) {
	i := strings.LastIndexByte(addr, ':')
	if i < 0 {
		return Address{}, fmt.Errorf("address %q is not host:port", addr)
	}
	host, port := addr[:i], addr[i+1:]
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil:
		return Address{}, fmt.Errorf("port %q is not a number from 1 to 65535", port)
	case n == 0:
		return Address{}, ErrNoPort
	}
	port = strconv.FormatUint(n, 10)
	if host == "" || strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		if !ok || err != nil || !ip.Is6() || ip.Zone() != "" {
			return Address{}, fmt.Errorf("%q is not an IPv6 address that a client could be given", host)
		}
		if ip.IsUnspecified() { // it accepts IPv4 too
			return Address{Addr: "127.0.0.1:" + port, Host: "127.0.0.1", Port: port}, nil
		}
		return Address{Addr: "[" + ip.String() + "]:" + port, Host: ip.String(), Port: port}, nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	if !isHostName(host) {
		return Address{}, fmt.Errorf("%q is not a host that a client could be given", host)
	}
	return Address{Addr: host + ":" + port, Host: host, Port: port}, nil
}

// isHostName reports whether s, which is not empty, may be a host name. It is strict, because the host is inserted into
// files and commands in many languages.
func isHostName(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-') {
			return false
		}
	}
	return s[0] != '-' && s[0] != '.'
}

type filler struct {
	places *strings.Replacer
	words  map[string]string // from English; nil is English
}

// fill translates a text for people, and inserts the address.
func (f *filler) fill(s string) string {
	if translated := f.words[s]; translated != "" {
		s = translated
	}
	return f.put(s)
}

// put inserts the address into a text.
func (f *filler) put(s string) string { return f.places.Replace(s) }

func (f *filler) fillAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f.fill(s)
	}
	return out
}
