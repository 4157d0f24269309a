// Package settings has the user's choices: what is allowed, how settings.json stores them, and which of them the command
// line overrides for one run. Package engine applies them.
package settings

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/localca"
	"bittoratio/engine/report/policy"
)

// Settings are the user's choices, a plain value. settings.json stores them; its unknown keys are kept.
type Settings struct {
	Version    int           `json:"version"`
	Listen     string        `json:"listen"`     // host:port clients connect to; the host is an address or localhost
	Multiplier policy.Factor `json:"multiplier"` // for torrents without a multiplier of their own or of their tracker

	TrackerMultipliers map[string]policy.Factor `json:"tracker_multipliers,omitempty"` // by host[:port] as shown
	TorrentMultipliers map[string]policy.Factor `json:"torrent_multipliers,omitempty"` // by info hash, 40 hex digits
	Ceiling            uint64                   `json:"ceiling"`                       // bytes per second by which all totals together may grow; 0 for none
	TrackerCeilings    map[string]uint64        `json:"tracker_ceilings,omitempty"`    // the same for one tracker's torrents
	StopRatio          policy.Ratio             `json:"stop_ratio"`                    // nothing is added to a torrent's total from this ratio on; 0 for none
	TrackerStopRatios  map[string]policy.Ratio  `json:"tracker_stop_ratios,omitempty"` // instead of StopRatio; by host[:port] as shown

	// TrackerAloneGuard has the trackers, by host[:port] as shown, at which nothing is added while they count no peer
	// that could have received upload.
	TrackerAloneGuard map[string]bool `json:"tracker_alone_guard,omitempty"`

	JoinDuplicates bool `json:"join_doubled_announces"` // answer an exact duplicate with the first announce's answer

	// UDPTrackers lets clients send datagrams through SOCKS5, for udp:// trackers. libtorrent then uses neither uTP nor
	// the DHT, even without such trackers, so the default is off.
	UDPTrackers bool `json:"udp_trackers"`

	// AllowNetworks are the networks (192.168.1.0/24) whose clients may connect, besides this computer. At least one is
	// needed to listen on an address that others can reach.
	AllowNetworks []string `json:"allow_networks,omitempty"`

	// GatewayNames are additional names (seedbox.example.org) by which clients may call the gateway. Addresses, this
	// computer's name, names without a dot and names under .local, .internal and .home.arpa are always accepted.
	GatewayNames []string `json:"gateway_names,omitempty"`

	ReadNames      bool     `json:"read_torrent_names"`        // read names from the folders of clients on this computer
	TorrentFolders []string `json:"torrent_folders,omitempty"` // more folders with .torrent files, by their whole paths

	// OpenHTTPS decrypts connections to OpenHosts, with certificates of an authority of this computer, which clients
	// must trust. An entry is host[:port] or *.domain[:port]; the default port is 443.
	OpenHTTPS bool     `json:"open_https"`
	OpenHosts []string `json:"open_hosts,omitempty"`

	// The activity stays on the disk for this many days (0 to 3650; 0 stores none) and up to this many MiB (1 to
	// 10000).
	ActivityDays int `json:"activity_days"`
	ActivityMiB  int `json:"activity_mib"`

	Swarm  Swarm  `json:"swarm"`
	Window Window `json:"window"`
}

// Swarm has the choices for asking strangers, that is, nodes of the DHT and peers. Asking shows them this computer's
// address.
type Swarm struct {
	Enabled      bool     `json:"enabled"`
	Bind         string   `json:"bind"`          // the network interface, or its address, for all traffic; empty for any
	Port         uint16   `json:"port"`          // of UDP; 0 for a random one, which is then kept
	AnswerOthers bool     `json:"answer_others"` // be a full node if others can reach this computer
	Routers      []string `json:"routers"`       // host:port of well-known nodes, which are asked last

	AnnounceClient bool `json:"announce_client"` // announce the user's own client at the end of a search for a torrent that it shares
	Names          bool `json:"names"`           // look up missing names of torrents that cannot be private
}

// Routers returns the routers of a first run: those that answered in May 2026. The ones in older programs no longer
// work.
func Routers() []string {
	return []string{"dht.libtorrent.org:25401", "dht.transmissionbt.com:6881", "router.bt.ouinet.work:6881"}
}

// maxRouters limits the list: each entry is a name to look up.
const maxRouters = 20

func (s *Swarm) validate() error {
	if strings.TrimSpace(s.Bind) != s.Bind || len(s.Bind) > 255 {
		return &Error{"swarm.bind", "is not the name or the address of an interface"}
	}
	if len(s.Routers) > maxRouters {
		return &Error{"swarm.routers", fmt.Sprintf("has more than %d entries", maxRouters)}
	}
	for _, r := range s.Routers {
		host, port, err := net.SplitHostPort(r)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" {
			return &Error{"swarm.routers", "has an entry that is not host:port"}
		}
	}
	return nil
}

