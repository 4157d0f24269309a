package announce_test

import (
	"bytes"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
)

var morning = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

func TestPendingAnnouncesKeepTheClientsOrder(t *testing.T) {
	type event struct {
		e  bittorrent.Event
		at int // seconds
	}
	for name, c := range map[string]struct {
		sent []event
		want string
	}{
		"every event stays pending":                             {[]event{{started, 1}, {completed, 2}, {stopped, 3}}, "started:1 completed:2 stopped:3 "},
		"a newer plain announce replaces an older one":          {[]event{{none, 1}, {none, 2}}, "plain:2 "},
		"an event replaces a plain announce":                    {[]event{{none, 1}, {stopped, 2}}, "stopped:2 "},
		"a plain announce follows the events":                   {[]event{{started, 1}, {none, 2}, {none, 3}}, "started:1 plain:3 "},
		"a repeated event replaces itself":                      {[]event{{started, 1}, {started, 2}}, "started:2 "},
		"after stopped a second session has its own events":     {[]event{{stopped, 1}, {started, 2}, {stopped, 3}}, "stopped:1 started:2 stopped:3 "},
		"a plain announce replaces paused":                      {[]event{{paused, 1}, {none, 2}}, "plain:2 "},
		"an event decided first comes first even if added last": {[]event{{completed, 2}, {started, 1}}, "started:1 completed:2 "},
		"a plain announce decided before an event is dropped":   {[]event{{completed, 2}, {none, 1}}, "completed:2 "},
		"an event decided first leaves a newer plain announce":  {[]event{{none, 2}, {completed, 1}}, "completed:1 plain:2 "},
		"the oldest of seven events is dropped": {
			[]event{{started, 1}, {completed, 2}, {stopped, 3}, {started, 4}, {completed, 5}, {stopped, 6}, {started, 7}},
			"completed:2 stopped:3 started:4 completed:5 stopped:6 started:7 ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			disk := &memory{}
			s := newSpool(disk)
			for _, x := range c.sent {
				s.Add(pendingOf(1, x.e, uint64(x.at), morning.Add(time.Duration(x.at)*time.Second)))
			}
			if got := summary(s.All()); got != c.want {
				t.Errorf("pending: %s, want %s", got, c.want)
			}
			if got := summary(restart(t, disk).All()); got != c.want {
				t.Errorf("pending after a restart: %s, want %s", got, c.want)
			}
		})
	}
}

func TestAnEventIsPendingSinceTheClientFirstSentIt(t *testing.T) {
	s := newSpool(&memory{})
	s.Add(pendingOf(1, started, 0, morning))
	s.Add(pendingOf(1, started, 0, morning.Add(time.Minute)))
	if k := s.All()[0]; !k.Since.Equal(morning) || !k.DecidedAt.Equal(morning.Add(time.Minute)) {
		t.Errorf("pending since %v, decided at %v; want %v and a minute later", k.Since, k.DecidedAt, morning)
	}
}

func TestAnnouncesOfAnEarlierRunComeFirstWhateverTheClockSays(t *testing.T) {
	disk := &memory{}
	newSpool(disk).Add(pendingOf(1, started, 1, morning))
	s := restart(t, disk)
	s.Add(pendingOf(1, completed, 2, morning.Add(-24*time.Hour)))
	if got := summary(s.All()); got != "started:1 completed:2 " {
		t.Errorf("pending: %s, want that of the earlier run first", got)
	}
}

func TestSupersedeRemovesRedundantAnnounces(t *testing.T) {
	for name, c := range map[string]struct {
		live bittorrent.Event
		at   time.Duration
		want string
	}{
		"a plain announce": {none, 9 * time.Second, "started:1 completed:2 "},
		"an event removes itself and the plain announce": {completed, 9 * time.Second, "started:1 "},
		"started removes no other event":                 {started, 9 * time.Second, "completed:2 "},
		"announces decided later stay":                   {none, 2 * time.Second, "started:1 completed:2 plain:3 "},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSpool(&memory{})
			s.Add(pendingOf(1, started, 1, morning.Add(time.Second)))
			s.Add(pendingOf(1, completed, 2, morning.Add(2*time.Second)))
			s.Add(pendingOf(1, none, 3, morning.Add(3*time.Second)))
			s.Supersede(session(1), c.live, morning.Add(c.at))
			if got := summary(s.All()); got != c.want {
				t.Errorf("pending: %s, want %s", got, c.want)
			}
		})
	}
}

