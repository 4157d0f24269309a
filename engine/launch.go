package engine

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"bittoratio/engine/clients/file"
	"bittoratio/engine/store"
)

// Launch is how a client is started so that it comes through here and trusts the local authority, for this run of it
// alone: none of its settings, and nothing of the system's, is changed.
type Launch struct {
	Key     string   // "transmission"
	Client  string   // for people: "Transmission"
	Program string   // a path where it was found, else its name
	Args    []string // what this program adds
	Env     []string // NAME=value, beside what the user has
	Found   bool     // Program is on this computer
	Proxied bool     // it comes through here by this; else its own proxy setting is needed too
}

// ErrNotFound is a client that is not on this computer, or not where programs are looked for.
var ErrNotFound = errors.New("the client's program was not found on this computer; copy the command line instead")

// ErrOff is an engine that must be on first.
var ErrOff = errors.New("the engine is off")

// launchable is a client that takes what it needs by variables or options. {ADDR} and {BUNDLE} stand for the engine's address
// and the file of certificates.
type launchable struct {
	key, client string
	programs    []string // the first that is found is taken; the first of all stands for them if none is
	args, env   []string
	proxied     bool
}

// launchables are measured (versions in the set-up texts). Transmission reads CURL_CA_BUNDLE itself; libtorrent obeys
// OpenSSL's SSL_CERT_FILE but no proxy variable.
var launchables = []launchable{
	{
		key: "transmission", client: "Transmission", proxied: true,
		programs: []string{
			"transmission-gtk", "transmission-qt", "/Applications/Transmission.app/Contents/MacOS/Transmission",
			`C:\Program Files\Transmission\transmission-qt.exe`,
		},
		env: []string{"http_proxy=http://{ADDR}", "https_proxy=http://{ADDR}", "no_proxy=", "CURL_CA_BUNDLE={BUNDLE}"},
	},
	{
		key: "transmission-daemon", client: "Transmission (daemon)", proxied: true,
		programs: []string{"transmission-daemon", `C:\Program Files\Transmission\transmission-daemon.exe`},
		env:      []string{"http_proxy=http://{ADDR}", "https_proxy=http://{ADDR}", "no_proxy=", "CURL_CA_BUNDLE={BUNDLE}"},
	},
	{key: "qbittorrent", client: "qBittorrent", programs: []string{"qbittorrent"}, env: []string{"SSL_CERT_FILE={BUNDLE}"}},
	{key: "qbittorrent-nox", client: "qBittorrent (nox)", programs: []string{"qbittorrent-nox"}, env: []string{"SSL_CERT_FILE={BUNDLE}"}},
	{key: "deluge", client: "Deluge", programs: []string{"deluge", "deluge-gtk"}, env: []string{"SSL_CERT_FILE={BUNDLE}"}},
	{key: "deluged", client: "Deluge (daemon)", programs: []string{"deluged"}, env: []string{"SSL_CERT_FILE={BUNDLE}"}},
	{
		key: "rtorrent", client: "rTorrent", programs: []string{"rtorrent"}, proxied: true,
		args: []string{"-o", "network.http.proxy_address.set=http://{ADDR}", "-o", "network.http.cacert.set={BUNDLE}"},
	},
	{
		key: "aria2", client: "aria2", programs: []string{"aria2c"}, proxied: true,
		args: []string{"--all-proxy=http://{ADDR}", "--no-proxy=", "--ca-certificate={BUNDLE}"},
	},
}

// Launches are all clients that can be started so, in the order of a list of them. While no https tracker is opened
// there is nothing to trust, and what names certificates is left out.
func (e *Engine) Launches() []Launch { return launches(e.Snapshot().Addr, e.https().Bundle) }

// launches are those for an address and a file of certificates; empty is none.
func launches(addr, bundle string) []Launch {
	var all []Launch
	for _, c := range launchables {
		if l := c.launch(reachable(addr), bundle); len(l.Args)+len(l.Env) > 0 {
			all = append(all, l)
		}
	}
	return all
}

// LaunchCommand is one of [Engine.Launches]; false if the client is none of them.
func (e *Engine) LaunchCommand(key string) (Launch, bool) { return launchOf(e.Launches(), key) }

func launchOf(all []Launch, key string) (Launch, bool) {
	i := slices.IndexFunc(all, func(l Launch) bool { return l.Key == key })
	if i < 0 {
		return Launch{}, false
	}
	return all[i], true
}

func (c launchable) launch(addr, bundle string) Launch {
	fill := func(words []string) (filled []string) {
		for i, w := range words {
			if strings.Contains(w, "{BUNDLE}") && bundle == "" {
				if len(filled) > 0 && i > 0 && words[i-1] == "-o" {
					filled = filled[:len(filled)-1]
				}
				continue
			}
			filled = append(filled, strings.NewReplacer("{ADDR}", addr, "{BUNDLE}", bundle).Replace(w))
		}
		return filled
	}
	l := Launch{Key: c.key, Client: c.client, Proxied: c.proxied, Program: filepath.Base(c.programs[0]), Args: fill(c.args), Env: fill(c.env)}
	for _, p := range c.programs {
		if path, err := exec.LookPath(p); err == nil {
			l.Program, l.Found = path, true
			break
		}
	}
	return l
}

