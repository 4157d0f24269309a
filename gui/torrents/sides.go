package torrents

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// The sides: what can be shown beside the chart in the detail.
const (
	sideAnnounces = iota
	sideSessions
	sideNoticed

	sides = 3
)

// side is what is shown beside the chart, with the buttons that choose it.
type side struct {
	chosen   int
	buttons  [sides]*control.Button
	contents [sides]fyne.CanvasObject
	content  fyne.CanvasObject
}

// newSide returns a side that shows the announces; changed is called when the user chooses another side.
func newSide(contents [sides]fyne.CanvasObject, changed func()) *side {
	s := &side{contents: contents}
	row := container.New(layout.NewCustomPaddedHBoxLayout(2))
	stack := container.NewStack()
	for i, content := range contents {
		s.buttons[i] = control.NewButton("", func() { s.choose(i); changed() })
		row.Add(s.buttons[i])
		stack.Add(content)
	}
	for i, what := range [sides]string{
		lang.L("Each announce, with how its figure came about."), lang.L("Each start of a client that shares this torrent."),
		lang.L("What a tracker could notice in the reported figures."),
	} {
		s.buttons[i].Tip = what
	}
	s.setLabels(0, 0)
	s.choose(sideAnnounces)
	s.content = control.Border(row, nil, nil, nil, stack)
	return s
}

func (s *side) choose(side int) {
	s.chosen = side
	for i, b := range s.buttons {
		weight := widget.LowImportance
		if i == side {
			weight = widget.MediumImportance
		}
		if b.Importance != weight {
			b.Importance = weight
			b.Refresh()
		}
		control.SetVisible(s.contents[i], i == side)
	}
}

// setLabels sets the texts of the buttons, with the number of sessions and of checks that fired.
func (s *side) setLabels(sessions, fired int) {
	words := [sides]string{lang.L("Announces"), lang.L("Sessions"), lang.L("Checks")}
	if sessions > 1 {
		words[sideSessions] = lang.L("Sessions (%d)", sessions)
	}
	if fired > 0 {
		words[sideNoticed] = lang.L("Checks (%d)", fired)
	}
	for i, b := range s.buttons {
		if b.Text != words[i] {
			b.SetText(words[i])
		}
	}
}

// sessionList is the list of a torrent's sessions, the newest first. Sessions that have not announced for long share
// one row.
type sessionList struct {
	list []engine.Session
	more int // how many sessions the last row stands for; 0 if it is one session
	now  time.Time
	grid *grid.Grid
}

func newSessionList() *sessionList {
	s := &sessionList{}
	const end = fyne.TextAlignTrailing
	s.grid = grid.New([]grid.Column{
		{Title: lang.L("Client"), Tip: lang.L("One start of a client: each has a session of its own."), Min: 80, Weight: 3},
		{Title: lang.L("Uploaded"), Tip: lang.L("What the client uploaded in this session."), Min: 66, Weight: 0.5, Align: end},
		{Title: lang.L("Reported"), Tip: lang.L("The upload total that was reported to the tracker."), Min: 66, Weight: 0.5, Align: end},
		{Title: lang.L("Last"), Tip: lang.L("How long ago the last announce was."), Min: 60, Weight: 0.5, Align: end},
	}, func() int { return len(s.list) }, s.cells)
	return s
}

// show shows the first sessions in a row each, and all others in one row.
func (s *sessionList) show(all []engine.Session, first int, now time.Time) {
	s.list, s.more, s.now = all, 0, now
	if first = max(first, 1); len(all) > first+1 {
		rest := engine.Session{Last: all[first].Last, First: all[first].First}
		for _, one := range all[first:] {
			rest.Sums = rest.Sums.Add(one.Sums)
			if one.First.Before(rest.First) {
				rest.First = one.First
			}
		}
		s.more = len(all) - first
		s.list = append(all[:first:first], rest)
	}
	s.grid.Update()
}

func (s *sessionList) cells(row int, out []grid.Cell) {
	one := &s.list[row]
	client := grid.Cell{Text: one.Client}
	switch {
	case s.more > 0 && row == len(s.list)-1:
		client = grid.Cell{Text: lang.N("%d earlier sessions", s.more, s.more), Tone: theme.Muted}
	case one.Event == bittorrent.EventStopped:
		client = grid.Cell{Text: lang.L("%s, stopped", one.Client), Tone: theme.Muted}
	}
	copy(out, []grid.Cell{
		client,
		{Text: text.Bytes(one.Sums.Seen)},
		{Text: text.Bytes(one.Sums.Reported)},
		{Text: text.Since(one.Last, s.now), Tone: theme.Muted},
	})
}

