//go:build clients

package clientstest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
)

// elsewhere are the ways to start clients with other settings than the usual ones. {} stands for a folder of the test.
var elsewhere = []struct {
	program, args, env string // separated by blanks; HOME is {}/home unless env sets it
	file               string // the settings file that the client then reads
	at                 string // the folder in which it is started
	more               string // lines or members that are added to the file
}{
	{"qbittorrent-nox", "--profile={}/q", "", "{}/q/qBittorrent/config/qBittorrent.conf", "", ""},
	{"qbittorrent-nox", "--profile=q", "", "{}/q/qBittorrent/config/qBittorrent.conf", "{}", ""},
	{"qbittorrent-nox", "--profile={}/q --configuration=two", "", "{}/q/qBittorrent_two/config/qBittorrent.conf", "", ""},
	{"qbittorrent-nox", "--configuration=two", "", "{}/home/.config/qBittorrent_two/qBittorrent.conf", "", ""},
	{"qbittorrent-nox", "", "QBT_PROFILE={}/q", "{}/q/qBittorrent/config/qBittorrent.conf", "", ""},
	{"qbittorrent-nox", "", "QBT_CONFIGURATION=two XDG_CONFIG_HOME={}/x", "{}/x/qBittorrent_two/qBittorrent.conf", "", ""},
	{"qbittorrent-nox", "", "XDG_CONFIG_HOME={}/x", "{}/x/qBittorrent/qBittorrent.conf", "", ""},
	{"qbittorrent-nox", "--profile={}/q", "", "{}/q/qBittorrent/config/qBittorrent.conf", "", "WebUI\\HTTPS\\Enabled=true\nWebUI\\HTTPS\\CertificatePath={}/cert\nWebUI\\HTTPS\\KeyPath={}/key\n"},
	{"transmission-daemon", "-f -g {}/t", "", "{}/t/settings.json", "", ""},
	{"transmission-daemon", "-f -g{}/t -gsr 2", "", "{}/t/settings.json", "", ""},
	{"transmission-daemon", "-f --config-dir={}/t", "", "{}/t/settings.json", "", `"rpc-url": "/box/",`},
	{"transmission-daemon", "-f --config-dir t", "", "{}/t/settings.json", "{}", `"rpc-url": "/box",`},
	{"transmission-daemon", "-f", "TRANSMISSION_HOME={}/t", "{}/t/settings.json", "", ""},
	{"transmission-daemon", "-f", "XDG_CONFIG_HOME={}/x", "{}/x/transmission-daemon/settings.json", "", ""},
	{"transmission-daemon", "-f", "", "{}/home/.config/transmission-daemon/settings.json", "", ""},
	{"deluged", "-d -c {}/d", "", "{}/d/core.conf", "", ""},
	{"deluged", "-d -c{}/d", "", "{}/d/core.conf", "", ""},
	{"deluged", "-d --config={}/d", "", "{}/d/core.conf", "", ""},
	{"deluged", "-d --config d", "", "{}/d/core.conf", "{}", ""},
	{"deluged", "-d", "XDG_CONFIG_HOME={}/x", "{}/x/deluge/core.conf", "", ""},
	{"aria2c", "--conf-path={}/a.conf", "", "{}/a.conf", "", ""},
	{"aria2c", "--conf-path a.conf", "", "{}/a.conf", "{}", ""},
	{"aria2c", "", "", "{}/home/.aria2/aria2.conf", "", ""},
	{"aria2c", "", "XDG_CONFIG_HOME={}/x", "{}/x/aria2/aria2.conf", "", ""},
	{"rtorrent", "-n -o import={}/rc", "", "{}/rc", "", ""},
	{"rtorrent", "-n -O import=rc", "", "{}/rc", "{}", ""},
	{"rtorrent", "", "", "{}/home/.rtorrent.rc", "", ""},
	{"rtorrent", "", "XDG_CONFIG_HOME={}/x", "{}/x/rtorrent/rtorrent.rc", "", ""},
}

// settingsWith returns the settings of a program that make it listen on a port of 127.0.0.1, for its user or for peers.
func settingsWith(program string, port int, more string) string {
	switch program {
	case "qbittorrent-nox":
		return fmt.Sprintf("[BitTorrent]\nSession\\Port=%d\nSession\\DHTEnabled=false\nSession\\LSDEnabled=false\n\n[LegalNotice]\nAccepted=true\n\n[Network]\nPortForwardingEnabled=false\n\n"+
			"[Preferences]\nWebUI\\Address=127.0.0.1\nWebUI\\Port=%d\nWebUI\\LocalHostAuth=false\n%s", port+1, port, more)
	case "transmission-daemon":
		return fmt.Sprintf(`{%s "rpc-port": %d, "rpc-bind-address": "127.0.0.1", "bind-address-ipv4": "127.0.0.1", "peer-port": %d, "dht-enabled": false, "lpd-enabled": false, "port-forwarding-enabled": false}`, more, port, port+1)
	case "deluged":
		return fmt.Sprintf(`{"file": 1, "format": 1}{"daemon_port": %d, "listen_ports": [%d, %d], "random_port": false, "listen_interface": "127.0.0.1", "dht": false, "lsd": false, "upnp": false, "natpmp": false, "new_release_check": false}`, port, port+1, port+1)
	case "aria2c":
		return fmt.Sprintf("enable-rpc=true\nrpc-listen-port=%d\nlisten-port=%d\nenable-dht=false\n", port, port+1)
	default:
		return fmt.Sprintf("network.scgi.open_port = 127.0.0.1:%d\nnetwork.port_range.set = %d-%d\ndht.mode.set = disable\nsystem.daemon.set = true\n", port, port+1, port+1)
	}
}

