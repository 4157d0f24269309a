package torrents

import (
	"cmp"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// pendingList is the list of pending announces, folded to one line until the user opens it.
type pendingList struct {
	options   Options
	announces []engine.Pending
	open      bool
	onOpen    func() // called when the list was opened or folded
	now       time.Time

	header  *control.Button
	lines   []*pendingLine
	box     *fyne.Container
	more    *control.Line
	scroll  *container.Scroll
	content *control.Card
}

// maxPendingLines is how many pending announces the list has; the others are only counted.
const maxPendingLines = 40

func newPendingList(o Options) *pendingList {
	w := &pendingList{options: o, box: container.NewVBox(), more: control.NewLine("", theme.Muted)}
	w.header = control.NewButtonWithIcon("", fynetheme.MenuExpandIcon(), w.onFold)
	w.header.Alignment, w.header.Importance = widget.ButtonAlignLeading, widget.LowImportance
	w.header.Tip = lang.L("Shows or hides the announces that their trackers have not received yet.")
	w.scroll = container.NewVScroll(w.box)
	w.scroll.Hide()
	w.content = control.NewFrame(control.Border(w.header, nil, nil, nil, w.scroll))
	w.content.Hide()
	return w
}

func (w *pendingList) onFold() {
	w.open = !w.open
	w.header.SetIcon(fynetheme.MenuExpandIcon())
	if w.open {
		w.header.SetIcon(fynetheme.MenuDropDownIcon())
	}
	w.onOpen()
	control.SetVisible(w.scroll, w.open)
	w.show(w.announces, w.now)
	w.content.Refresh()
}

func (w *pendingList) show(announces []engine.Pending, now time.Time) {
	w.announces, w.now = announces, now
	control.SetVisible(w.content, len(announces) > 0)
	if len(announces) == 0 {
		return
	}
	if title := lang.N("%d announces pending for the tracker", len(announces)); w.header.Text != title {
		w.header.SetText(title)
	}
	if !w.open {
		return
	}
	shown := min(len(announces), maxPendingLines)
	for len(w.lines) < shown {
		w.lines = append(w.lines, newPendingLine(w.options))
	}
	if len(w.box.Objects) != shown+1 {
		w.box.Objects = w.box.Objects[:0]
		for _, l := range w.lines[:shown] {
			w.box.Objects = append(w.box.Objects, l.content)
		}
		w.box.Objects = append(w.box.Objects, w.more)
		control.SetVisible(w.more, len(announces) > shown)
		w.scroll.SetMinSize(fyne.NewSize(0, min(float32(shown), 3.5)*(w.lines[0].content.MinSize().Height+4)+6))
		w.box.Refresh()
	}
	w.more.Set(lang.N("and %d more", len(announces)-shown), theme.Muted)
	for i := range shown {
		w.lines[i].show(&announces[i], now)
	}
}

// pendingLine is one pending announce.
type pendingLine struct {
	options Options
	id      uint64
	what    string

	title, why      *control.Line
	deliver, forget *control.Button
	content         *fyne.Container
}

func newPendingLine(o Options) *pendingLine {
	l := &pendingLine{options: o, title: control.NewLine("", theme.Plain).AtLeast(150), why: control.NewLine("", theme.Muted).AtLeast(150)}
	l.deliver = control.NewButton(lang.L("Deliver now"), l.onDeliver)
	l.forget = control.NewButton(lang.L("Drop…"), l.onForget)
	l.deliver.Tip = lang.L("Tries the tracker now instead of waiting for the next try.")
	l.forget.Tip = lang.L("Gives up this announce: its tracker never receives it.")
	l.forget.Importance = widget.LowImportance
	words := container.New(layout.NewCustomPaddedLayout(2, 2, 9, 8), container.New(layout.NewCustomPaddedVBoxLayout(0), l.title, l.why))
	l.content = control.Border(nil, nil, nil, container.NewCenter(container.NewHBox(l.deliver, l.forget)), words)
	return l
}

func (l *pendingLine) show(k *engine.Pending, now time.Time) {
	l.id = k.ID
	title, why := pendingWords(k, now)
	l.what = title
	l.title.Set(title, theme.Plain)
	l.why.Set(why, theme.Muted)
}

// pendingWords returns which announce is pending, and why.
func pendingWords(k *engine.Pending, now time.Time) (title, why string) {
	title = lang.L("%s, %s: %s", text.Event(k.Event), text.Bytes(k.Reported), cmp.Or(k.Name, k.InfoHash.Short()))
	why = lang.L("%s, for %s, next try %s", k.Tracker, text.Duration(now.Sub(k.Since)), text.Until(k.NextTry, now))
	if k.Problem != exchange.ProblemNone {
		why = lang.L("%s, for %s: %s, next try %s", k.Tracker, text.Duration(now.Sub(k.Since)), text.Problem(k.Problem), text.Until(k.NextTry, now))
	}
	return title, why
}

func (l *pendingLine) onDeliver() { l.options.Engine.Deliver(l.id) }

func (l *pendingLine) onForget() {
	id := l.id
	l.options.Desk.Confirm(lang.L("Drop this pending announce?"),
		lang.L("The tracker will never get “%s”. This can't be undone.", l.what),
		lang.L("Drop"), func() { l.options.Engine.Forget(id) })
}
