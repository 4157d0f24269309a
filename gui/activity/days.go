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

// maxDays is how many days the chart has at most.
const maxDays = 31

func (d *days) show(list []exchange.Day) {
	bars, sum := barsOf(list)
	d.sum = sum
	d.words.Set(sum, theme.Plain)
	d.bars.Set(bars)
	control.SetVisible(d.content, true)
}

// barsOf returns the newest days as bars, including days on which nothing happened, and the sum of those days.
func barsOf(list []exchange.Day) (bars []chart.Bar, sum string) {
	first, last, by := time.Time{}, time.Time{}, make(map[time.Time]exchange.Day, len(list))
	for _, s := range list {
		if day, err := time.Parse("20060102", s.Day); err == nil {
			by[day], last = s, day
			if first.IsZero() {
				first = day
			}
		}
	}
	if last.IsZero() {
		return nil, lang.L("Nothing is stored yet")
	}
	if from := last.AddDate(0, 0, 1-maxDays); from.After(first) {
		first = from
	}
	var seen, reported uint64
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		bar, date := chart.Bar{Label: day.Format(lang.L("Jan 2"))}, day.Format(lang.L("2006-01-02"))
		if s, some := by[day]; some {
			bar.Lower, bar.Upper = s.Seen, s.Reported
			bar.Words = lang.N("%s: %s uploaded, %s reported, %s exchanges", int(s.Exchanges), date, text.Bytes(s.Seen), text.Bytes(s.Reported), lang.Int(s.Exchanges))
			seen, reported = seen+s.Seen, reported+s.Reported
		} else {
			bar.Words = lang.L("%s: nothing", date)
		}
		bars = append(bars, bar)
	}
	return bars, lang.N("Last %d days: %s uploaded, %s reported", len(bars), len(bars), text.Bytes(seen), text.Bytes(reported))
}