// TestAKillBetweenTwoRecordsDelaysNoEvent: the end of the plain announce that an event replaced is not on the disk,
// and that announce may be due only in hours.
func TestAKillBetweenTwoRecordsDelaysNoEvent(t *testing.T) {
	disk := &memory{}
	s := newSpool(disk)
	s.Add(pendingOf(1, none, 1, morning))
	s.Add(pendingOf(1, completed, 2, morning.Add(time.Second)))
	disk.records = disk.records[:2] // the third record is the end of the first announce
	if s = restart(t, disk); summary(s.All()) != "completed:2 " {
		t.Errorf("pending after the kill: %s, want completed:2", summary(s.All()))
	}
	s.Remove(s.All()[0].ID)
	if s = restart(t, disk); s.Len() != 0 {
		t.Errorf("pending after the event is delivered: %s, want nothing", summary(s.All()))
	}
}

func TestPendingEventsComeBeforeALiveAnnounce(t *testing.T) {
	s := newSpool(&memory{})
	s.Add(pendingOf(1, started, 1, morning))
	s.Add(pendingOf(1, completed, 2, morning))
	s.Add(pendingOf(1, none, 3, morning))
	if got := summary(s.Before(session(1), none, 5)); got != "started:1 completed:2 " {
		t.Errorf("before a plain announce: %s, want both events", got)
	}
	if got := summary(s.Before(session(2), none, 5)); got != "" {
		t.Errorf("before another session's announce: %s, want nothing", got)
	}
}

// TestARepeatedEventNeverReportsLessAfterAKill is about a kill after the tracker has received a live event and before
// that is recorded: a pending announce of the same event must then report at least as much.
func TestARepeatedEventNeverReportsLessAfterAKill(t *testing.T) {
	disk := &memory{}
	s := newSpool(disk)
	s.Add(pendingOf(1, started, 1, morning))
	s.Add(pendingOf(1, completed, 2, morning))
	if got := summary(s.Before(session(1), completed, 7)); got != "started:1 " {
		t.Errorf("before a live completed: %s, want started:1", got)
	}
	if got := summary(restart(t, disk).All()); got != "started:1 completed:7 " {
		t.Errorf("pending after a kill: %s, want completed with the live event's total of 7", got)
	}
}

func TestTheNumberOfPendingAnnouncesIsBounded(t *testing.T) {
	s := newSpool(&memory{})
	for i := range announce.MaxPending {
		k := pendingOf(1, started, 1, morning)
		k.Key.PeerID = bittorrent.PeerID{byte(i), byte(i >> 8)}
		if i == 5000 {
			k.Event = none
		}
		if d := s.Add(k); d.ID != 0 {
			t.Fatalf("adding announce %d dropped another, though there is room", i)
		}
	}
	if d := s.Add(pendingOf(2, started, 1, morning)); d.Event != none || s.Len() != announce.MaxPending {
		t.Errorf("dropped event %q, %d pending; want the plain announce dropped, as the next one reports its total", d.Event, s.Len())
	}
	if d := s.Add(pendingOf(3, started, 1, morning)); d.ID != 1 {
		t.Errorf("dropped announce %d, want the oldest", d.ID)
	}
}

func TestDeliverNowIncludesTheEventsBeforeIt(t *testing.T) {
	s := newSpool(&memory{})
	for _, e := range []bittorrent.Event{started, none} {
		k := pendingOf(1, e, 1, morning)
		k.Again, k.Due = morning.Add(time.Hour), morning.Add(2*time.Hour)
		s.Add(k)
	}
	if all := s.All(); !all[0].Earliest().Equal(morning.Add(time.Hour)) || !all[1].Earliest().Equal(morning.Add(2*time.Hour)) {
		t.Errorf("due at %v and %v; want the event after its pause, and the plain announce after min interval", all[0].Earliest(), all[1].Earliest())
	}
	if _, ok := s.RetryNow(2); !ok {
		t.Error("RetryNow does not find announce 2")
	}
	for _, k := range s.All() {
		if !k.Earliest().IsZero() {
			t.Errorf("event %q is due at %v, want now", k.Event, k.Earliest())
		}
	}
	if _, ok := s.RetryNow(99); ok {
		t.Error("RetryNow finds an announce that does not exist")
	}
}

