package swarm

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/swarmview"
	"bittoratio/gui/chart"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// The number of lookups of a quick measurement, and of a more exact one.
const (
	fewLookups  = 16
	manyLookups = 64
)

// foot is a sentence about the DHT at the bottom of the page, with a button that opens the picture of the DHT.
type foot struct {
	page     *Page
	showsDHT bool // the picture is shown
	sentence *control.Line
	button   *control.Button
	content  fyne.CanvasObject
}

func newFoot(p *Page) *foot {
	f := &foot{page: p, sentence: control.NewLine("", theme.Muted).AtLeast(120)}
	f.button = control.NewButton(lang.L("Show the DHT"), func() {
		f.showsDHT = !f.showsDHT
		f.onToggle()
	})
	f.button.Tip = lang.L("Turns between your look-ups and a picture of the DHT.")
	line := container.NewVBox(layout.NewSpacer(), f.sentence, layout.NewSpacer())
	f.content = control.Border(nil, nil, nil, f.button, container.New(layout.NewCustomPaddedLayout(0, 0, 6, 0), line))
	return f
}

// onToggle shows the picture of the DHT, or the searches again.
func (f *foot) onToggle() {
	words := lang.L("Show the DHT")
	if f.showsDHT {
		words = lang.L("Back to the searches")
	}
	if f.button.Text != words {
		f.button.SetText(words)
	}
	f.page.refresh()
}

func (f *foot) show(s *swarmview.Status) {
	words, tone := dhtSentence(s)
	if s.Announcing > 0 {
		words += " " + lang.N("Your client is announced for %d torrents.", s.Announcing)
	}
	f.sentence.Set(words, tone)
}

// dhtSentence returns the state of this computer in the DHT, in one sentence.
func dhtSentence(s *swarmview.Status) (string, theme.Tone) {
	nodes, buckets := 0, 0
	for _, f := range s.Families {
		for _, b := range f.Buckets {
			nodes += b.Good + b.Other
		}
		buckets += len(f.Buckets)
	}
	switch {
	case s.Fault == swarmview.NoInterface:
		return lang.L("Nothing is sent: the interface chosen in Settings isn't there."), theme.Warn
	case s.Fault == swarmview.NoPort:
		return lang.L("Nothing is sent: the system gives no UDP port. Choose another one in Settings."), theme.Warn
	case !s.On || nodes == 0: // its sockets are being changed now
		return lang.L("DHT: not connected yet."), theme.Muted
	}
	words := []string{lang.N("DHT: %s nodes", nodes, lang.Int(uint64(nodes))) + " " + lang.N("in %d buckets", buckets)}
	if s.Size.Nodes > 0 && !s.Measuring {
		words = append(words, lang.L("about %s in all", text.Large(s.Size.Nodes)))
	}
	if s.Full {
		words = append(words, lang.L("answers others"))
	} else {
		words = append(words, lang.L("read-only"))
	}
	return strings.Join(words, ", ") + ".", theme.Muted
}

// dht is the picture of the DHT: the IDs on a circle, the buckets as bars, and the number of nodes.
type dht struct {
	page     *Page
	v6       bool // shows the table of IPv6 instead of IPv4
	shown    swarmview.Family
	days     []swarmview.Day
	families *control.Choice
	ownID    *control.Line
	ring     *chart.Ring
	bars     *chart.Bars
	hovered  *control.Line
	size     *control.Paragraph
	measure  *control.Button
	exact    *control.Button
	stop     *control.Button
	sizes    *chart.Lines
	box      *fyne.Container
	content  *control.Card
}

