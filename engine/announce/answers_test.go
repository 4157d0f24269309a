package announce_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
)

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nde"

func newAnswers(m *memory) *announce.Answers {
	a := announce.NewAnswers()
	a.SetJournal(m, morning)
	return a
}

func restartAnswers(t testing.TB, m *memory) *announce.Answers {
	t.Helper()
	a := announce.NewAnswers()
	for _, r := range m.records {
		if err := a.Restore(r); err != nil {
			t.Fatalf("record %q: %v", r, err)
		}
	}
	a.SetJournal(m, morning)
	return a
}

func TestAnswersToAnnouncesAndScrapesAreCachedSeparately(t *testing.T) {
	disk := &memory{}
	a := newAnswers(disk)
	announced, scrape := announce.AnswerKey{}, announce.AnswerKey{Scrape: true}
	buffer := []byte(answer)
	a.Keep(announced, buffer, morning)
	buffer[0] = 'X' // the caller may reuse its buffer
	a.Keep(scrape, []byte(answer+"\x00\n"), morning)
	for _, a := range []*announce.Answers{a, restartAnswers(t, disk)} {
		if got := string(a.Last(announced, morning)); got != answer {
			t.Errorf("the cached answer to an announce is %q, want %q", got, answer)
		}
		if got := string(a.Last(scrape, morning)); got != answer+"\x00\n" {
			t.Errorf("the cached answer to a scrape is %q, want %q", got, answer+"\x00\n")
		}
		if got := a.Last(announce.AnswerKey{InfoHash: bittorrent.InfoHash{1}}, morning); got != nil {
			t.Errorf("another torrent has the cached answer %q, want none", got)
		}
	}
}

func TestAnswersOlderThanAWeekAreDropped(t *testing.T) {
	disk := &memory{}
	a := newAnswers(disk)
	a.Keep(announce.AnswerKey{}, []byte(answer), morning)
	week := morning.Add(announce.MaxAnswerAge)
	if a.Last(announce.AnswerKey{}, week) == nil || a.Last(announce.AnswerKey{}, week.Add(time.Second)) != nil {
		t.Error("an answer is not cached for exactly a week")
	}
	if err := a.Compact(week.Add(time.Second)); err != nil || len(disk.records) != 0 {
		t.Errorf("%d answers on disk after a week, want none; error: %v", len(disk.records), err)
	}
}

func TestAnUnchangedAnswerIsWrittenOnceADay(t *testing.T) {
	disk := &memory{}
	a := newAnswers(disk)
	for i := range 10 {
		a.Keep(announce.AnswerKey{}, []byte(answer), morning.Add(time.Duration(i)*time.Hour))
	}
	if len(disk.records) != 1 {
		t.Errorf("%d records within a day, want 1", len(disk.records))
	}
	a.Keep(announce.AnswerKey{}, []byte(answer), morning.Add(24*time.Hour))
	if len(disk.records) != 2 {
		t.Error("the answer's age is not written again after a day")
	}
}

func TestCachedAnswersAreBoundedInNumberAndSize(t *testing.T) {
	if newAnswers(&memory{}).Keep(announce.AnswerKey{}, make([]byte, announce.MaxAnswerSize+1), morning) != nil {
		t.Error("an answer of more than 64 KiB is cached")
	}
	for name, c := range map[string]struct{ size, most int }{
		"small answers": {100, announce.MaxAnswers},
		"large answers": {announce.MaxAnswerSize, 128},
	} {
		t.Run(name, func(t *testing.T) {
			disk := &memory{}
			a := newAnswers(disk)
			key := func(i int) announce.AnswerKey {
				return announce.AnswerKey{InfoHash: bittorrent.InfoHash{byte(i), byte(i >> 8)}}
			}
			for i := range c.most + 10 {
				a.Keep(key(i), fmt.Appendf(nil, "%s%*d", answer, c.size-len(answer), i), morning)
			}
			for _, a := range []*announce.Answers{a, restartAnswers(t, disk)} {
				if a.Last(key(9), morning) != nil || a.Last(key(10), morning) == nil {
					t.Error("the answers that were dropped are not the oldest ten")
				}
			}
			if !strings.Contains(name, "large") {
				return
			}
			if err := a.Compact(morning); err != nil || len(disk.records) != c.most || a.Bloated() {
				t.Errorf("compacted to %d records, want %d; error: %v", len(disk.records), c.most, err)
			}
		})
	}
}

func TestCompactingLosesNoAnswerCachedMeanwhile(t *testing.T) {
	disk := &memory{}
	a := newAnswers(disk)
	disk.begins = func() { a.Keep(announce.AnswerKey{}, []byte(answer), morning) }
	if err := a.Compact(morning); err != nil {
		t.Fatal(err)
	}
	if restartAnswers(t, disk).Last(announce.AnswerKey{}, morning) == nil {
		t.Error("the answer that was cached during the compaction is not on disk")
	}
}

func TestForgettingAnswersLeavesNoneOnDisk(t *testing.T) {
	disk := &memory{}
	a := newAnswers(disk)
	a.Keep(announce.AnswerKey{}, []byte(answer), morning)
	if err := a.Forget(); err != nil || len(disk.records) != 0 || a.Last(announce.AnswerKey{}, morning) != nil {
		t.Errorf("Forget: %v; %d records on disk, want none in memory or on disk", err, len(disk.records))
	}
}

