package text

import (
	"os"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

func TestBytesHasThreeDigitsAndBinaryUnits(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 1: "1 B", 999: "999 B", 1000: "0.98 KiB", 1024: "1.00 KiB", 10 << 10: "10.0 KiB", 123 << 10: "123 KiB",
		1023 << 10: "1.00 MiB", 1 << 20: "1.00 MiB", 13002342: "12.4 MiB", 39007027: "37.2 MiB", 1 << 30: "1.00 GiB",
		1 << 40: "1.00 TiB", 1 << 50: "1.00 PiB", 1 << 60: "1.00 EiB", 1<<64 - 1: "16.0 EiB", 10480000: "9.99 MiB",
		10484000: "10.0 MiB", 104_905_000: "100 MiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestFactorsAndCountsAreFormatted(t *testing.T) {
	if got := Times(2500); got != "2.5×" {
		t.Errorf(`Times(2500) = %q, want "2.5×"`, got)
	}
	if Count(-1) != Dash || Count(0) != "0" {
		t.Errorf("Count(-1) = %q, Count(0) = %q; want a dash and 0", Count(-1), Count(0))
	}
}

func TestTimesAreRelative(t *testing.T) {
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "now", time.Second: "now", 12 * time.Second: "12 s ago", 90 * time.Second: "1 min ago",
		65 * time.Minute: "1 h 05 ago", 76 * time.Hour: "3 d 4 h ago", -5 * time.Second: "now",
	} {
		if got := Ago(now.Add(-d), now); got != want {
			t.Errorf("Ago of %v = %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Hour: "due", 0: "due", 29 * time.Minute: "in 29 min", 5 * time.Second: "in 5 s",
	} {
		if got := Until(now.Add(d), now); got != want {
			t.Errorf("Until of %v = %q, want %q", d, got, want)
		}
	}
	if Ago(time.Time{}, now) != Dash || Until(time.Time{}, now) != Dash {
		t.Errorf("Ago = %q and Until = %q of an unknown time, want dashes", Ago(time.Time{}, now), Until(time.Time{}, now))
	}
	if got := Clock(now.Add(-time.Hour), now); got != "11:00:00" {
		t.Errorf(`an hour ago: Clock = %q, want "11:00:00"`, got)
	}
	if got := Clock(now.Add(-24*time.Hour), now); got != "07-31 12:00" {
		t.Errorf(`a day ago: Clock = %q, want "07-31 12:00"`, got)
	}
}

func TestNumbersAndTimesAreFormattedInFrench(t *testing.T) {
	if err := lang.Use("fr"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lang.Use(lang.English) })
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for got, want := range map[string]string{
		Bytes(640):       "640 o",
		Bytes(13002342):  "12,4 Mio",
		Bytes(124 << 30): "124 Gio",
		Times(2500):      "2,5×",
		Calculation(&exchange.Entry{New: 13002342, Factor: 2500, Reason: exchange.ReasonMultiplied}): "+12,4 Mio × 2,5 = +31,0 Mio",
		Clock(now.Add(-time.Hour), now):                       "11:00:00",
		Clock(now.Add(-24*time.Hour), now):                    "31/07 12:00",
		Ago(now.Add(-76*time.Hour), now):                      "il y a 3 j 4 h",
		Until(now.Add(65*time.Minute), now):                   "dans 1 h 05",
		Torrents(0) + ", " + Torrents(1) + ", " + Torrents(2): "0 torrent, 1 torrent, 2 torrents",
		Pending(1): "1 annonce en attente",
		Kind(exchange.KindAnnounce, bittorrent.EventNone): "Annonce\u00a0: mise à jour",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEveryCalculationIsExplained(t *testing.T) {
	const mib = 1 << 20
	for want, e := range map[string]exchange.Entry{
		"+12.4 MiB × 3 = +37.2 MiB":                                         {New: 13002342, Factor: 3000, Reason: exchange.ReasonMultiplied},
		"+1.00 MiB × 2.5 = +2.50 MiB":                                       {New: mib, Factor: 2500, Reason: exchange.ReasonMultiplied},
		"+1.00 MiB":                                                         {New: mib, Factor: policy.One, Reason: exchange.ReasonMultiplied},
		"0 B, baseline":                                                     {Reason: exchange.ReasonNew},
		"0 B, a new session":                                                {Reason: exchange.ReasonRestart},
		"3.00 MiB, no change":                                               {Reported: 3 * mib, Reason: exchange.ReasonSame},
		"3.00 MiB again: an older total came late":                          {Reported: 3 * mib, Reason: exchange.ReasonStale},
		"3.00 MiB, delivered late":                                          {Kind: exchange.KindRedelivered, Reported: 3 * mib},
		"+4.00 MiB held to 2.5× by your ceiling":                            {New: 4 * mib, Held: 2 * mib, Factor: 3000, Reason: exchange.ReasonCeiling},
		"+4.00 MiB held to 1× by your ceiling":                              {New: 4 * mib, Held: 8 * mib, Factor: 3000, Reason: exchange.ReasonCeiling},
		"+4.00 MiB held to 2.5× by the tracker's ceiling":                   {New: 4 * mib, Held: 2 * mib, Factor: 3000, Reason: exchange.ReasonTracker},
		"+4.00 MiB held to 1×: your ratio is reached":                       {New: 4 * mib, Held: 8 * mib, Factor: 3000, Reason: exchange.ReasonRatio},
		"+4.00 MiB × 1: without the torrent's size its ratio is not known":  {New: 4 * mib, Held: 8 * mib, Factor: 3000, Reason: exchange.ReasonNoSize},
		"+4.00 MiB × 1: the tracker sees nobody who could have received it": {New: 4 * mib, Held: 8 * mib, Factor: 3000, Reason: exchange.ReasonAlone},
		"+1.00 MiB × 1: could not be recorded":                              {New: mib, Reason: exchange.ReasonDisk},
		"8.00 EiB, the largest possible total":                              {Reported: 1<<63 - 1, Reason: exchange.ReasonLimit},
		"5.00 MiB":                                                          {Reported: 5 * mib},
		"":                                                                  {Kind: exchange.KindScrape, Reported: 5},
	} {
		if got := Calculation(&e); got != want {
			t.Errorf("reason %d: got %q, want %q", e.Reason, got, want)
		}
	}
}

func TestAnOutcomeIsDescribedWithItsReason(t *testing.T) {
	for _, c := range []struct {
		o       exchange.Outcome
		p       exchange.Problem
		failure string
		warning string
		status  int
		want    string
		tone    theme.Tone
	}{
		{want: "OK", status: 200, tone: theme.Good},
		{failure: "unregistered torrent", status: 200, want: "Refused by tracker: unregistered torrent", tone: theme.Bad},
		{warning: "be gentle", status: 200, want: "Tracker warns: be gentle", tone: theme.Warn},
		{o: exchange.OutcomeCached, p: exchange.ProblemTimeout, want: "From cache: no answer in time", tone: theme.Warn},
		{o: exchange.OutcomeFailed, p: exchange.ProblemDNS, want: "No answer: name not found", tone: theme.Bad},
		{o: exchange.OutcomeRefused, p: exchange.ProblemLoop, want: "Refused: leads back to this program", tone: theme.Bad},
		{o: exchange.OutcomePassed, want: "Passed untouched", tone: theme.Muted},
		{status: 404, want: "Tracker answered 404", tone: theme.Warn},
	} {
		got, tone := Outcome(c.o, c.p, c.failure, c.warning, c.status)
		if got != c.want || tone != c.tone {
			t.Errorf("got %q in tone %d, want %q in tone %d", got, tone, c.want, c.tone)
		}
	}
}

func TestEveryProblemHasItsOwnText(t *testing.T) {
	seen := map[string]exchange.Problem{}
	for p := exchange.ProblemDNS; p <= exchange.ProblemTLSKind; p++ {
		w := Problem(p)
		if other, twice := seen[w]; w == "" || twice {
			t.Errorf("problem %d reads %q, as problem %d does; want its own text", p, w, other)
		}
		seen[w] = p
	}
}

func TestTheStateIsDescribedInOneSentence(t *testing.T) {
	snap := engine.Snapshot{
		Addr: "127.0.0.1:8080", Torrents: make([]*engine.Torrent, 14), Hashes: 12, Trackers: make([]engine.Tracker, 3),
		Pending: make([]engine.Pending, 2),
	}
	for _, c := range []struct {
		state engine.State
		want  string
	}{
		{engine.On, "On, 127.0.0.1:8080, 12 torrents, 3 trackers, 2 announces pending"},
		{engine.Off, "Off: your clients can't reach their trackers, 2 announces pending"},
		{engine.Degraded, "On, 127.0.0.1:8080, but the data folder cannot be written"},
		{engine.Stopping, "Stopping: 3 of 5 pending announces delivered"},
	} {
		snap.State, snap.Trouble, snap.Delivery = c.state, engine.Trouble{Kind: engine.TroubleDisk}, &engine.Delivery{Delivered: 3, Left: 2}
		if got, _ := Sentence(&snap); got != c.want {
			t.Errorf("state %v: got %q, want %q", c.state, got, c.want)
		}
	}
	one := engine.Snapshot{State: engine.On, Addr: "[::1]:1", Torrents: make([]*engine.Torrent, 1), Hashes: 1, Trackers: make([]engine.Tracker, 1), Pending: make([]engine.Pending, 1)}
	if got, _ := Sentence(&one); got != "On, [::1]:1, 1 torrent, 1 tracker, 1 announce pending" {
		t.Errorf("with one of each: %q", got)
	}
}

func TestEventsAndKindsAreNamed(t *testing.T) {
	for e, want := range map[bittorrent.Event]string{
		bittorrent.EventNone: "update", bittorrent.EventStarted: "started", bittorrent.EventCompleted: "completed",
		bittorrent.EventStopped: "stopped", bittorrent.EventPaused: "paused",
	} {
		if got := Event(e); got != want {
			t.Errorf("event %d: got %q, want %q", e, got, want)
		}
	}
	if got := Kind(exchange.KindAnnounce, bittorrent.EventStarted); got != "Announce: started" {
		t.Errorf(`Kind = %q, want "Announce: started"`, got)
	}
}

func BenchmarkBytes(b *testing.B) {
	for b.Loop() {
		Bytes(13002342)
	}
}

func BenchmarkAgo(b *testing.B) {
	now := time.Now()
	for b.Loop() {
		Ago(now.Add(-12*time.Second), now)
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestTheStatusLightShowsTheWorstState(t *testing.T) {
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	torrent := func(change func(*engine.Torrent)) *engine.Torrent {
		tr := &engine.Torrent{Last: now.Add(-12 * time.Second), Next: now.Add(30 * time.Minute)}
		change(tr)
		return tr
	}
	fine := torrent(func(*engine.Torrent) {})
	cut := torrent(func(t *engine.Torrent) { t.Tracker, t.Away = "t.example", true })
	ended := torrent(func(t *engine.Torrent) { t.Tracker, t.Away, t.Event = "t.example", true, bittorrent.EventStopped })
	refused := torrent(func(t *engine.Torrent) { t.Failure = "no" })
	late := torrent(func(t *engine.Torrent) { t.Last, t.Next = now.Add(-2*time.Hour), now.Add(-40*time.Minute) })
	short := torrent(func(t *engine.Torrent) { t.Answered, t.Outcome = true, exchange.OutcomeFailed })
	long := torrent(func(t *engine.Torrent) {
		t.Answered, t.Outcome, t.Problem, t.Last = true, exchange.OutcomeCached, exchange.ProblemReset, now.Add(-longUnanswered)
	})
	old := torrent(func(t *engine.Torrent) {
		t.Last, t.Next, t.Failure = now.Add(-50*time.Hour), now.Add(-49*time.Hour), "no"
	})
	away := []engine.Tracker{{Host: "t.example", Away: true, Since: now.Add(-5 * time.Minute)}}
	for _, c := range []struct {
		what  string
		snap  engine.Snapshot
		words string
		tone  theme.Tone
		about Subject
	}{
		{"off", engine.Snapshot{Torrents: []*engine.Torrent{refused}}, "", theme.Muted, AboutAll},
		{"no announce yet", engine.Snapshot{State: engine.On}, "No announce yet", theme.Muted, AboutAll},
		{"fine", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{fine, late}}, "Last announce 12 s ago", theme.Good, AboutAll},
		{"late", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{late}}, "Nothing for 2 h 00, expected 40 min ago", theme.Warn, AboutOverdue},
		{"away", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{fine, cut}, Trackers: away}, "t.example unreachable for 5 min", theme.Warn, AboutUnreachable},
		{"away, and no client shares", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{fine, ended}, Trackers: away}, "Last announce 12 s ago", theme.Good, AboutAll},
		{"refused", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{fine, refused}, Trackers: away}, "1 torrent refused by its tracker", theme.Bad, AboutRefused},
		{"without an answer, just now", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{fine, short}}, "Last announce 12 s ago", theme.Good, AboutAll},
		{"without an answer", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{fine, long, late}}, "1 torrent without an answer from its tracker", theme.Warn, AboutUnanswered},
		{"refused long ago", engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{fine, old}}, "Last announce 12 s ago", theme.Good, AboutAll},
		{"disk", engine.Snapshot{State: engine.Degraded, Trouble: engine.Trouble{Kind: engine.TroubleDisk}}, "Nothing is multiplied: the data folder cannot be written", theme.Bad, AboutAll},
	} {
		got := LightOf(&c.snap, now)
		if later := LightOf(&c.snap, now.Add(time.Second)); later.Lasting != got.Lasting {
			t.Errorf("%s: lasting text %q, a second later %q; want the same", c.what, got.Lasting, later.Lasting)
		}
		if (got.Lasting == "") != (got.Subject == AboutAll) {
			t.Errorf("%s: lasting text %q about subject %v", c.what, got.Lasting, got.Subject)
		}
		if got.Lasting = ""; got != (Light{c.tone, c.words, c.about, ""}) {
			t.Errorf("%s: got %+v, want %+v", c.what, got, Light{c.tone, c.words, c.about, ""})
		}
	}
}

func TestTheTotalsAreSummarised(t *testing.T) {
	s := engine.Snapshot{}
	if got := Facts(&s); got != "" {
		t.Errorf("without any announce: %q, want nothing", got)
	}
	s.Totals = exchange.Sums{Seen: 3 << 30, Reported: 7 << 30}
	if got := Facts(&s); got != "In all: 3.00 GiB › 7.00 GiB reported" {
		t.Errorf("uploads only: %q", got)
	}
	s.Totals.Downloaded = 5 << 30
	if got := Facts(&s); got != "In all: 3.00 GiB › 7.00 GiB, ratio 1.40" {
		t.Errorf("with downloads: %q", got)
	}
	s.Totals.Downloaded = 0
	s.Day = exchange.LastDay{Seen: 1 << 30, Reported: 2 << 30}
	if got := Facts(&s); got != "24 h: 1.00 GiB › 2.00 GiB   In all: 3.00 GiB › 7.00 GiB reported" {
		t.Errorf("with a last day: %q", got)
	}
}
