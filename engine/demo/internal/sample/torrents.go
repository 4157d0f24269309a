package sample

import (
	"crypto/sha1"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// torrent is one torrent of the demonstration: one client has all of it, another downloads it repeatedly.
type torrent struct {
	name    string
	size    uint64 // bytes
	seeder  int    // number of the client that has it
	leecher int    // number of the client that downloads it
	begins  int    // half intervals after the start
}

var torrents = []torrent{
	{"Sample film", 72_000_000, 0, 1, 0},
	{"Sample music", 45_000_000, 1, 2, 1},
	{"Sample pictures", 96_000_000, 2, 0, 2},
}

// unregistered is the torrent that the tracker refuses.
var unregistered = torrent{name: "Sample book", size: 900_000_000, leecher: 2, begins: 1}

// file returns the .torrent file: one piece, of zeros.
func (t *torrent) file() (all []byte, hash bittorrent.InfoHash) {
	info := map[string]any{
		"name": t.name, "length": int64(t.size), "piece length": int64(t.size), "pieces": strings.Repeat("\x00", sha1.Size), "private": 1,
	}
	b, err := bencode.Marshal(info)
	if err != nil {
		panic(err) // the values are strings and numbers
	}
	all = append(append([]byte("d4:info"), b...), 'e')
	return all, bittorrent.InfoHash(sha1.Sum(b))
}

// WriteTorrents writes the .torrent files into a folder, where the program finds the torrents' names.
func WriteTorrents(folder string) error {
	for _, t := range append(torrents[:len(torrents):len(torrents)], unregistered) {
		b, hash := t.file()
		if err := os.WriteFile(filepath.Join(folder, hash.String()+".torrent"), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// moved returns how much of the torrent has been transferred some time after its beginning: in all rounds, and in this
// one. A round is the transfer, then a rest.
func (t *torrent) moved(p Pace, after time.Duration) (all, now uint64) {
	if after <= 0 {
		return 0, 0
	}
	transfer, round := t.times(p)
	rounds, into := uint64(after/round), after%round
	now = t.size
	if into < transfer {
		now = uint64(into.Seconds() * float64(p.Rate))
	}
	return rounds*t.size + now, now
}

// rest is how many intervals without transfer follow each transfer. In the first two, both clients announce its end. In
// the last one the leecher begins the next round, before the seeder uploads any of that: otherwise the seeder would be
// alone in the swarm.
const rest = 3

// times returns how long a transfer takes, and how long a whole round.
func (t *torrent) times(p Pace) (transfer, round time.Duration) {
	transfer = time.Duration(float64(t.size) / float64(p.Rate) * float64(time.Second))
	return transfer, transfer + rest*p.Interval
}

// round returns the number of the round in which the leecher is some time after the beginning, or which it is about to
// begin.
func (t *torrent) round(p Pace, after time.Duration) int {
	_, round := t.times(p)
	return int((after + p.Interval) / round)
}

// Pace is how fast the demonstration goes.
type Pace struct {
	Interval time.Duration // between two announces of a client
	Rate     uint64        // bytes per second of each transfer
}

// UsualPace shows something new every second or two. It is slower than the line's speed that the practice tracker
// believes.
var UsualPace = Pace{Interval: 3 * time.Second, Rate: 3_000_000}
