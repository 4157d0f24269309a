package store_test

import (
	"bytes"
	"testing"

	"bittoratio/engine/store"
)

func BenchmarkAppend(b *testing.B) {
	d := openFolder(b, b.TempDir())
	j, _, _ := openJournal(b, d)
	record := bytes.Repeat([]byte("r"), 200)
	b.ReportAllocs()
	b.SetBytes(int64(len(record)))
	for b.Loop() {
		if err := j.Append(record); err != nil {
			b.Fatal(err)
		}
	}
	closeJournal(b, j)
}

func BenchmarkReplay100000(b *testing.B) {
	d := openFolder(b, b.TempDir())
	j, _, _ := openJournal(b, d)
	record := bytes.Repeat([]byte("r"), 200)
	for range 100_000 {
		if err := j.Append(record); err != nil {
			b.Fatal(err)
		}
	}
	closeJournal(b, j)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		j, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { n++; return nil })
		if err != nil || n != 100_000 {
			b.Fatalf("OpenJournal returned %v, %v", n, err)
		}
		closeJournal(b, j)
	}
}
