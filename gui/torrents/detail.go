package torrents

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/chart"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// detail is a card with everything about a torrent that does not fit into its row.
type detail struct {
	page   *Page
	series series
	hash   bittorrent.InfoHash
	peers  bool  // the chart shows peers instead of bytes
	chosen int64 // time of the announce that is shown in full; 0 for none
	now    time.Time

	name, about, figures         *control.Line
	message                      *widget.Label // an announce in full, or the tracker's messages
	copy                         *control.Copy
	switchChart, factor, tracker *control.Button
	chart                        *chart.Lines
	list                         *grid.Grid
	sessions                     *sessionList
	noticed                      *noticed
	side                         *side
	content                      *container.Scroll
}

// minDetailHeight is the height of the detail that is always visible in a small window; the rest scrolls.
const minDetailHeight float32 = 56

func newDetail(p *Page) *detail {
	d := &detail{
		page:    p,
		series:  series{options: &p.options},
		name:    control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true}).AtLeast(120),
		about:   control.NewLine("", theme.Muted).AtLeast(120),
		figures: control.NewLine("", theme.Plain).AtLeast(120),
		message: widget.NewLabel(""),
		chart:   chart.NewLines(),
	}
	d.message.Wrapping = fyne.TextWrapWord
	d.copy = control.NewCopy(lang.L("Copy hash"), func() string { return d.hash.String() }, p.options.Desk.Now)
	d.factor = control.NewButton("", func() {
		if row := p.rows.find(d.series.id); row >= 0 {
			p.enterFactor([]*engine.Torrent{p.rows.at(row)})
		}
	})
	d.tracker = control.NewButton(lang.L("Tracker…"), d.onTracker)
	shut := control.NewButtonWithIcon("", fynetheme.CancelIcon(), p.onClose)
	shut.Name = lang.L("Close")
	d.switchChart = control.NewButton("", d.onSwitchChart)
	d.factor.Tip = lang.L("Gives this torrent a multiplier of its own.")
	d.tracker.Tip = lang.L("Gives this tracker a multiplier and guards of its own.")
	d.copy.Tip = lang.L("Copies the info hash.")
	d.switchChart.Tip = lang.L("Turns the chart between bytes and peers.")
	for _, b := range []*control.Button{&d.copy.Button, shut, d.switchChart, d.factor, d.tracker} {
		b.Importance = widget.LowImportance
	}
	d.list = grid.New([]grid.Column{
		{Title: lang.L("Time"), Tip: lang.L("When it happened."), Min: 76},
		{Title: lang.L("Calculation"), Tip: lang.L("What was new, times the multiplier, is what was added to the reported total."), Min: 150, Weight: 2},
		{Title: lang.L("Outcome"), Tip: lang.L("How it ended: what the tracker answered, or why it did not."), Min: 90, Weight: 2},
	}, func() int { return len(d.series.points) }, d.cells)
	d.list.OnSelect = d.onAnnounce
	head := control.Border(nil, nil, nil, container.NewHBox(d.factor, d.tracker, d.copy, shut), d.name)
	lines := container.NewVBox(head, d.about, d.figures)
	turn := container.NewVBox(container.NewHBox(layout.NewSpacer(), d.switchChart)) // at the end of the legend
	plot := container.NewStack(d.chart, turn)
	d.sessions, d.noticed = newSessionList(), newNoticed(d.onTracker, d.onGuard)
	d.side = newSide([sides]fyne.CanvasObject{control.NewFrame(d.list), control.NewFrame(d.sessions.grid), control.NewFrame(d.noticed.content)}, p.refresh)
	middle := container.NewGridWithColumns(2, plot, d.side.content)
	d.content = container.NewVScroll(control.NewCard(control.Border(lines, control.Readable(d.message), nil, nil, middle)))
	d.content.SetMinSize(fyne.NewSize(0, minDetailHeight))
	d.content.Hide()
	return d
}

func (d *detail) show(t *engine.Torrent, now time.Time) {
	if d.content.Visible() != (t != nil) {
		control.SetVisible(d.content, t != nil)
		d.page.split.Refresh()
	}
	d.copy.Settle(now)
	if t == nil {
		d.series.leave()
		return
	}
	d.now = now
	d.name.Set(title(t), theme.Plain)
	d.hash = t.InfoHash
	d.about.Set(about(t, now)+", "+t.InfoHash.String(), theme.Muted)
	d.figures.Set(figures(t, d.page.ruleOf(t.Tracker)), theme.Plain)
	if words := lang.L("Multiplier %s…", text.Times(t.Factor)); d.factor.Text != words {
		d.factor.SetText(words)
	}
	if d.series.id != t.ID {
		d.chosen = 0
	}
	if d.series.follow(t, d.draw) {
		d.draw()
	}
	d.list.Update()
	d.showMessage(t)
	d.showSide(t)
}

// showSide shows the chosen side. It asks the engine only for what is visible.
func (d *detail) showSide(t *engine.Torrent) {
	d.side.setLabels(t.Sessions, checksFired(t))
	switch d.side.chosen {
	case sideSessions:
		d.sessions.show(d.page.options.Engine.Sessions(t.ID), t.Sessions, d.now)
	case sideNoticed:
		what := d.page.options.Engine.Noticed(t.ID)
		d.noticed.show(&what, d.page.ruleOf(t.Tracker).Alone, d.now)
	}
}

// onGuard switches the guard of the torrent's tracker, which adds nothing while the tracker counts no peer that could
// have received it.
func (d *detail) onGuard(on bool) {
	row := d.page.rows.find(d.series.id)
	if row < 0 {
		return
	}
	host := d.page.rows.at(row).Tracker
	rule := d.page.ruleOf(host)
	rule.Alone = on
	o := d.page.options
	o.Desk.Background(func() error { return o.Engine.SetTrackerRule(host, rule) }, func(err error) {
		if err != nil {
			o.Desk.Inform(lang.L("The guard could not be set"), text.Error(err))
		}
	})
}

