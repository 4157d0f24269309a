//go:build !nogui

package torrents

import (
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/chart"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// detail is a card with what a row has no room for.
type detail struct {
	page   *Page
	series series
	hash   bittorrent.InfoHash
	peers  bool // the chart shows peers, not bytes
	now    time.Time

	name, who, figures, caption *control.Line
	said                        *widget.Label // what the tracker said, in full
	copy                        *control.Copy
	turn, factor, tracker       *control.Button
	chart                       *chart.Lines
	list                        *grid.Grid
	content                     *control.Card
}

func newDetail(p *Page) *detail {
	d := &detail{
		page:    p,
		series:  series{options: &p.options},
		name:    control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true}).AtLeast(120),
		who:     control.NewLine("", theme.Muted).AtLeast(120),
		figures: control.NewLine("", theme.Plain).AtLeast(120),
		caption: control.NewLine("", theme.Muted).Sized(fynetheme.SizeNameCaptionText).AtLeast(100),
		said:    widget.NewLabel(""),
		chart:   chart.NewLines(),
	}
	d.said.Wrapping = fyne.TextWrapWord
	d.copy = control.NewCopy(lang.L("Copy hash"), func() string { return d.hash.String() }, p.options.Now)
	d.factor = control.NewButton("", func() {
		if row := p.rows.find(d.series.id); row >= 0 {
			p.enterTorrentFactor(p.rows.at(row))
		}
	})
	d.tracker = control.NewButton(lang.L("Tracker…"), func() {
		if row := p.rows.find(d.series.id); row >= 0 {
			p.options.Tracker(p.rows.at(row).Tracker)
		}
	})
	shut := control.NewButtonWithIcon("", fynetheme.CancelIcon(), p.onClose)
	d.turn = control.NewButton("", d.onTurn)
	for _, b := range []*control.Button{&d.copy.Button, shut, d.turn, d.factor, d.tracker} {
		b.Importance = widget.LowImportance
	}
	d.chart.OnHover = func(words string) { d.say(words) }
	d.list = grid.New([]grid.Column{{Title: lang.L("Time"), Min: 76}, {Title: lang.L("Figure"), Min: 150, Weight: 2}, {Title: lang.L("Outcome"), Min: 90, Weight: 2}}, d.cells)
	head := control.Border(nil, nil, nil, container.NewHBox(d.factor, d.tracker, d.copy, shut), d.name)
	lines := container.NewVBox(head, d.who, d.figures)
	plot := control.Border(control.Border(nil, nil, nil, d.turn, d.caption), nil, nil, nil, d.chart)
	middle := container.NewGridWithColumns(2, plot, control.NewFrame(d.list))
	d.content = control.NewCard(control.Border(lines, d.said, nil, nil, middle))
	d.content.Hide()
	return d
}

func (d *detail) show(t *engine.Torrent, now time.Time) {
	control.SetVisible(d.content, t != nil)
	d.copy.Settle(now)
	if t == nil {
		d.series.leave()
		d.list.Update(0) // a new theme draws what is hidden too
		return
	}
	d.now = now
	d.name.Set(title(t), theme.Plain)
	d.hash = t.InfoHash
	d.who.Set(about(t, now)+", "+t.InfoHash.String(), theme.Muted)
	d.figures.Set(figures(t, d.page.ruleOf(t.Tracker)), theme.Plain)
	if words := lang.L("Multiplier %s…", text.Times(t.Factor)); d.factor.Text != words {
		d.factor.SetText(words)
	}
	said := sayings(t)
	if d.said.Text != said {
		d.said.SetText(said)
	}
	control.SetVisible(d.said, said != "")
	if d.series.follow(t, d.draw) {
		d.draw()
	}
	d.list.Update(len(d.series.points))
}

// figures are what was said and told, and what applies from now on.
func figures(t *engine.Torrent, rule engine.TrackerRule) string {
	words := lang.L("The client says %s, the tracker was told %s: %s added, now at %s", text.Bytes(t.Seen), text.Bytes(t.Reported), text.Bytes(t.Credit()), text.Times(t.Factor))
	if rule.Ceiling != 0 || rule.StopAt != 0 {
		rule.Factor = 0 // which is said already, where it is in force
		words += ", " + lang.L("for this tracker %s", text.Rule(rule))
	}
	return words
}