// TestTheFileOfARunningClientIsTheOneThatItReads starts the real clients with other settings than the usual ones. The
// file that would be changed is the one whose port the client listens on. If it has a remote access, that is reached too.
func TestTheFileOfARunningClientIsTheOneThatItReads(t *testing.T) {
	t.Parallel()
	const firstPort, each = 28300, 3
	for i, c := range elsewhere {
		t.Run(strings.Join([]string{c.program, c.args, c.env, c.at, c.more}, " "), func(t *testing.T) {
			port, folder := firstPort+each*i, t.TempDir()
			here := func(text string) string { return strings.ReplaceAll(text, "{}", folder) }
			at := here(c.file)
			write := func(path, text string) {
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(at, settingsWith(c.program, port, here(c.more)))
			write(filepath.Join(filepath.Dir(at), "auth"), "localclient:0123456789abcdef:10\n") // Deluge's
			if strings.Contains(c.more, "HTTPS") {
				writeCertificate(t, write, folder)
			}
			cmd := exec.Command(c.program, strings.Fields(here(c.args))...)
			cmd.Dir = here(c.at)
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=dumb", "HOME=" + filepath.Join(folder, "home")}, strings.Fields(here(c.env))...)
			if err := os.MkdirAll(filepath.Join(folder, "home"), 0o700); err != nil {
				t.Fatal(err)
			}
			runUntilEnd(t, cmd, syscall.SIGKILL)
			address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
			eventually(t, c.program+" listens where its file says", func() bool { return acceptsConnections(address) })
			all := find.Find(t.Context(), find.Here())
			k := slices.IndexFunc(all, func(f find.Client) bool { return slices.Contains(f.PIDs, cmd.Process.Pid) })
			if k < 0 {
				t.Fatalf("not found among %+v", all)
			}
			f := all[k]
			w := f.Way("127.0.0.1:8080", file.Here())
			if f.Settings.Path != at || w.Doubt != find.Certain || f.Folder == "" {
				t.Errorf("found %+v with doubt %d, want the settings file %s, certain, and a folder", f, w.Doubt, at)
			}
			reach, ok := convert.Reach[f.Key]
			if !ok {
				return
			}
			r, err := reach(remote.Access{Address: w.Remote.Address})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, err := r.Torrents(t.Context()); err != nil || !strings.Contains(w.Remote.Address, address) {
				t.Errorf("at %s: %v", w.Remote.Address, err)
			}
		})
	}
}

// writeCertificate writes a certificate that no system trusts, and its key.
func writeCertificate(t *testing.T, write func(path, text string), folder string) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.StartTLS()
	own := s.TLS.Certificates[0]
	s.Close()
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(folder, "cert"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]})))
	write(filepath.Join(folder, "key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	if _, err := tls.LoadX509KeyPair(filepath.Join(folder, "cert"), filepath.Join(folder, "key")); err != nil {
		t.Fatal(err)
	}
}

// TestARIA2sOwnProxiesGiveWay: a real aria2 whose file has proxies that count more than all-proxy announces through
// this program after the change, and as before after the undo.
func TestARIA2sOwnProxiesGiveWay(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 100)
	proxy := func(name string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- name + " " + r.Method + " " + r.URL.Path
			http.Error(w, "no", http.StatusNotFound)
		}))
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	ours, theirs := proxy("ours"), proxy("theirs")
	folder := t.TempDir()
	conf, torrent := filepath.Join(folder, "aria2.conf"), filepath.Join(folder, "a.torrent")
	own := "http-proxy=http://" + theirs + "\nenable-dht=false\nlisten-port=28296\nbt-tracker-timeout=5\n"
	if err := os.WriteFile(conf, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	first := func(path string) string { // each run has its own path, since the one before may have asked twice
		t.Helper()
		if err := os.WriteFile(torrent, newTorrent("http://tracker.example"+path).file, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("aria2c", "--conf-path="+conf, "--dir="+folder, "--quiet", torrent)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "LANG=C.UTF-8"}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
		for late := time.After(patience); ; {
			select {
			case one := <-asked:
				if name, ok := strings.CutSuffix(one, " GET "+path); ok {
					return name
				}
			case <-late:
				t.Fatal("aria2 asks no proxy")
			}
		}
	}
	aria2, _ := clients.Find("aria2")
	g, err := aria2.Render(clients.Values{Addr: ours})
	if err != nil {
		t.Fatal(err)
	}
	f := file.File{Path: conf, Programs: []string{"aria2c"}, Options: g.FolderOptions}
	do := func(plan func(file.File, clients.Edit) (*file.Plan, error)) {
		t.Helper()
		p, err := plan(f, *g.Apply)
		if err == nil {
			on := file.Here()
			on.Processes = func() ([]file.Process, error) { return nil, nil } // those of other tests
			err = p.Apply(on)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if one := first("/before"); one != "theirs" {
		t.Fatalf("before the change aria2 asks %s, want theirs", one)
	}
	do(file.Point)
	if one := first("/changed"); one != "ours" {
		t.Errorf("after the change aria2 asks %s, want ours", one)
	}
	do(file.Back)
	if text, err := os.ReadFile(conf); err != nil || string(text) != own {
		t.Errorf("undone: %q, %v", text, err)
	}
}