func TestCompactingLosesNoAnnounceAddedMeanwhile(t *testing.T) {
	disk := &memory{}
	s := newSpool(disk)
	s.Add(pendingOf(1, started, 1, morning))
	disk.begins = func() { s.Add(pendingOf(2, started, 2, morning)) }
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	if got := summary(restart(t, disk).All()); got != "started:1 started:2 " {
		t.Errorf("on disk after the compaction: %s, want %s", got, "started:1 started:2 ")
	}
}

func TestRecordsThatAFullDiskRefusedAreWrittenLater(t *testing.T) {
	disk := &memory{}
	s := newSpool(disk)
	s.Add(pendingOf(1, started, 1, morning))
	disk.full = true
	s.Add(pendingOf(1, none, 2, morning))
	s.Remove(1)
	if s.Trouble() == nil || s.Compact() == nil || s.Trouble() == nil {
		t.Error("a full disk is not reported as trouble")
	}
	disk.full = false
	if err := s.Compact(); err != nil || s.Trouble() != nil {
		t.Errorf("compacting once there is room: %v; trouble: %v", err, s.Trouble())
	}
	if got := summary(restart(t, disk).All()); got != "plain:2 " {
		t.Errorf("on disk after the compaction: %s, want %s", got, "plain:2 ")
	}
}

func TestForgettingLeavesNoAnnounceOnDisk(t *testing.T) {
	disk := &memory{}
	s := newSpool(disk)
	s.Add(pendingOf(1, started, 1, morning))
	if err := s.Forget(); err != nil || s.Len() != 0 || len(disk.records) != 0 {
		t.Errorf("Forget: %v; %d pending, %d records on disk, want none", err, s.Len(), len(disk.records))
	}
}

// FuzzSpool compares a spool with a model for any sequence of adding, superseding, delivering and restarting.
func FuzzSpool(f *testing.F) {
	f.Add([]byte{0x02, 0x00, 0x01, 0x80, 0x03})
	f.Add([]byte{0x01, 0x11, 0x23, 0x44, 0x80, 0x90, 0x02, 0xa0, 0x05})
	f.Add([]byte{0x12, 0x02, 0x03, 0x12, 0x11, 0x13, 0x02, 0x01, 0x03, 0x02, 0x90, 0x00})
	f.Fuzz(func(t *testing.T, moves []byte) {
		disk := &memory{}
		s := newSpool(disk)
		var m model
		moves = moves[:min(len(moves), 100)]
		for i, move := range moves {
			now := morning.Add(time.Duration(i) * time.Minute)
			switch e := bittorrent.Event(move & 7 % 5); {
			case move < 0x80: // add, decided up to seven minutes ago
				decided := now.Add(-time.Duration(move>>4) * time.Minute)
				s.Add(pendingOf(1, e, uint64(i), decided))
				m.add(decided, e, uint64(i))
			case move < 0x90 && len(m) > 0: // the first is delivered
				s.Remove(s.All()[0].ID)
				m = m[1:]
			case move < 0xa0: // a live one is delivered
				s.Supersede(session(1), e, now)
				m.supersede(e)
			case move < 0xb0: // the journal is compacted
				if err := s.Compact(); err != nil {
					t.Fatal(err)
				}
			default: // a kill and a restart
				s = restart(t, disk)
				m.restart()
			}
			if got := summary(s.All()); got != m.summary() {
				t.Fatalf("after move %d of %x: %s, want %s as in the model", i, moves, got, m.summary())
			}
			if got := summary(restart(t, &memory{records: disk.records}).All()); got != m.summary() {
				t.Fatalf("after move %d of %x and a restart: %s, want %s as in the model", i, moves, got, m.summary())
			}
		}
	})
}

// model is one session's queue, made only of the rules.
type model []modelled

type modelled struct {
	decided time.Time
	e       bittorrent.Event
	total   uint64
}

func (x modelled) plain() bool { return x.e == none || x.e == paused }

