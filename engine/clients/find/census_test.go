package find

import (
	"fmt"
	"reflect"
	"testing"
)

// torrent returns a file with trackers.
func torrent(name string, trackers ...string) string {
	list := ""
	for _, t := range trackers {
		list += fmt.Sprintf("l%d:%se", len(t), t)
	}
	return fmt.Sprintf("d13:announce-listl%se4:infod6:lengthi1e4:name%d:%s12:piece lengthi16384e6:pieces20:%20see", list, len(name), name, "")
}

func TestTrackersAreCountedByKind(t *testing.T) {
	const folder = "/home/ada/.config/transmission-daemon/torrents/"
	on, _ := computer("linux", map[string]string{
		folder + "a.torrent": torrent("a", "http://one.example/0123456789abcdef0123456789abcdef/announce", "udp://two.example:6969/announce"),
		folder + "b.torrent": torrent("b", "http://one.example/announce", "http://127.0.0.1:8080/announce/https/three.example/announce"),
		folder + "c.torrent": "no torrent",
		"/home/ada/.config/transmission/torrents/d.torrent": torrent("d", "https://four.example/announce"),
	})
	daemon := Client{Key: "transmission", Program: "transmission-daemon"}
	want := Census{Torrents: 2, Converted: 1, Gateways: map[string]int{"127.0.0.1:8080": 1}, By: map[string]int{"http": 2, "udp": 1}, Trackers: []Tracker{{"http", "one.example", 2}, {"udp", "two.example:6969", 1}}}
	if got := on.Census(&daemon); !reflect.DeepEqual(got, want) {
		t.Errorf("the census is %+v", got)
	}
	window := Client{Key: "transmission", Program: "transmission-gtk"}
	if got := on.Census(&window); got.Torrents != 1 || got.By["https"] != 1 {
		t.Errorf("the census is %+v", got)
	}
	box := Client{Key: "transmission", Sandbox: Flatpak}
	if got := on.Census(&box); got.Torrents != 0 {
		t.Errorf("the census is %+v", got)
	}
}

// TestTrackersInASecondFileCountOnce: qBittorrent removes the trackers from a .torrent file and stores them in
// another one beside it.
func TestTrackersInASecondFileCountOnce(t *testing.T) {
	const folder = "/home/ada/.local/share/qBittorrent/BT_backup/"
	on, _ := computer("linux", map[string]string{
		folder + "a.torrent":    torrent("a"),
		folder + "a.fastresume": "d8:trackersll27:http://one.example/announceeee",
		folder + "b.fastresume": "x",
	})
	q := Client{Key: "qbittorrent", Program: "qbittorrent"}
	if got := on.Census(&q); got.Torrents != 1 || got.By["http"] != 1 || len(got.Trackers) != 1 {
		t.Errorf("the census is %+v", got)
	}
}

// TestTorrentsCountForTheClientThatUsesTheirFolder: the torrents in the usual folder belong neither to a client that
// was started with another folder nor to another user's client.
func TestTorrentsCountForTheClientThatUsesTheirFolder(t *testing.T) {
	on, _ := computer("linux", map[string]string{
		"/home/ada/.config/transmission-daemon/torrents/a.torrent":         torrent("a", "http://one.example/announce"),
		"/var/lib/transmission-daemon/info/torrents/b.torrent":             torrent("b", "udp://two.example:6969/announce"),
		"/srv/t/torrents/c.torrent":                                        torrent("c", "https://three.example/announce"),
		"/home/ada/.local/share/qBittorrent/BT_backup/d.torrent":           torrent("d", "http://one.example/announce"),
		"/srv/q/qBittorrent/data/BT_backup/e.torrent":                      torrent("e", "https://three.example/announce"),
		"/home/ada/.config/transmission-daemon/torrents/more/none.torrent": "",
	})
	for _, c := range []struct {
		of   Client
		want string // the only scheme
	}{
		{Client{Key: "transmission", Program: "transmission-daemon", Folder: "/srv/t"}, "https"},
		{Client{Key: "transmission", Program: "transmission-daemon", Foreign: true}, "udp"},
		{Client{Key: "qbittorrent", Program: "qbittorrent-nox", Folder: "/srv/q/qBittorrent/config"}, "https"},
		{Client{Key: "qbittorrent", Program: "qbittorrent-nox", Foreign: true}, ""},
	} {
		got := on.Census(&c.of)
		if c.want == "" && got.Torrents != 0 || c.want != "" && (got.Torrents != 1 || got.By[c.want] != 1) {
			t.Errorf("the census of %+v is %+v, want one torrent with %q", c.of, got, c.want)
		}
	}
}