// onTracker opens the rules of the torrent's tracker.
func (d *detail) onTracker() {
	if row := d.page.rows.find(d.series.id); row >= 0 {
		d.page.options.Tracker(d.page.rows.at(row).Tracker)
	}
}

// figures returns the uploaded and reported totals, and the factor and rules that apply from now on.
func figures(t *engine.Torrent, rule policy.TrackerRule) string {
	words := lang.L("%s uploaded, %s reported, %s added, %s downloaded", text.Bytes(t.Seen), text.Bytes(t.Reported), text.Bytes(t.Credit()), text.Bytes(t.Downloaded))
	if ratio, ok := text.RatioOf(t); ok {
		words += ", " + lang.L("ratio %s", text.Ratio(ratio))
	}
	words += ", " + lang.L("now at %s", text.Times(t.Factor))
	if rule.Ceiling != 0 || rule.StopAt != 0 {
		rule.Factor = 0 // shown already, if it applies
		words += ", " + lang.L("for this tracker %s", text.Rule(rule))
	}
	return words
}

// showMessage shows the chosen announce in full, or else the messages about the torrent.
func (d *detail) showMessage(t *engine.Torrent) {
	points, row := d.series.points, -1
	if d.chosen != 0 { // there may be ten thousand, so they are searched only if needed
		for i := range points {
			if points[i].At == d.chosen {
				row = len(points) - 1 - i
			}
		}
	}
	message := messages(t, len(d.page.databases) > 0)
	if row >= 0 {
		message = announceText(&points[len(points)-1-row], d.now.Location())
	}
	d.list.Mark(row)
	if d.message.Text != message {
		d.message.SetText(message)
	}
	control.SetVisible(d.message, message != "")
}

// onAnnounce chooses an announce in the list.
func (d *detail) onAnnounce(row int) {
	d.chosen = 0
	if row >= 0 {
		d.chosen = d.series.points[len(d.series.points)-1-row].At
	}
	d.page.refresh()
}

// about returns who shares a torrent, and what is known about it.
func about(t *engine.Torrent, now time.Time) string {
	words := []string{clientsOf(t), t.Tracker}
	if t.Sessions > 1 {
		words = append(words, lang.N("%d sessions", t.Sessions, t.Sessions))
	}
	if t.Size > 0 {
		words = append(words, text.Bytes(t.Size))
	}
	if t.Private {
		words = append(words, lang.L("private"))
	}
	return strings.Join(append(words, lang.L("first seen %s", text.Ago(t.First, now))), ", ")
}

// messages returns the tracker's messages in full, and what to do if the torrent's name is not known.
func messages(t *engine.Torrent, database bool) string {
	words := trackerMessages(t.Failure, t.Warning)
	switch {
	case t.Name != "":
	case database && strings.HasPrefix(t.Client, "qBittorrent"):
		words = append(words, lang.L("qBittorrent keeps its torrents in a database, which is not read, so their names are not known. Drop .torrent files on this window, or add a folder of them in Settings."))
	default:
		words = append(words, lang.L("Name unknown. Drop its .torrent file on this window, or paste its magnet link above the list."))
	}
	return strings.Join(words, "\n")
}

// trackerMessages returns a sentence for each message of a tracker that is not empty: its failure reason, its warning.
func trackerMessages(failure, warning string) (words []string) {
	if failure != "" {
		words = append(words, lang.L("Refused by tracker: %s", failure))
	}
	if warning != "" {
		words = append(words, lang.L("Tracker warns: %s", warning))
	}
	return words
}

// announceText returns everything about one announce.
func announceText(at *exchange.Point, zone *time.Location) string {
	e := at.Entry()
	words := []string{text.Instant(time.UnixMilli(at.At).In(zone)), text.Kind(e.Kind, e.Event), text.Calculation(&e)}
	if e.Reported > 0 {
		words = append(words, lang.L("%s reported in all", text.Bytes(e.Reported)))
	}
	message := trackerMessages(e.Failure, e.Warning)
	if len(message) == 0 {
		outcome, _ := text.Outcome(e.Outcome, e.Problem, "", "", e.Status)
		message = []string{outcome}
	}
	return strings.Join(append([]string{strings.Join(words, ", ")}, message...), "\n")
}

func (d *detail) onSwitchChart() {
	d.peers = !d.peers
	d.draw()
}

// draw shows the points in the chart.
func (d *detail) draw() {
	turn := lang.L("Show peers")
	if d.peers {
		turn = lang.L("Show bytes")
	}
	if d.switchChart.Text != turn {
		d.switchChart.SetText(turn)
	}
	p := plotOf(d.series.points, d.peers, d.now.Location())
	if p.Empty = lang.L("No announces recorded yet"); d.series.reading {
		p.Empty = lang.L("Reading earlier announces…")
	}
	d.chart.Set(p)
}

// cells fills one row with an announce and the reason of its total, the newest on top.
func (d *detail) cells(row int, out []grid.Cell) {
	at := &d.series.points[len(d.series.points)-1-row]
	e := at.Entry()
	outcome, tone := text.Outcome(e.Outcome, e.Problem, e.Failure, e.Warning, e.Status)
	out[0] = grid.Cell{Text: text.Clock(time.UnixMilli(at.At), d.now), Tone: theme.Muted}
	out[1] = grid.Cell{Text: text.Calculation(&e)}
	out[2] = grid.Cell{Text: outcome, Tone: tone}
}