func newDHT(p *Page) *dht {
	d := &dht{
		page: p, ownID: control.NewLine("", theme.Muted).AtLeast(120), ring: chart.NewRing(),
		bars:    chart.NewBars(lang.L("Good"), lang.L("Known"), func(v, _ float64) string { return strconv.Itoa(int(v)) }),
		hovered: control.NewLine("", theme.Muted).AtLeast(120), size: control.NewText("", theme.Plain), sizes: chart.NewLines(),
	}
	d.bars.OnHover = d.onHover
	d.onHover("")
	d.families = control.NewChoice([]string{lang.L("IPv4"), lang.L("IPv6")}, func(i int) {
		d.v6 = i == 1
		p.refresh()
	})
	d.families.Explained(lang.L("Shows the nodes that are reached over IPv4."), lang.L("Shows the nodes that are reached over IPv6.")).Set(0)
	title := control.NewLine(lang.L("The DHT as this computer sees it"), theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true}).AtLeast(120)
	settings := control.NewButtonWithIcon(lang.L("Settings"), fynetheme.SettingsIcon(), p.options.Settings).Explained(lang.L("Goes to the settings of the swarm."))
	off := control.NewButton(lang.L("Switch off"), func() { p.switchSwarm(false) }).Explained(lang.L("Ends all look-ups: nothing more is sent."))
	head := control.Border(nil, nil, nil, container.NewHBox(d.families.Content, settings, off), title)
	d.measure = control.NewButton(lang.L("Measure the whole DHT"), func() { d.onMeasure(fewLookups) }).Explained(lang.L("Estimates how many nodes there are in all."))
	d.exact = control.NewButton(lang.L("Measure more exactly"), func() { d.onMeasure(manyLookups) }).Explained(lang.L("Estimates it with four times as many look-ups."))
	d.stop = control.NewButtonWithIcon(lang.L("Stop"), fynetheme.MediaStopIcon(), p.options.Swarm.StopMeasuring).Explained(lang.L("Ends the measurement."))
	d.measure.Importance = widget.HighImportance
	table := container.NewGridWithColumns(2, d.ring, control.Border(nil, d.hovered, nil, nil, d.bars))
	buttons := container.NewVBox(layout.NewSpacer(), container.NewHBox(d.measure, d.exact, d.stop), layout.NewSpacer())
	size := control.Border(control.Border(nil, nil, nil, buttons, d.size.Content), nil, nil, nil, d.sizes)
	d.box = control.Border(container.NewVBox(head, d.ownID), nil, nil, nil, container.New(equalShares{}, table, size))
	d.content = control.NewCard(container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 12), d.box)))
	return d
}

// equalShares puts objects below each other, and gives each the same share of the remaining height.
type equalShares struct{}

// MinSize is part of fyne.Layout.
func (equalShares) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		least := o.MinSize()
		size = fyne.NewSize(max(size.Width, least.Width), size.Height+least.Height)
	}
	return size
}

// Layout is part of fyne.Layout.
func (s equalShares) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	more, y := max(size.Height-s.MinSize(objects).Height, 0)/float32(len(objects)), float32(0)
	for _, o := range objects {
		height := o.MinSize().Height + more
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, height))
		y += height
	}
}

func (d *dht) onHover(words string) {
	if words == "" {
		words = lang.L("Buckets of nodes: the rightmost are nearest to this one.")
	}
	d.hovered.Set(words, theme.Muted)
}

func (d *dht) onMeasure(lookups int) {
	d.page.options.Desk.Background(func() error { return d.page.options.Swarm.Measure(lookups) }, func(err error) {
		if err != nil {
			d.page.inform(lang.L("Not measured"), err)
		}
	})
}

func (d *dht) show(s *swarmview.Status) {
	if !d.content.Visible() {
		return
	}
	six := slices.ContainsFunc(s.Families, func(f swarmview.Family) bool { return f.V6 })
	control.SetVisible(d.families.Content, six)
	var family swarmview.Family
	for _, f := range s.Families {
		if f.V6 == (d.v6 && six) {
			family = f
		}
	}
	d.showFamily(family)
	changed := d.size.Set(sizeWords(s), theme.Plain)
	control.SetVisible(d.measure, !s.Measuring && (s.Size.Lookups == 0 || s.Size.Lookups >= manyLookups))
	control.SetVisible(d.exact, !s.Measuring && s.Size.Lookups > 0 && s.Size.Lookups < manyLookups)
	control.SetVisible(d.stop, s.Measuring)
	if !slices.Equal(d.days, s.Days) || d.days == nil {
		d.days = append([]swarmview.Day{}, s.Days...)
		d.sizes.Set(plotOf(d.days))
	}
	if changed {
		d.content.Refresh()
	}
}

// showFamily shows a table. It does not paint the same table again.
func (d *dht) showFamily(f swarmview.Family) {
	if f.ID == d.shown.ID && f.External == d.shown.External && slices.Equal(f.Buckets, d.shown.Buckets) && slices.Equal(f.Nodes, d.shown.Nodes) && d.shown.Buckets != nil {
		return
	}
	d.shown = f
	own := lang.L("This node's ID begins with %s.", f.ID.String()[:8])
	if f.External.IsValid() {
		own += " " + lang.L("Others see this computer as %s.", f.External)
	}
	d.ownID.Set(own, theme.Muted)
	d.ring.Set(circleOf(f))
	d.bars.Set(barsOf(f.Buckets))
}

