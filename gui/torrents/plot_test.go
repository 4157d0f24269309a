package torrents

import (
	"fmt"
	"testing"

	"bittoratio/engine/exchange"
)

func TestThePlotDescribesEachPoint(t *testing.T) {
	at := now.UnixMilli()
	sum := exchange.Sums{Seen: 13002342, Reported: 39007027}
	points := []exchange.Point{
		{At: at, Reason: exchange.ReasonNew, Seeders: -1, Leechers: 2},
		{At: at + 1000, Seen: 13002342, Reported: 39007027, Sum: sum, New: 13002342, Factor: 3000, Reason: exchange.ReasonMultiplied, Seeders: 3, Gap: true},
		{At: at + 2000, Seen: 1000, Reported: 39007027, Sum: sum, Reason: exchange.ReasonStale, Seeders: 3},
		{At: at + 3000, Reported: 5, Sum: sum, Kind: exchange.KindRedelivered, Seeders: 4},
		{At: at + 4000, Reported: 1, Seen: 1, Sum: sum, Reason: exchange.ReasonRestart, Seeders: 4},
	}
	for _, c := range []struct {
		peers bool
		lines string
		words []string
	}{
		{false, "[0 3.9007027e+07 3.9007027e+07 NaN 3.9007027e+07] [0 1.3002342e+07 1.3002342e+07 NaN 1.3002342e+07]", []string{
			"[2026-08-01 12:00:00 Reported: 0 B Uploaded: 0 B]", "[2026-08-01 12:00:01 Reported: 37.2 MiB Uploaded: 12.4 MiB]",
			"[2026-08-01 12:00:02 Reported: 37.2 MiB Uploaded: 12.4 MiB]", "[2026-08-01 12:00:03]",
		}},
		{true, "[NaN 3 3 4 4] [2 0 0 0 0]", []string{
			"[2026-08-01 12:00:00 Seeders: – Leechers: 2]", "[2026-08-01 12:00:01 Seeders: 3 Leechers: 0]",
			"[2026-08-01 12:00:02 Seeders: 3 Leechers: 0]", "[2026-08-01 12:00:03 Seeders: 4 Leechers: 0]",
		}},
	} {
		p := plotOf(points, c.peers, now.Location())
		if got := fmt.Sprint(p.Lines[0].Values, p.Lines[1].Values); got != c.lines || fmt.Sprint(p.Breaks) != "[false true false false false]" {
			t.Errorf("lines %s with breaks %v, want %s with one before the second point", got, p.Breaks, c.lines)
		}
		for i, want := range c.words {
			if got := fmt.Sprint(p.Words(i)); got != want {
				t.Errorf("tooltip of point %d: got %s, want %s", i, got, want)
			}
		}
	}
}
