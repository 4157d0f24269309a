package torrents

import (
	"math"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/gui/chart"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// plotOf returns the chart of a torrent's announces: reported and uploaded totals, or its peers.
func plotOf(points []exchange.Point, peers bool, zone *time.Location) chart.Plot {
	n := len(points)
	p := chart.Plot{Times: make([]int64, n), Breaks: make([]bool, n), Zone: zone, Base: 1024, Value: text.BytesOf, Moment: text.Moment}
	one, two := make([]float64, n), make([]float64, n)
	for i := range points {
		at := &points[i]
		p.Times[i], p.Breaks[i] = at.At, at.Gap
		if peers {
			one[i], two[i] = count(at.Seeders), count(at.Leechers)
		} else {
			one[i], two[i] = totals(at)
		}
	}
	p.Lines = []chart.Line{
		{Name: lang.L("Reported"), Values: one, Tone: theme.Strong, Filled: true},
		{Name: lang.L("Uploaded"), Values: two, Tone: theme.Plain, Dashed: true},
	}
	p.Words = func(i int) []string { return pointText(&points[i], peers, zone) }
	if peers {
		p.Base, p.Value = 10, func(v, _ float64) string { return text.Count(int64(v)) }
		p.Lines[0] = chart.Line{Name: lang.L("Seeders"), Values: one, Tone: theme.Good}
		p.Lines[1] = chart.Line{Name: lang.L("Leechers"), Values: two, Tone: theme.Warn, Dashed: true}
	}
	return p
}

// pointText returns the text for a point.
func pointText(at *exchange.Point, peers bool, zone *time.Location) []string {
	out := []string{text.Instant(time.UnixMilli(at.At).In(zone))}
	if peers {
		return append(out, lang.L("Seeders: %s", text.Count(int64(at.Seeders))), lang.L("Leechers: %s", text.Count(int64(at.Leechers))))
	}
	reported, seen := totals(at)
	for _, line := range []struct {
		text  string
		value float64
	}{{lang.L("Reported"), reported}, {lang.L("Uploaded"), seen}} {
		if !math.IsNaN(line.value) {
			out = append(out, lang.L("%s: %s", line.text, text.Bytes(uint64(line.value))))
		}
	}
	return out
}

// totals returns the torrent's totals after an announce, in bytes. For the delivery of a pending announce it returns
// NaN, which the chart draws as a gap: that total is from an earlier moment.
func totals(at *exchange.Point) (reported, seen float64) {
	if at.Kind == exchange.KindRedelivered {
		return math.NaN(), math.NaN()
	}
	return float64(at.Sum.Reported), float64(at.Sum.Seen)
}

// count returns a number of peers; NaN, a gap in the chart, if it is not known.
func count(n int32) float64 {
	if n < 0 {
		return math.NaN()
	}
	return float64(n)
}