// FuzzAnswersRestore checks that no records cause a panic, and that the answers that were read are written and read
// again.
func FuzzAnswersRestore(f *testing.F) {
	disk := &memory{}
	a := newAnswers(disk)
	a.Keep(announce.AnswerKey{Scrape: true}, []byte(answer), morning)
	a.Keep(announce.AnswerKey{}, []byte(answer), morning)
	f.Add(bytes.Join(disk.records, []byte("\n")))
	f.Add([]byte("a 00 00 true 1 AA==\na b c d e f\n\nx"))
	f.Fuzz(func(t *testing.T, lines []byte) {
		disk := &memory{}
		a := announce.NewAnswers()
		for record := range bytes.SplitSeq(lines, []byte("\n")) {
			_ = a.Restore(record)
		}
		a.SetJournal(disk, morning)
		var was [2][]byte
		for i := range was {
			was[i] = a.Last(announce.AnswerKey{Scrape: i == 1}, morning)
		}
		if err := a.Compact(morning); err != nil {
			t.Fatal(err)
		}
		again := restartAnswers(t, disk)
		for i := range was {
			if got := again.Last(announce.AnswerKey{Scrape: i == 1}, morning); !bytes.Equal(got, was[i]) {
				t.Errorf("after a restart the answer is %q, want %q", got, was[i])
			}
		}
	})
}

// TestAnAnswerCachedUnderAWrongClockExpires: an earlier run's clock was a year ahead.
func TestAnAnswerCachedUnderAWrongClockExpires(t *testing.T) {
	disk := &memory{}
	newAnswers(disk).Keep(announce.AnswerKey{}, []byte(answer), morning.Add(365*24*time.Hour))
	a := restartAnswers(t, disk)
	if a.Last(announce.AnswerKey{}, morning) == nil {
		t.Error("the answer is not used at all")
	}
	if a.Last(announce.AnswerKey{}, morning.Add(announce.MaxAnswerAge+time.Minute)) != nil {
		t.Error("the answer is used for longer than a week")
	}
}

// TestAWrongClockAtTheStartLosesNoCachedAnswer: the computer's battery is empty, and its clock is corrected once there is a
// network.
func TestAWrongClockAtTheStartLosesNoCachedAnswer(t *testing.T) {
	now := time.Now()
	past := func(at time.Time) time.Time { return enginetest.ClockAhead(t, at, -16*365*24*time.Hour) }
	before, during := announce.AnswerKey{InfoHash: bittorrent.InfoHash{1}}, announce.AnswerKey{InfoHash: bittorrent.InfoHash{2}}
	disk := &memory{}
	newAnswers(disk).Keep(before, []byte(answer), now.Add(-time.Hour))
	restart := func(at time.Time) *announce.Answers {
		a := announce.NewAnswers()
		for _, r := range disk.records {
			if err := a.Restore(r); err != nil {
				t.Fatal(err)
			}
		}
		a.SetJournal(disk, at)
		return a
	}
	a := restart(past(now))
	a.Keep(during, []byte(answer), past(now))
	for _, k := range []announce.AnswerKey{before, during} {
		if a.Last(k, past(now)) == nil || a.Last(k, now) == nil {
			t.Errorf("the answer is lost: %v", k)
		}
		if a.Last(k, now.Add(announce.MaxAnswerAge+time.Minute)) != nil {
			t.Errorf("the answer is served for longer than a week: %v", k)
		}
	}
	if restart(now).Last(before, now) == nil {
		t.Error("the answer is lost at the next start")
	}
	a.Keep(during, []byte(answer), now.Add(time.Second)) // the date on the disk is wrong, so the same is written again
	if restart(now.Add(time.Minute)).Last(during, now.Add(time.Minute)) == nil {
		t.Error("the answer is lost at the next start, though the tracker has sent it since")
	}
	a.Keep(during, []byte(answer), past(now.Add(time.Second))) // and the clock is wrong again
	if err := a.Compact(now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if again := restart(now.Add(time.Minute)); again.Last(before, now.Add(time.Minute)) == nil || again.Last(during, now.Add(time.Minute)) == nil {
		t.Error("the answer is lost by compacting")
	}
}

// TestAStuckDiskDelaysNoCachedAnswer: cached answers are returned while another answer waits for the disk.
func TestAStuckDiskDelaysNoCachedAnswer(t *testing.T) {
	j := &stuck{appends: make(chan struct{}), release: make(chan struct{})}
	a := announce.NewAnswers()
	a.SetJournal(j, morning)
	k := announce.AnswerKey{InfoHash: bittorrent.InfoHash{1}}
	raw := []byte("HTTP/1.1 200 OK\r\n\r\nde")
	cached := make(chan struct{})
	go func() {
		defer close(cached)
		a.Keep(k, raw, morning)
	}()
	<-j.appends
	if got := a.Last(k, morning); !bytes.Equal(got, raw) { // a deadlock here fails the test
		t.Errorf("while the disk is stuck the cached answer is %q, want %q", got, raw)
	}
	if got := a.Keep(k, raw, morning); !bytes.Equal(got, raw) {
		t.Errorf("caching the same answer again returns %q, want %q", got, raw)
	}
	close(j.release)
	<-cached
	if again := restartAnswers(t, &j.memory); again.Last(k, morning) == nil {
		t.Error("the answer is not on the disk")
	}
}
