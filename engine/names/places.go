package names

import (
	"cmp"
	"path/filepath"
	"regexp"
	"strings"

	"bittoratio/engine/store"
)

// Places are the folders in which clients keep their torrents on a system (as runtime.GOOS names it), whether they are
// there or not. getenv is os.Getenv, home the user's folder.
func Places(system, home string, getenv func(string) string) []string {
	if home == "" {
		return nil
	}
	var out []string
	in := func(base string, paths ...string) {
		for _, p := range paths {
			if base != "" {
				out = append(out, filepath.Join(base, filepath.FromSlash(p)))
			}
		}
	}
	if own := getenv("TRANSMISSION_HOME"); own != "" {
		in(own, "torrents")
	}
	switch system {
	case "windows":
		in(getenv("LOCALAPPDATA"), "qBittorrent/BT_backup", "transmission/Torrents", "transmission-daemon/Torrents")
		in(getenv("APPDATA"), "deluge/state", "BiglyBT/torrents", "WebTorrent/Torrents", "uTorrent", "BitTorrent")
		in(getenv("SystemRoot"), "ServiceProfiles/LocalService/AppData/Local/transmission-daemon/Torrents")
		return out
	case "darwin":
		in(home, "Library/Application Support/Transmission/Torrents", "Library/Application Support/transmission-daemon/torrents",
			"Library/Application Support/qBittorrent/BT_backup", ".config/deluge/state",
			"Library/Application Support/BiglyBT/torrents", "Library/Application Support/WebTorrent/Torrents")
		in("/opt/homebrew/var", "transmission/torrents") // Homebrew's services, on Apple's processors and on Intel's
		in("/usr/local/var", "transmission/torrents")
	default:
		config, local := cmp.Or(getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), cmp.Or(getenv("XDG_DATA_HOME"), filepath.Join(home, ".local/share"))
		in(config, "transmission/torrents", "transmission-daemon/torrents", "fragments/torrents", "deluge/state", "WebTorrent/Torrents")
		in(local, "qBittorrent/BT_backup", "data/qBittorrent/BT_backup")
		in(home, ".biglybt/torrents")
		in(filepath.Join(home, ".var/app"), "com.transmissionbt.Transmission/config/transmission/torrents", "de.haeckerfelix.Fragments/config/fragments/torrents",
			"org.qbittorrent.qBittorrent/data/qBittorrent/BT_backup", "org.deluge_torrent.deluge/config/deluge/state")
		in(filepath.Join(home, "snap"), "transmission/current/.config/transmission/torrents",
			"qbittorrent-arnatious/current/.local/share/qBittorrent/BT_backup", "deluge/current/.config/deluge/state")
		in("/var/lib", "transmission-daemon/.config/transmission-daemon/torrents", "transmission-daemon/info/torrents",
			"transmission/.config/transmission-daemon/torrents", "deluged/config/state", "deluge/.config/deluge/state",
			"qbittorrent/.local/share/qBittorrent/BT_backup", "qbittorrent-nox/.local/share/qBittorrent/BT_backup")
	}
	in(home, ".session", ".rtorrent/session", ".rtorrent/.session", "rtorrent/.session") // the last is of rTorrent's own template
	for _, rc := range []string{".rtorrent.rc", ".config/rtorrent/rtorrent.rc"} {
		if text, err := store.ReadPlain(filepath.Join(home, rc), 1<<20); err == nil {
			out = append(out, sessionPath(string(text), home)...)
		}
	}
	return out
}

var sessionLine = regexp.MustCompile(`(?m)^[ \t]*session(?:\.path\.set)?[ \t]*=[ \t]*([^\s#]+)`)

// sessionPath is what an rtorrent.rc says its session folder is.
func sessionPath(rc, home string) []string {
	m := sessionLine.FindStringSubmatch(rc)
	if m == nil {
		return nil
	}
	p := strings.Trim(m[1], `"`)
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		p = filepath.Join(home, rest)
	}
	if !filepath.IsAbs(p) { // made of the file's own variables
		return nil
	}
	return []string{filepath.Clean(p)}
}
