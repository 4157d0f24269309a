package engine_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/store"
)

// BenchmarkStart measures a start with this many sessions in the ledger, until the first client's connection.
func BenchmarkStart(b *testing.B) {
	for _, sessions := range []int{0, 10_000, 100_000} {
		b.Run(fmt.Sprint(sessions), func(b *testing.B) {
			folder := filepath.Join(b.TempDir(), "data")
			fillLedger(b, folder, sessions)
			b.ReportAllocs()
			for b.Loop() {
				e, err := engine.New(engine.Options{Folder: folder, Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				if err := e.Start(); err != nil {
					b.Fatal(err)
				}
				b.StopTimer() // the rest is the snapshot's work and the end's
				c, err := net.Dial("tcp", e.Snapshot().Addr)
				if err != nil {
					b.Fatal(err)
				}
				_ = c.Close()
				if err := e.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

func fillLedger(b *testing.B, folder string, sessions int) {
	f, err := store.Open(folder)
	if err != nil {
		b.Fatal(err)
	}
	j, _, err := f.OpenJournal(store.LedgerFile, func([]byte) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now().UnixMilli()
	for i := range uint32(sessions) {
		var k ledger.Key
		binary.BigEndian.PutUint32(k.InfoHash[:], i)
		copy(k.PeerID[:], "-TR3000-")
		if err := j.Append(ledger.AppendRecord(nil, k, &ledger.Session{Seen: 1 << 30, Reported: 3 << 30, First: now, Last: now}, "tracker.example")); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}