func (m *model) add(decided time.Time, e bittorrent.Event, total uint64) {
	x := modelled{decided, e, total}
	n := 0
	for n < len(*m) && !(*m)[n].decided.After(decided) {
		n++
	}
	if x.plain() && n < len(*m) {
		return
	}
	var next model
	for i, old := range (*m)[:n] {
		if !old.plain() && (old.e != e || i < n-1) {
			next = append(next, old)
		}
	}
	next = append(append(next, x), (*m)[n:]...)
	*m = next[max(0, len(next)-6):]
}

func (m *model) supersede(e bittorrent.Event) {
	var next model
	for _, x := range *m {
		if !x.plain() && x.e != e && (e != started || x.e != stopped) {
			next = append(next, x)
		}
	}
	*m = next
}

func (m *model) restart() {
	for i := range *m {
		(*m)[i].decided = time.Time{}
	}
}

func (m model) summary() string {
	var all []announce.Pending
	for _, x := range m {
		all = append(all, announce.Pending{Event: x.e, Reported: x.total})
	}
	return summary(all)
}

// FuzzSpoolRestore checks that no records cause a panic, now or later, and that the announces that were read are
// written and read again.
func FuzzSpoolRestore(f *testing.F) {
	disk := &memory{}
	s := newSpool(disk)
	s.Add(pendingOf(1, started, 1, morning))
	s.Add(pendingOf(1, none, 2, morning))
	s.Add(pendingOf(1, stopped, 3, morning))
	f.Add(bytes.Join(disk.records, []byte("\n")))
	f.Add([]byte("d 7\nd x\nk {}\nx\n\n"))
	f.Add(bytes.ReplaceAll(bytes.Join(disk.records, []byte("\n")), []byte(`"ID":2`), []byte(`"ID":18446744073709551615`)))
	twice := append(append([]byte(nil), disk.records[0]...), '\n')
	f.Add(append(twice, bytes.Replace(disk.records[0], []byte(`"InfoHash":[1,`), []byte(`"InfoHash":[2,`), 1)...))
	f.Fuzz(func(t *testing.T, lines []byte) {
		disk := &memory{}
		s := announce.NewSpool()
		for record := range bytes.SplitSeq(lines, []byte("\n")) {
			_ = s.Restore(record)
		}
		s.SetJournal(disk, morning)
		s.Add(pendingOf(1, completed, 4, morning))
		s.Before(session(1), completed, 5)
		for _, k := range s.All() {
			s.RecordFailure(k.ID, announce.Result{Problem: 0}, morning)
			s.RetryNow(k.ID)
		}
		if err := s.Compact(); err != nil {
			t.Fatal(err)
		}
		if got, want := summary(restart(t, disk).All()), summary(s.All()); got != want {
			t.Errorf("pending after a restart: %s, want %s", got, want)
		}
	})
}

// TestSpoolReadsRecordsOfVersion020: the names in the JSON stay those of the first version that wrote the file.
func TestSpoolReadsRecordsOfVersion020(t *testing.T) {
	const record = `k {"ID":3,"Key":{"Tracker":[1,2,0,0,0,0,0,0,0,0,0,0,0,0,0,0],"InfoHash":[3,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],` +
		`"PeerID":[4,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]},"Host":"tracker.example","Scheme":"https","Address":"tracker.example:443",` +
		`"Event":3,"Request":"R0VUIC9hbm5vdW5jZSBIVFRQLzEuMQ0KSG9zdDogdHJhY2tlci5leGFtcGxlDQoNCg==","Figure":3500,` +
		`"Said":"2026-11-01T12:00:00Z","Since":"2026-11-01T11:00:00Z","Due":"0001-01-01T00:00:00Z","Again":"2026-11-01T12:00:30Z","Tries":2,"Problem":3}`
	m := &memory{records: [][]byte{[]byte(record)}}
	all := restart(t, m).All()
	if len(all) != 1 {
		t.Fatalf("%d announces were read, want 1", len(all))
	}
	k, noon := all[0], time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	if k.ID != 3 || k.Key.InfoHash != (bittorrent.InfoHash{3}) || k.Event != stopped || k.Reported != 3500 || k.Tries != 2 ||
		k.Scheme != "https" || k.Address != "tracker.example:443" || !bytes.HasPrefix(k.Request, []byte("GET /announce HTTP/1.1\r\n")) {
		t.Errorf("read as %+v", k)
	}
	if !k.DecidedAt.Equal(noon) || !k.Since.Equal(noon.Add(-time.Hour)) || !k.Again.Equal(noon.Add(30*time.Second)) {
		t.Errorf("decided at %v, pending since %v, again at %v; want the record's times", k.DecidedAt, k.Since, k.Again)
	}
	if err := restart(t, m).Compact(); err != nil {
		t.Fatal(err)
	}
	if string(m.records[0]) != record {
		t.Errorf("written as %s, want the record as it was read", m.records[0])
	}
}