// place returns the place of an ID on the circle, as a share of it.
func place(id bittorrent.NodeID) float64 {
	v := uint64(0)
	for _, b := range id[:8] {
		v = v<<8 | uint64(b)
	}
	return float64(v>>11) / (1 << 53)
}

// circleOf returns a table as places on a circle. Its arcs are the parts of the circle that the buckets cover.
func circleOf(f swarmview.Family) chart.Circle {
	c := chart.Circle{Own: place(f.ID), Inner: [2]string{lang.Int(uint64(len(f.Nodes))), lang.L("nodes")}}
	for _, id := range f.Nodes {
		c.Marks = append(c.Marks, place(id))
	}
	for i := range min(len(f.Buckets), 12) {
		parts := math.Exp2(float64(i + 1))
		at := math.Floor(c.Own * parts)
		if i == len(f.Buckets)-1 { // the last bucket covers this node's own part
			parts /= 2
			at = math.Floor(c.Own * parts)
		} else {
			at += 1 - 2*math.Mod(at, 2) // the other half
		}
		c.Arcs = append(c.Arcs, chart.Arc{From: at / parts, To: (at + 1) / parts})
	}
	slices.SortFunc(c.Arcs, func(a, b chart.Arc) int { return int(math.Copysign(1, a.From-b.From)) })
	c.Words = lang.N("%s nodes on the circle of all IDs; most of them are near this one.", len(f.Nodes), lang.Int(uint64(len(f.Nodes))))
	return c
}

// barsOf returns the buckets as bars, from the furthest to the one with this node.
func barsOf(buckets []swarmview.Bucket) (bars []chart.Bar) {
	for i, b := range buckets {
		bars = append(bars, chart.Bar{
			Label: strconv.Itoa(i), Lower: uint64(b.Good), Upper: uint64(b.Good + b.Other),
			Words: lang.L("Bucket %d: %d nodes, %d of them good", i, b.Good+b.Other, b.Good),
		})
	}
	return bars
}

// sizeWords returns a sentence about the number of nodes in the whole DHT.
func sizeWords(s *swarmview.Status) string {
	z := &s.Size
	switch {
	case s.Measuring && z.Nodes == 0:
		return lang.L("Measuring: %d of %d look-ups.", z.Lookups, max(s.Wanted, z.Lookups))
	case s.Measuring:
		return lang.L("Measuring: %d of %d look-ups, about %s so far.", z.Lookups, max(s.Wanted, z.Lookups), text.Large(z.Nodes))
	case z.Nodes == 0:
		return lang.L("How many nodes are there in all? Sixteen look-ups give an estimate in about a minute.")
	default:
		return lang.L("About %s in all: with 95 %% certainty between %s and %s, from %d look-ups.", text.Large(z.Nodes), text.Large(z.Low), text.Large(z.High), z.Lookups)
	}
}

// dayOf returns the label of a time below the chart; "" unless a day begins then.
func dayOf(at time.Time, _ time.Duration) string {
	if at.Hour() != 0 || at.Minute() != 0 {
		return ""
	}
	return text.Moment(at, 24*time.Hour)
}

// plotOf returns the chart of the number of nodes on each day, with the intervals.
func plotOf(days []swarmview.Day) chart.Plot {
	line := chart.Line{Name: lang.L("Nodes of the DHT, and the interval"), Tone: theme.Strong}
	p := chart.Plot{Zone: time.UTC, Base: 10, Value: text.Millions, Moment: dayOf, Empty: lang.L("Not measured yet")}
	var kept []swarmview.Day
	for _, d := range days {
		at, err := time.Parse(time.DateOnly, d.Day)
		if err != nil {
			continue
		}
		kept = append(kept, d)
		p.Times = append(p.Times, at.UnixMilli())
		line.Values, line.Low, line.High = append(line.Values, d.Nodes), append(line.Low, d.Low), append(line.High, d.High)
	}
	p.Lines = []chart.Line{line}
	p.Words = func(i int) []string {
		d := kept[i]
		return []string{time.UnixMilli(p.Times[i]).UTC().Format(lang.L("2006-01-02")), lang.L("%s nodes", text.Large(d.Nodes)), lang.L("%s to %s", text.Large(d.Low), text.Large(d.High))}
	}
	return p
}