// noticed explains what a tracker could notice. It changes no reported total by itself.
type noticed struct {
	summary *control.Paragraph
	facts   [checks.Count]factRow
	since   *control.Paragraph
	guard   *control.Check
	content fyne.CanvasObject
}

type factRow struct {
	icon  *canvas.Image
	tone  theme.Tone
	title *control.Line
	words *control.Paragraph
}

// newNoticed returns the side with the checks, and with buttons for what helps against them: the tracker's guard and
// its limits.
func newNoticed(limits func(), guard func(on bool)) *noticed {
	n := &noticed{
		summary: control.NewText("", theme.Plain),
		since:   control.NewText("", theme.Muted),
	}
	title := control.NewLine(lang.L("What a tracker could notice"), theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100)
	box := container.New(layout.NewCustomPaddedVBoxLayout(2), title)
	for i := range n.facts {
		f := &n.facts[i]
		f.icon = canvas.NewImageFromResource(nil)
		f.icon.FillMode = canvas.ImageFillContain
		f.icon.SetMinSize(fyne.NewSquareSize(16))
		f.title = control.NewLine("", theme.Plain)
		f.words = control.NewText("", theme.Plain)
		name := container.New(&column{width: titleWidth}, f.title)
		box.Add(control.Border(nil, nil, container.NewHBox(container.NewCenter(f.icon), name), nil, tight(f.words)))
	}
	box.Add(tight(n.summary))
	change := control.NewButton(lang.L("Limits for this tracker…"), limits).Explained(lang.L("Gives this tracker a multiplier and guards of its own."))
	change.Importance = widget.LowImportance
	n.guard = control.NewCheck(lang.L("Add nothing while nobody could receive it"), guard)
	n.guard.Tip = lang.L("While the tracker knows of no peer but you, new upload is reported as it is.")
	box.Add(n.guard)
	box.Add(tight(n.since))
	box.Add(container.NewHBox(change))
	n.content = container.New(layout.NewCustomPaddedLayout(4, 4, 8, 8), box) // scrolls with the whole detail
	return n
}

// tight removes most of the padding that Fyne puts above and below a text.
func tight(p *control.Paragraph) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(-5, -5, 0, 0), p.Content)
}

// titleWidth is the width of a check's name.
const titleWidth float32 = 92

// column gives all its objects one width.
type column struct{ width float32 }

// MinSize is part of fyne.Layout.
func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(c.width, objects[0].MinSize().Height)
}

// Layout is part of fyne.Layout.
func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	h := objects[0].MinSize().Height
	objects[0].Resize(fyne.NewSize(size.Width, h))
	objects[0].Move(fyne.NewPos(0, (size.Height-h)/2))
}

func (n *noticed) show(what *checks.Noticed, guarded bool, now time.Time) {
	n.guard.Fill(guarded)
	summary, facts := text.Noticed(what)
	changed := n.summary.Set(summary.Words, theme.Plain)
	for i := range facts {
		f := &n.facts[i]
		f.title.Set(facts[i].Title, theme.Muted)
		changed = f.words.Set(facts[i].Words, theme.Plain) || changed
		if f.icon.Resource == nil || f.tone != facts[i].Tone {
			f.tone = facts[i].Tone
			f.icon.Resource = factIcon(f.tone)
			f.icon.Refresh()
		}
	}
	words := ""
	if !what.Since.IsZero() {
		words = lang.L("From what reached the tracker since %s.", text.Clock(what.Since, now))
	}
	changed = n.since.Set(words, theme.Muted) || changed
	if changed {
		n.content.Refresh()
	}
}

// factIcon returns the icon for a tone. Icons differ in shape as well as in colour.
func factIcon(tone theme.Tone) fyne.Resource {
	icon := fynetheme.QuestionIcon()
	switch tone {
	case theme.Good:
		icon = fynetheme.ConfirmIcon()
	case theme.Warn:
		icon = fynetheme.WarningIcon()
	}
	return fynetheme.NewColoredResource(icon, tone.Color())
}
