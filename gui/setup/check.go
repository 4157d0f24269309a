package setup

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/check"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// liveCheck waits for the chosen client's first announce and turns green, or shows why none came.
type liveCheck struct {
	engine Engine
	now    func() time.Time

	announces func(key string) bool // reports whether the card of the client with a key shows that it announces

	client  clients.Client
	guide   clients.Guide
	started bool
	onlyNew bool   // count only what comes from now on: the user asked for it, or something was changed
	since   uint64 // only exchanges after this one count
	start   time.Time
	seq     uint64           // number of the newest exchange that entries may have
	entries []exchange.Entry // since the check began
	finding check.Finding

	icon     *canvas.Image
	title    *control.Line
	advice   *widget.RichText
	content  *control.Card
	onResize func() // called when the height may have changed
}

// maxEntriesKept limits the exchanges that a check keeps while its page is not visible.
const maxEntriesKept = 5000

func newLiveCheck(e Engine, now func() time.Time) *liveCheck {
	c := &liveCheck{engine: e, now: now, announces: func(string) bool { return false }, onResize: func() {}}
	c.icon = canvas.NewImageFromResource(fynetheme.NewDisabledResource(fynetheme.HistoryIcon()))
	c.icon.FillMode = canvas.ImageFillContain
	c.icon.SetMinSize(fyne.NewSquareSize(26))
	c.title = control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(200)
	c.advice = widget.NewRichText(&widget.TextSegment{Style: widget.RichTextStyle{ColorName: fynetheme.ColorNameForeground, SizeName: fynetheme.SizeNameText}})
	c.advice.Wrapping = fyne.TextWrapWord
	again := control.NewButton(lang.L("Check again"), c.begin).Explained(lang.L("Waits for the next announce as if none had come yet."))
	text := container.NewVBox(c.title, control.Readable(control.Unpadded(c.advice)))
	c.content = control.NewStrip(control.Border(nil, nil, container.NewCenter(c.icon), inset(container.NewCenter(again)), inset(text)))
	return c
}

// watch starts to wait for another client, or takes another guide of the same client. If the client's card shows that
// it announces, its last announce counts. Otherwise the check would wait for a first announce beside that card.
func (c *liveCheck) watch(client clients.Client, guide clients.Guide) {
	other := client.Key != c.client.Key
	c.client, c.guide = client, guide
	if other {
		c.begin()
		c.onlyNew = false
	}
}

// begin forgets all exchanges so far. The check counts from the next call of show.
func (c *liveCheck) begin() {
	c.started, c.onlyNew = false, true
	c.entries = nil
	c.finding = check.Finding{}
	c.paint()
}

// show judges the exchanges since the check began, and shows the result if it changed. Once green, it stays green.
func (c *liveCheck) show(snap *engine.Snapshot, now time.Time) {
	if !c.started {
		c.started, c.since, c.seq, c.start = true, snap.Seq, snap.Seq, now
	}
	if c.finding.Verdict == check.Connected {
		return
	}
	if !c.onlyNew && c.announces(c.client.Key) {
		c.onlyNew = true
		past, _ := c.engine.Activity(0)
		past = slices.Clone(past)
		slices.Reverse(past) // so that the newest one decides
		if f := check.Judge(c.client, c.guide, true, past, 0); f.Verdict == check.Connected {
			c.finding = f
			c.paint()
			return
		}
	}
	if snap.Seq > c.seq {
		more, _ := c.engine.Activity(c.seq)
		c.entries, c.seq = append(c.entries, more...), snap.Seq
		c.entries = c.entries[max(0, len(c.entries)-maxEntriesKept):]
	}
	f := check.Judge(c.client, c.guide, snap.State != engine.Off, c.entries, now.Sub(c.start))
	if f != c.finding {
		c.finding = f
		c.paint()
	}
}

func (c *liveCheck) paint() {
	title, say, tone := verdict(c.finding, c.client)
	c.title.Set(title, tone)
	icons := map[theme.Tone]fyne.Resource{
		theme.Good:  fynetheme.NewSuccessThemedResource(fynetheme.ConfirmIcon()),
		theme.Warn:  fynetheme.NewWarningThemedResource(fynetheme.WarningIcon()),
		theme.Plain: fynetheme.NewThemedResource(fynetheme.HistoryIcon()),
	}
	c.icon.Resource = icons[tone]
	c.icon.Refresh()
	if segment, ok := c.advice.Segments[0].(*widget.TextSegment); ok {
		segment.Text = say
	}
	c.advice.Refresh()
	c.content.Proven(tone == theme.Good)
	c.onResize()
}