// Window has the choices that only the window uses; without a window they are stored but have no effect.
type Window struct {
	StartEngine bool   `json:"start_engine"`  // the switch, as the user left it
	CloseToTray bool   `json:"close_to_tray"` // closing the window keeps the program running
	StartHidden bool   `json:"start_hidden"`  // show only the tray icon at launch
	Theme       string `json:"theme"`         // system, light or dark
	TextSize    string `json:"text_size"`     // small, normal or large
	Language    string `json:"language"`      // system, or a tag such as en; if the window lacks the language, system
	Notify      bool   `json:"notifications"` // show desktop notifications
}

// Version is the version that this program writes.
const Version = 1

// Default returns the settings of a first run.
func Default() Settings {
	return Settings{
		Version:        Version,
		Listen:         "127.0.0.1:8080",
		Multiplier:     2 * policy.One,
		JoinDuplicates: true, ActivityDays: 30, ActivityMiB: 50,
		ReadNames: true,
		Swarm:     Swarm{Routers: Routers()},
		Window:    Window{StartEngine: false, CloseToTray: true, Theme: "system", TextSize: "normal", Language: "system", Notify: true},
	}
}

// Validate returns an *[Error] about the first value that is not allowed; nil if all are.
func (s *Settings) Validate() error {
	if s.Version != Version {
		return &Error{"version", fmt.Sprintf("is %d, and this program knows %d", s.Version, Version)}
	}
	if err := ValidListen(s.Listen); err != nil {
		return err
	}
	if err := s.validNetworks(); err != nil {
		return err
	}
	if !s.Multiplier.Valid() {
		return &Error{"multiplier", "is not from 1 to 100"}
	}
	if err := s.validRules(); err != nil {
		return err
	}
	for _, folder := range s.TorrentFolders {
		if !filepath.IsAbs(folder) && !path.IsAbs(folder) { // a settings file may come from another system
			return &Error{"torrent_folders", "holds what is not the whole path of a folder"}
		}
	}
	if s.ActivityDays < 0 || s.ActivityDays > 3650 {
		return &Error{"activity_days", "is not from 0 to 3650"}
	}
	if s.ActivityMiB < 1 || s.ActivityMiB > 10_000 {
		return &Error{"activity_mib", "is not from 1 to 10000"}
	}
	if err := s.Swarm.validate(); err != nil {
		return err
	}
	switch s.Window.Theme {
	case "system", "light", "dark":
	default:
		return &Error{"window.theme", "is not system, light or dark"}
	}
	switch s.Window.TextSize {
	case "small", "normal", "large":
	default:
		return &Error{"window.text_size", "is not small, normal or large"}
	}
	if !languageTag.MatchString(s.Window.Language) {
		return &Error{"window.language", "is not system or a language such as en"}
	}
	return nil
}

// languageTag is the form of a language's name. Validate does not check whether the window has the language, because
// the file may come from a newer version.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// validRules is Validate for the rules of single trackers and torrents, and for ratios.
func (s *Settings) validRules() error {
	for key, f := range s.TrackerMultipliers {
		if err := validTracker("tracker_multipliers", key, f.Valid(), "is not from 1 to 100"); err != nil {
			return err
		}
	}
	for key := range s.TrackerCeilings {
		if err := validTracker("tracker_ceilings", key, true, ""); err != nil {
			return err
		}
	}
	for key, r := range s.TrackerStopRatios {
		if err := validTracker("tracker_stop_ratios", key, r.Valid(), "is not from 0.1 to 1000"); err != nil {
			return err
		}
	}
	for key := range s.TrackerAloneGuard {
		if err := validTracker("tracker_alone_guard", key, true, ""); err != nil {
			return err
		}
	}
	if !s.StopRatio.Valid() {
		return &Error{"stop_ratio", "is not from 0.1 to 1000, nor 0"}
	}
	for hash, f := range s.TorrentMultipliers {
		if _, err := bittorrent.ParseInfoHash(hash); err != nil {
			return &Error{"torrent_multipliers", err.Error()}
		}
		if !f.Valid() {
			return &Error{"torrent_multipliers", hash + ": is not from 1 to 100"}
		}
	}
	if _, err := s.Hosts(); err != nil {
		return err
	}
	return nil
}

func validTracker(field, key string, valid bool, reason string) error {
	host, err := TrackerHost(key)
	if err != nil { // the entry may be a whole URL with a passkey, so the error does not repeat it
		return &Error{field, "has a key that is not a tracker's host[:port]"}
	}
	if !valid {
		return &Error{field, host + ": " + reason}
	}
	return nil
}

// ValidListen checks a host:port to listen on; the error is an *[Error].
func ValidListen(listen string) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return &Error{"listen", "is not host:port"}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return &Error{"listen", "port is not a number from 0 to 65535"}
	}
	if host == "localhost" {
		return nil
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return &Error{"listen", "host is not an address; use 127.0.0.1 to be reached from this computer only"}
	}
	return nil
}

