package text

import (
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/checks"
	"bittoratio/gui/theme"
)

// TestNoCheckIsCalledPassedWithoutData: without any data the text must not claim that a check passes.
func TestNoCheckIsCalledPassedWithoutData(t *testing.T) {
	summary, facts := Noticed(&checks.Noticed{Line: 1})
	if summary.Tone != theme.Muted {
		t.Errorf("summary %+v, want a muted tone", summary)
	}
	for _, f := range facts {
		if f.Tone != theme.Muted || f.Words == "" || f.Title == "" {
			t.Errorf("fact %+v, want a title and words in a muted tone", f)
		}
	}
}

func TestEachFindingIsExplainedWithItsNumbers(t *testing.T) {
	n := checks.Noticed{Since: time.Unix(1, 0), Began: true, Counted: true, Rate: 9 << 20, Line: checks.DefaultLine / 8}
	summary, facts := Noticed(&n)
	if summary.Tone != theme.Good || summary.Words != "None of these five checks fires; a tracker may have others." {
		t.Errorf("without findings the summary is %+v", summary)
	}
	if got := facts[checks.Speed].Words; got != "9.00 MiB/s at most; a line of 100 Mbit/s carries 11.9 MiB/s. You have set no ceiling." {
		t.Errorf("without findings the speed reads %q", got)
	}
	for c, want := range []string{
		"5.00 MiB was reported as uploaded before the client started.",
		"The total fell from 2.00 MiB to 5.00 MiB.",
		"3.00 MiB was added while nobody in the swarm could have received it.",
		"The client announces port 1, so nobody can connect to it.",
		"40.0 MiB/s between two announces; a line of 100 Mbit/s carries 11.9 MiB/s. You have set no ceiling.",
	} {
		n.Findings = []checks.Finding{{Check: checks.Check(c), At: n.Since, Before: 2 << 20, Now: 5 << 20, Rate: 40 << 20, Line: n.Line, Port: 1}}
		summary, facts := Noticed(&n)
		if got := facts[c]; got.Words != want || got.Tone != theme.Warn || summary.Tone != theme.Warn {
			t.Errorf("check %d: got %+v, summary %+v; want %q and warnings", c, got, summary, want)
		}
	}
}

func TestACellNamesTheChecksThatFired(t *testing.T) {
	for _, c := range []struct {
		torrent engine.Torrent
		want    string
	}{
		{engine.Torrent{}, Dash},
		{engine.Torrent{Answered: true}, "None"},
		{engine.Torrent{Noticed: checks.Set(0).With(checks.Speed).With(checks.Alone)}, "Receivers, Speed"},
	} {
		if got, _ := Checks(&c.torrent); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.torrent, got, c.want)
		}
	}
}

// TestARatioDividesByTheDownloadOrElseByTheSize: for a torrent that is only seeded, the upload is divided by its size.
// If there is nothing to divide by, there is no ratio.
func TestARatioDividesByTheDownloadOrElseByTheSize(t *testing.T) {
	for _, c := range []struct {
		torrent engine.Torrent
		want    string
	}{
		{engine.Torrent{Reported: 30, Downloaded: 20, Size: 999}, "1.50"},
		{engine.Torrent{Reported: 30, Size: 20}, "1.50"},
		{engine.Torrent{Reported: 30, Left: 20, Size: 20}, ""},
		{engine.Torrent{Reported: 30}, ""},
		{engine.Torrent{Reported: 12345, Downloaded: 100}, "123"},
	} {
		got := ""
		if ratio, ok := RatioOf(&c.torrent); ok {
			got = Ratio(ratio)
		}
		if got != c.want {
			t.Errorf("%+v: ratio %q, want %q", c.torrent, got, c.want)
		}
	}
}
