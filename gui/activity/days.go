package activity

import (
	"time"

	"fyne.io/fyne/v2/container"

	"bittoratio/engine/exchange"
	"bittoratio/gui/chart"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// days is the chart of what was uploaded and reported on each day.
type days struct {
	bars    *chart.Bars
	words   *control.Line
	sum     string // shown while the pointer is not on a day
	content *control.Card
}

func newDays() *days {
	d := &days{bars: chart.NewBars(lang.L("Uploaded"), lang.L("Reported"), text.BytesOf), words: control.NewLine("", theme.Plain).AtLeast(100)}
	d.bars.OnHover = func(words string) {
		if words == "" {
			words = d.sum
		}
		d.words.Set(words, theme.Plain)
	}
	d.content = control.NewCard(container.NewVBox(d.words, d.bars))
	d.content.Hide()
	return d
}

// shown is how many days the chart has at most.
const shown = 31

func (d *days) show(list []exchange.Day) {
	bars, sum := barsOf(list)
	d.sum = sum
	d.words.Set(sum, theme.Plain)
	d.bars.Set(bars)
	control.SetVisible(d.content, true)
}

// barsOf returns the newest days as bars, including days on which nothing happened, and the sum of all.
func barsOf(list []exchange.Day) (bars []chart.Bar, sum string) {
	var seen, reported uint64
	var last time.Time
	for _, s := range list {
		day, err := time.Parse("20060102", s.Day)
		if err != nil {
			continue
		}
		for gap := last.AddDate(0, 0, 1); !last.IsZero() && gap.Before(day) && len(bars) < 10*shown; gap = gap.AddDate(0, 0, 1) {
			bars = append(bars, chart.Bar{Label: gap.Format(lang.L("Jan 2")), Words: lang.L("%s: nothing", gap.Format(lang.L("2006-01-02")))})
		}
		last = day
		bars = append(bars, chart.Bar{
			Label: day.Format(lang.L("Jan 2")), Lower: s.Seen, Upper: s.Reported,
			Words: lang.N("%s: %s uploaded, %s reported, %s exchanges", int(s.Exchanges), day.Format(lang.L("2006-01-02")), text.Bytes(s.Seen), text.Bytes(s.Reported), lang.Int(s.Exchanges)),
		})
	}
	bars = bars[max(0, len(bars)-shown):]
	for _, s := range list[max(0, len(list)-shown):] {
		seen, reported = seen+s.Seen, reported+s.Reported
	}
	if len(bars) == 0 {
		return nil, lang.L("Nothing is stored yet")
	}
	return bars, lang.N("Last %d days: %s uploaded, %s reported", len(bars), len(bars), text.Bytes(seen), text.Bytes(reported))
}