// reachable is the address for clients on this computer.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if a, bad := netip.ParseAddr(host); err == nil && (host == "" || bad == nil && a.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// Line is the command to copy into a terminal of this system.
func (l Launch) Line() string { return l.line(runtime.GOOS) }

func (l Launch) line(system string) string {
	var words []string
	if system == "windows" {
		for _, v := range l.Env {
			words = append(words, `set "`+v+`" &`)
		}
		words = append(words, `"`+l.Program+`"`)
		for _, a := range l.Args {
			words = append(words, `"`+a+`"`)
		}
		return strings.Join(words, " ")
	}
	for _, v := range l.Env {
		name, value, _ := strings.Cut(v, "=")
		words = append(words, name+"="+shellWord(value))
	}
	for _, w := range append([]string{l.Program}, l.Args...) {
		words = append(words, shellWord(w))
	}
	return strings.Join(words, " ")
}

// shellWord is a word as a POSIX shell reads it back.
func shellWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// LaunchClient starts a client that comes through here by it and trusts the authority, whose bundle is written anew. It
// goes on when this program ends. The error is [ErrOff], [ErrNotFound], a *[ClientRunningError], since a second start of
// a client only raises the first, or what the system said.
func (e *Engine) LaunchClient(key string) error {
	l, ok := e.LaunchCommand(key)
	if !ok || !l.Found {
		return ErrNotFound
	}
	if s := e.Snapshot().State; s == Off || s == Stopping {
		return ErrOff
	}
	ours := ClientFile{Path: e.folder.Path(store.SettingsFile), Programs: []string{strings.TrimSuffix(filepath.Base(l.Program), ".exe")}}
	if err := file.Here().Closed(ours); err != nil {
		return err
	}
	if err := e.refreshBundle(); err != nil {
		return err
	}
	c := exec.Command(l.Program, l.Args...)
	c.Env = append(os.Environ(), l.Env...)
	e.RetryClients() // it may have refused before, and trusts us now
	e.log.Info("a client was started", "client", l.Client)
	return startApart(c)
}

// refreshBundle writes the bundle anew, since the system's authorities change.
func (e *Engine) refreshBundle() error {
	e.authority.mu.Lock()
	defer e.authority.mu.Unlock()
	if e.authority.local == nil || e.authority.state.Bundle == "" {
		return nil
	}
	return e.authority.local.WriteBundle(e.folder)
}

// SystemTrust is how the whole system, or its user, is made to trust the authority, and how that is taken back: the last
// resort, for clients that can be told in no other way. They are commands for a person, who must agree to each.
type SystemTrust struct {
	Trust, Forget string
	Everyone      bool // all users' programs, so an administrator's password is asked for
}

// SystemTrust is for this system; the zero value is none that is known.
func (e *Engine) SystemTrust() SystemTrust {
	return systemTrust(runtime.GOOS, e.folder.Path(store.CertificateFile), e.https().Name, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

func systemTrust(system, certificate, name string, exists func(string) bool) SystemTrust {
	file := shellWord(certificate)
	const as = "bittoratio.crt"
	switch {
	case system == "darwin":
		return SystemTrust{
			Trust:  "security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db " + file,
			Forget: "security remove-trusted-cert " + file + " && security delete-certificate -c " + shellWord(name) + " ~/Library/Keychains/login.keychain-db",
		}
	case system == "windows":
		return SystemTrust{
			Trust:  `certutil -user -addstore Root "` + certificate + `"`,
			Forget: `certutil -user -delstore Root "` + name + `"`,
		}
	case exists("/usr/local/share/ca-certificates"):
		const to = "/usr/local/share/ca-certificates/" + as
		return SystemTrust{Trust: "sudo install -m 644 " + file + " " + to + " && sudo update-ca-certificates", Forget: "sudo rm " + to + " && sudo update-ca-certificates --fresh", Everyone: true}
	case exists("/etc/pki/ca-trust/source/anchors"):
		const to = "/etc/pki/ca-trust/source/anchors/" + as
		return SystemTrust{Trust: "sudo install -m 644 " + file + " " + to + " && sudo update-ca-trust", Forget: "sudo rm " + to + " && sudo update-ca-trust", Everyone: true}
	case exists("/etc/ca-certificates/trust-source/anchors"):
		return SystemTrust{Trust: "sudo trust anchor --store " + file, Forget: "sudo trust anchor --remove " + file, Everyone: true}
	}
	return SystemTrust{}
}