// TestAWrongClockOfAnEarlierRunDelaysNoAnnounce: an earlier run's clock was a year ahead, or its disk was damaged.
func TestAWrongClockOfAnEarlierRunDelaysNoAnnounce(t *testing.T) {
	year := 365 * 24 * time.Hour
	for name, c := range map[string]struct{ decided, again, due, wantDecided, wantAgain, wantDue time.Duration }{
		"no date is wrong":                          {-time.Minute, 20 * time.Second, time.Hour, -time.Minute, 20 * time.Second, time.Hour},
		"the clock was ahead":                       {year, year + 30*time.Second, year + time.Hour, 0, 30 * time.Second, time.Hour},
		"the dates of the next try are years ahead": {-time.Minute, year, 2 * year, -time.Minute, 0, 0},
		"only the next try is too late":             {-time.Minute, 7 * time.Hour, 0, -time.Minute, 0, 0},
	} {
		disk := &memory{}
		s := newSpool(disk)
		k := pendingOf(1, none, 5, morning.Add(c.decided))
		k.Again = morning.Add(c.again)
		if c.due > 0 {
			k.Due = morning.Add(c.due)
		}
		s.Add(k)
		again := announce.NewSpool()
		for _, r := range disk.records {
			if err := again.Restore(r); err != nil {
				t.Fatal(err)
			}
		}
		again.SetJournal(disk, morning)
		got := again.All()[0]
		for what, pair := range map[string][2]time.Time{
			"decided": {got.DecidedAt, morning.Add(c.wantDecided)}, "pending since": {got.Since, morning.Add(c.wantDecided)},
			"again": {got.Again, morning.Add(c.wantAgain)}, "due": {got.Due, morning.Add(c.wantDue)},
		} {
			want := pair[1]
			if what == "again" && c.wantAgain == 0 || what == "due" && c.wantDue == 0 {
				want = time.Time{}
			}
			if !pair[0].Equal(want) {
				t.Errorf("%s: %s at %v, want %v", name, what, pair[0], want)
			}
		}
	}
}

// stuck is a journal whose disk blocks until it is released.
type stuck struct {
	memory
	appends, release chan struct{}
}

func (j *stuck) Append(record []byte) error {
	j.appends <- struct{}{}
	<-j.release
	return j.memory.Append(record)
}

// TestAStuckDiskDelaysOnlyPendingAnnounces: pending announces are still shown, and sessions without pending
// announces continue.
func TestAStuckDiskDelaysOnlyPendingAnnounces(t *testing.T) {
	j := &stuck{appends: make(chan struct{}), release: make(chan struct{})}
	s := announce.NewSpool()
	s.SetJournal(j, morning)
	added := make(chan struct{})
	go func() {
		defer close(added)
		s.Add(pendingOf(1, started, 5, morning))
	}()
	<-j.appends
	if n, all := s.Len(), s.All(); n != 1 || len(all) != 1 { // a deadlock here fails the test
		t.Errorf("%d pending: %v; want the announce while it is being written", n, all)
	}
	if before := s.Before(session(2), none, 7); before != nil {
		t.Errorf("before another session's announce: %v, want nothing", before)
	}
	s.Supersede(session(2), none, morning)
	select {
	case <-added:
		t.Error("the announce did not wait for the disk")
	default:
	}
	close(j.release)
	<-added
	if again := restart(t, &j.memory); again.Len() != 1 {
		t.Errorf("%d pending after a restart, want 1", again.Len())
	}
}
