package main

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"bittoratio/engine/report/ledger"
	"bittoratio/engine/store"
)

// manySessions is the number of sessions in the ledger for the second measurement of the start.
const manySessions = 10_000

func startProgram(prog, folder string) *process {
	return start(prog, "-headless", "-log", "json", "-listen", "127.0.0.1:0", "-multiplier", strconv.Itoa(factor), "-data", folder)
}

// firstAccept returns the time from the start of a program until a client is connected, with this many sessions in its
// ledger: the shortest of five.
func firstAccept(prog, folder string, sessions int) time.Duration {
	fill(folder, sessions)
	defer os.RemoveAll(folder)
	best := time.Hour
	for range 5 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		addr := l.Addr().String()
		check(l.Close())
		began := time.Now()
		p := start(prog, "-headless", "-log", "json", "-listen", addr, "-data", folder)
		c, err := net.Dial("tcp", addr)
		check(err)
		best = min(best, time.Since(began))
		check(c.Close())
		p.stop()
	}
	return best.Round(100 * time.Microsecond)
}

// fill makes a data folder with this many sessions in its ledger.
func fill(folder string, sessions int) {
	check(os.MkdirAll(filepath.Dir(folder), 0o700))
	f, err := store.Open(folder)
	check(err)
	j, _, err := f.OpenJournal(store.LedgerFile, func([]byte) error { return nil })
	check(err)
	now := time.Now().UnixMilli()
	for i := range uint32(sessions) {
		var k ledger.Key
		binary.BigEndian.PutUint32(k.InfoHash[:], i)
		copy(k.PeerID[:], "-TR3000-")
		check(j.Append(ledger.AppendRecord(nil, k, &ledger.Session{Seen: 1 << 30, Reported: 3 << 30, First: now, Last: now}, "tracker.example")))
	}
	check(j.Close())
	check(f.Close())
}
