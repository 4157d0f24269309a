package store_test

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/store"
)

var roles = map[string]func(folder string){
	"append":  func(folder string) { playBook(folder, false) },
	"rewrite": func(folder string) { playBook(folder, true) },
	"hold":    playLockHolder,
}

// book is a small ledger: the last number written for each of a few sessions.
type book struct {
	mu sync.Mutex
	at map[string]int
}

func (b *book) read(record []byte) error {
	session, n, ok := bytes.Cut(record, []byte(" "))
	number, err := strconv.Atoi(string(bytes.TrimRight(n, ".")))
	if !ok || err != nil {
		return fmt.Errorf("not a record of the book: %q", record)
	}
	b.at[string(session)] = number // the last number counts
	return nil
}

func (b *book) all() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range sessions {
			b.mu.Lock()
			record := entry(i, b.at[strconv.Itoa(i)])
			b.mu.Unlock()
			if !yield(record) {
				return
			}
		}
	}
}

const sessions = 300

// entry is padded so that rewriting takes a while.
func entry(session, number int) []byte {
	return fmt.Appendf(nil, "%d %d%s", session, number, strings.Repeat(".", 200))
}

// playBook counts sessions up forever, and prints each record after it was written.
func playBook(folder string, rewrite bool) {
	d, err := store.Open(folder)
	must(err)
	b := &book{at: map[string]int{}}
	j, _, err := d.OpenJournal(store.LedgerFile, b.read)
	must(err)
	if rewrite {
		go func() {
			for {
				must(j.Rewrite(b.all()))
			}
		}()
	}
	for {
		i := rand.IntN(sessions)
		key := strconv.Itoa(i)
		b.mu.Lock()
		number := b.at[key] + 1
		must(j.Append(entry(i, number)))
		b.at[key] = number
		b.mu.Unlock()
		_, err := fmt.Fprintln(os.Stdout, i, number)
		must(err)
	}
}

func TestAKilledProcessLosesNoAcknowledgedRecord(t *testing.T) {
	killRounds(t, "append", 20)
}

func TestAProcessKilledDuringARewriteLosesNoAcknowledgedRecord(t *testing.T) {
	killRounds(t, "rewrite", 20)
}

// killRounds lets one child after another use the same folder, kills each at a random moment, and compares the journal
// with what the children acknowledged.
func killRounds(t *testing.T, role string, rounds int) {
	folder := t.TempDir()
	acknowledged := map[string]int{}
	for round := range rounds {
		cmd, out := startChild(t, role, folder)
		if !out.Scan() {
			t.Fatalf("round %d: the child did not begin: %v", round, cmd.Wait())
		}
		killed := time.AfterFunc(time.Duration(rand.IntN(30_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		for ok := true; ok; ok = out.Scan() {
			session, number, whole := strings.Cut(out.Text(), " ")
			if n, err := strconv.Atoi(number); whole && err == nil {
				// A killed child's last line may be cut short: a smaller number demands less.
				acknowledged[session] = max(acknowledged[session], n)
			}
		}
		_ = cmd.Wait()
		killed.Stop()

		d := openFolder(t, folder)
		b := &book{at: map[string]int{}}
		j, r, err := d.OpenJournal(store.LedgerFile, b.read)
		if err != nil || r.Lost > 0 || r.Aside != "" {
			t.Fatalf("round %d: %+v, %v", round, r, err)
		}
		for session, n := range acknowledged {
			if b.at[session] < n {
				t.Fatalf("round %d: session %s is at %d, acknowledged was %d", round, session, b.at[session], n)
			}
		}
		closeJournal(t, j)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acknowledged) == 0 {
		t.Error("the children acknowledged nothing")
	}
}

// playLockHolder holds the folder until it is killed.
func playLockHolder(folder string) {
	_, err := store.Open(folder)
	must(err)
	fmt.Println("held")
	time.Sleep(time.Hour)
}