// about is who shares a torrent, and what is known of it.
func about(t *engine.Torrent, now time.Time) string {
	words := []string{t.Client, t.Tracker}
	if t.Size > 0 {
		words = append(words, text.Bytes(t.Size))
	}
	if t.Private {
		words = append(words, lang.L("private"))
	}
	return strings.Join(append(words, lang.L("first seen %s", text.Ago(t.First, now))), ", ")
}

// sayings are the tracker's own words, in full.
func sayings(t *engine.Torrent) string {
	var words []string
	if t.Failure != "" {
		words = append(words, lang.L("Tracker says no: %s", t.Failure))
	}
	if t.Warning != "" {
		words = append(words, lang.L("Tracker warns: %s", t.Warning))
	}
	return strings.Join(words, "\n")
}

func (d *detail) onTurn() {
	d.peers = !d.peers
	d.draw()
}

// draw shows the points in the chart.
func (d *detail) draw() {
	turn := lang.L("Show peers")
	if d.peers {
		turn = lang.L("Show bytes")
	}
	if d.turn.Text != turn {
		d.turn.SetText(turn)
	}
	d.chart.Set(plotOf(d.series.points, d.peers, d.now))
	d.say("")
}

// say is what the chart shows, or what it says of the point under the pointer.
func (d *detail) say(words string) {
	switch {
	case words != "":
	case d.series.reading:
		words = lang.L("Reading earlier announces…")
	case len(d.series.points) == 0:
		words = lang.L("No announce is kept")
	case d.peers:
		words = lang.L("Seeders and leechers over time")
	default:
		words = lang.L("Seen and told over time")
	}
	d.caption.Set(words, theme.Muted)
}

// plotOf is the chart of a torrent's announces: what was told over what was seen, or its peers.
func plotOf(points []engine.Point, peers bool, now time.Time) chart.Plot {
	n := len(points)
	p := chart.Plot{Times: make([]int64, n), Base: 1024, Value: func(v float64) string { return text.Bytes(uint64(v)) }}
	one, two := make([]float64, n), make([]float64, n)
	for i := range points {
		at := &points[i]
		p.Times[i] = at.At
		one[i], two[i] = float64(at.Reported), float64(at.Seen)
		if peers {
			one[i], two[i] = count(at.Seeders), count(at.Leechers)
		}
	}
	p.Lines = []chart.Line{{Values: one, Tone: theme.Strong, Filled: !peers}, {Values: two, Tone: theme.Muted}}
	if peers {
		p.Base, p.Value = 10, func(v float64) string { return text.Count(int64(v)) }
		p.Lines[0].Tone, p.Lines[1].Tone = theme.Good, theme.Warn
	}
	if n > 0 {
		p.From, p.To = text.Clock(time.UnixMilli(points[0].At), now), text.Clock(time.UnixMilli(points[n-1].At), now)
	}
	p.Words = func(i int) string {
		at := &points[i]
		clock := text.Clock(time.UnixMilli(at.At), now)
		if peers {
			return lang.L("%s: %s seeders, %s leechers", clock, text.Count(int64(at.Seeders)), text.Count(int64(at.Leechers)))
		}
		return lang.L("%s: seen %s, told %s", clock, text.Bytes(at.Seen), text.Bytes(at.Reported))
	}
	return p
}

// count is a number of peers; a gap where it is not known.
func count(n int32) float64 {
	if n < 0 {
		return math.NaN()
	}
	return float64(n)
}

// cells are one announce with the reason of its figure, the newest on top.
func (d *detail) cells(row int, out []grid.Cell) {
	at := &d.series.points[len(d.series.points)-1-row]
	e := at.Entry()
	outcome, tone := text.Outcome(e.Outcome, e.Problem, e.Failure, e.Warning, e.Status)
	out[0] = grid.Cell{Text: text.Clock(time.UnixMilli(at.At), d.now), Tone: theme.Muted}
	out[1] = grid.Cell{Text: text.Figure(&e)}
	out[2] = grid.Cell{Text: outcome, Tone: tone}
}
