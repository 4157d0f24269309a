package enginetest

import (
	"encoding/binary"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/store"
)

// WriteLedger writes a ledger into an empty data folder. Each of the sessions is written the given number of times, and has
// that many bytes seen and three times as many reported in the end. last returns the time of a session's last announce.
func WriteLedger(t testing.TB, folder string, sessions, times int, last func(session int) time.Time) {
	t.Helper()
	d, err := store.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	err = j.Rewrite(func(yield func([]byte) bool) {
		var record []byte
		for i := range times * sessions {
			k := ledger.Key{PeerID: bittorrent.PeerID([]byte("-TR4100-0123456789ab"))}
			binary.BigEndian.PutUint32(k.InfoHash[:], uint32(i%sessions))
			n := uint64(i/sessions + 1)
			s := ledger.Session{Seen: n, Reported: 3 * n, Last: last(i % sessions).UnixMilli()}
			if record = ledger.AppendRecord(record[:0], k, &s, "tracker.example"); !yield(record) {
				return
			}
		}
	})
	for _, err := range []error{err, j.Close(), d.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