// ValidNetworks checks a list of networks; the error is an *[Error].
func ValidNetworks(networks []string) error {
	for _, n := range networks {
		if _, err := netip.ParsePrefix(n); err != nil {
			return &Error{"allow_networks", "holds what is not a network such as 192.168.1.0/24"}
		}
	}
	return nil
}

// validNetworks checks the networks and the gateway names. An address that other computers can reach requires at least
// one network, so that they do not reach the program by accident.
func (s *Settings) validNetworks() error {
	if err := ValidNetworks(s.AllowNetworks); err != nil {
		return err
	}
	for _, n := range s.GatewayNames {
		if n == "" || strings.Trim(strings.ToLower(n), "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			return &Error{"gateway_names", "holds what is not a name such as seedbox.example.org; it needs no port"}
		}
	}
	host, _, _ := net.SplitHostPort(s.Listen)
	if a, err := netip.ParseAddr(host); err == nil && !a.Unmap().IsLoopback() && len(s.AllowNetworks) == 0 {
		return &Error{"allow_networks", "is empty, and " + host + " can be reached by other computers; name the networks that may connect, or listen on 127.0.0.1"}
	}
	return nil
}

// Allowed returns the networks besides this computer; Validate must have checked them.
func (s *Settings) Allowed() []netip.Prefix {
	var out []netip.Prefix
	for _, n := range s.AllowNetworks {
		if p, err := netip.ParsePrefix(n); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

// TrackerRules returns the rules for single trackers, by host[:port] as the window shows it.
func (s *Settings) TrackerRules() map[string]policy.TrackerRule {
	rules := make(map[string]policy.TrackerRule)
	change := func(key string, do func(*policy.TrackerRule)) {
		if host, err := TrackerHost(key); err == nil {
			t := rules[host]
			if do(&t); t != (policy.TrackerRule{}) {
				rules[host] = t
			}
		}
	}
	for key, f := range s.TrackerMultipliers {
		change(key, func(t *policy.TrackerRule) { t.Factor = f })
	}
	for key, c := range s.TrackerCeilings {
		change(key, func(t *policy.TrackerRule) { t.Ceiling = c })
	}
	for key, on := range s.TrackerAloneGuard {
		change(key, func(t *policy.TrackerRule) { t.Alone = on })
	}
	for key, at := range s.TrackerStopRatios {
		change(key, func(t *policy.TrackerRule) { t.StopAt = at })
	}
	return rules
}

// Rules returns the rules for the reporter. Validate must have checked every key.
func (s *Settings) Rules() policy.Rules {
	r := policy.Rules{
		Factor: s.Multiplier, Ceiling: s.Ceiling, StopAt: s.StopRatio, Trackers: s.TrackerRules(),
		Torrents: make(map[bittorrent.InfoHash]policy.Factor, len(s.TorrentMultipliers)),
	}
	for hash, f := range s.TorrentMultipliers {
		if h, err := bittorrent.ParseInfoHash(hash); err == nil {
			r.Torrents[h] = f
		}
	}
	return r
}

// TrackerHost returns a tracker as the window shows it, from what a user may have typed.
func TrackerHost(key string) (string, error) {
	u, err := bittorrent.NewTrackerURL("http", key, "")
	return u.Host(), err
}

// Clone returns a deep copy, which the caller may change.
func (s *Settings) Clone() Settings {
	c := *s
	c.TrackerMultipliers = maps.Clone(s.TrackerMultipliers)
	c.TorrentMultipliers = maps.Clone(s.TorrentMultipliers)
	c.TrackerCeilings = maps.Clone(s.TrackerCeilings)
	c.TrackerStopRatios = maps.Clone(s.TrackerStopRatios)
	c.TrackerAloneGuard = maps.Clone(s.TrackerAloneGuard)
	c.AllowNetworks = slices.Clone(s.AllowNetworks)
	c.GatewayNames = slices.Clone(s.GatewayNames)
	c.TorrentFolders = slices.Clone(s.TorrentFolders)
	c.OpenHosts = slices.Clone(s.OpenHosts)
	c.Swarm.Routers = slices.Clone(s.Swarm.Routers)
	return c
}

// maxOpenHosts limits the list: the certificate contains every name.
const maxOpenHosts = 200

// Hosts returns OpenHosts parsed, each once. The error is a *[Error].
func (s *Settings) Hosts() ([]localca.Host, error) {
	var hosts []localca.Host
	for _, text := range s.OpenHosts {
		h, err := localca.ParseHost(text)
		if err != nil { // the entry may be a whole URL with a passkey, so the error does not repeat it
			return nil, &Error{"open_hosts", "has an entry that " + err.Error()}
		}
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) > maxOpenHosts {
		return nil, &Error{"open_hosts", fmt.Sprintf("has more than %d entries", maxOpenHosts)}
	}
	return hosts, nil
}

// Error is why a choice is not valid: the field of settings.json, and the reason in lower-case English.
type Error struct{ Field, Reason string }

func (e *Error) Error() string { return "settings: " + e.Field + " " + e.Reason }
