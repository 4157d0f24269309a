package setup

import (
	"errors"
	"net"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/network/listen"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// card is one client that was found: its name and version, its state, its torrents, and one button for what that
// version needs. Below these it shows what would change, or the result.
type card struct {
	finder *finder
	c      *local.Found
	wait   wait
	cutoff cutoff

	title, state, torrents *control.Line
	reason                 *control.Paragraph
	set, start, undo, port *control.Button
	advice                 *fyne.Container
	adviceFor              string          // the source of the advice
	below                  *fyne.Container // a question, or a result
	hasResult              bool            // below has a result, or what the user has to do: it stays when clients are looked for again
	lasting                bool            // the result also stays after the first announce
	stopped                bool            // below has the command that starts the client again, which is shown nowhere else
	busy                   bool            // the program is doing something for the client
	pending                *proposal       // waits for the client to be closed
	copies                 []*control.Copy // of what is below
	content                fyne.CanvasObject
}

func newCard(f *finder) *card {
	d := &card{finder: f, below: container.NewVBox(), advice: container.NewVBox()}
	d.title = control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(200)
	d.state, d.torrents = control.NewLine("", theme.Muted).AtLeast(200), control.NewLine("", theme.Muted).AtLeast(200)
	d.reason = control.NewText("", theme.Warn)
	d.set = control.NewButton("", d.onSet)
	d.start = control.NewButton(lang.L("Start it from here"), d.launch).Explained(lang.L("Starts this client so that it announces through BittOratio."))
	d.undo = control.NewButtonWithIcon(lang.L("Undo…"), fynetheme.ContentUndoIcon(), func() { d.propose(true) }).Explained(lang.L("Shows how the change would be undone. Nothing is changed yet."))
	d.port = control.NewButton("", d.moveToFreePort).Explained(lang.L("Moves BittOratio to a free port. Every client's settings must name it."))
	words := container.New(layout.NewCustomPaddedVBoxLayout(2), d.title, d.state, d.reason.Content, d.torrents)
	buttons := container.NewCenter(container.NewHBox(d.undo, d.start, d.set))
	d.content = container.NewVBox(widget.NewSeparator(), control.Border(nil, nil, nil, buttons, words), container.NewHBox(d.port), d.advice, d.below)
	return d
}

// show shows a client, as it was found, on the card.
func (d *card) show(c *local.Found) {
	d.c = c
	name, at := c.Title, ""
	if c.Folder != "" {
		at = ", " + c.Folder
		name = strings.TrimSuffix(name, at)
	}
	if c.Version != "" {
		name += " " + c.Version
	}
	name += at
	d.title.Set(name, theme.Plain)
	d.torrents.Set(torrentCounts(&c.Census), theme.Muted)
	control.SetVisible(d.torrents, c.Census.Torrents > 0)
	if label := buttonText(c); label != d.set.Text {
		d.set.SetText(label)
		d.set.Tip = lang.L("Shows what this client needs. Nothing is changed yet.")
		if c.Way.Means == find.ByStart {
			d.set.Tip = d.start.Tip
		}
		if !d.hasResult {
			d.clearBelow() // the question was about another way
		}
	}
	_, announces := d.since()
	importance := widget.HighImportance
	if c.Pointed || announces || c.Way.Means == find.ByHand {
		importance = widget.MediumImportance // nothing is left to do, or nothing can be done from here
	}
	if importance != d.set.Importance {
		d.set.Importance = importance
		d.set.Refresh()
	}
	control.SetVisible(d.undo, c.Undo)
	control.SetVisible(d.start, c.Way.Launch != "" && c.Way.Means != find.ByStart && c.Way.Means != find.ByRestart && !c.Running())
	d.showPort()
	d.advise()
	d.tick()
}

// tick updates the client's state, and carries on with a change that waits for the client to be closed.
func (d *card) tick() {
	if d.c == nil {
		return
	}
	for _, c := range d.copies {
		c.Settle(d.finder.now)
	}
	title, reason, tone := d.condition()
	d.state.Set(title, tone)
	about := theme.Warn
	if tone == theme.Good {
		about = theme.Muted
	}
	d.reason.Set(reason, about)
	control.SetVisible(d.reason.Content, reason != "")
	if d.pending != nil {
		d.pending.retry()
	}
}

// clearBelow removes the question or result below the card.
func (d *card) clearBelow() {
	if d.pending != nil {
		d.pending.cancelled.Store(true)
	}
	d.pending, d.copies, d.hasResult, d.lasting, d.stopped = nil, nil, false, false, false
	d.below.RemoveAll()
}

// showResult shows the result below the card.
func (d *card) showResult(what string, tone theme.Tone) {
	d.clearBelow()
	d.hasResult = true
	d.below.Add(control.NewParagraph(what, tone))
	d.below.Refresh()
	control.Reveal(d.content) // the card is shorter now than with the plan, whose buttons were in view
	control.Reveal(d.below)
}

// showBusy shows below the card what is being done. Until done is called, the card's buttons are disabled.
func (d *card) showBusy(what string) (done func()) {
	d.showResult(what, theme.Muted)
	buttons := []*control.Button{d.set, d.start, d.undo, d.port}
	for _, b := range buttons {
		b.Disable()
	}
	d.busy = true
	return func() {
		for _, b := range buttons {
			b.Enable()
		}
		d.busy = false
		d.clearBelow()
	}
}

// buttonText returns the text of the button on a client's card.
func buttonText(c *local.Found) string {
	switch c.Way.Means {
	case find.ByFile, find.ByRemote, find.ByDropIn, find.ByEntry, find.ByRestart:
		return lang.L("Set up…")
	case find.ByStart:
		return lang.L("Start it from here")
	case find.ByCommand:
		return lang.L("Show the command")
	default:
		return lang.L("Show the steps")
	}
}

func (d *card) onSet() {
	d.clearBelow()
	switch d.c.Way.Means {
	case find.ByStart:
		d.launch()
	case find.ByCommand:
		d.command()
	case find.ByHand:
		d.finder.showSteps(d.c)
	default:
		d.propose(false)
	}
}

// launch starts the client with the environment variables that connect it to this program.
func (d *card) launch() {
	c := *d.c
	entry := c.Way.Means == find.ByEntry && c.Pointed
	done, began := d.showBusy(lang.L("Starting the client…")), d.finder.desk.Now()
	d.finder.desk.Background(func() error { return d.finder.engine.StartFound(&c) }, func(err error) {
		done()
		switch {
		case err != nil:
			d.showResult(startError(err), theme.Bad)
			return
		case c.Version == "" || entry:
			d.showResult(lang.L("Started. Resume a torrent: the live check above turns green. This holds for this run of the client."), theme.Plain)
		default:
			d.showResult(lang.L("Started. Resume a torrent: the live check above turns green. This holds for this run of the client: version %s keeps no proxy setting. To make it last, use the steps below.", c.Version), theme.Plain)
			d.lasting = true
		}
		d.startWait(began)
	})
}

// command shows a command to run in a terminal, and the one that undoes it.
func (d *card) command() {
	for _, part := range []struct{ title, text string }{
		{lang.L("Run this in a terminal. BittOratio never changes a service or a sandbox itself."), d.c.Way.Do},
		{lang.L("To undo it:"), d.c.Way.Undo},
	} {
		d.copyable(part.title, part.text)
	}
	d.startWait(d.finder.desk.Now())
	control.Reveal(d.below)
}

// copyable shows a text below the card, with a button that copies it.
func (d *card) copyable(title, text string) {
	d.hasResult = true
	button := control.NewCopy(lang.L("Copy"), func() string { return text }, d.finder.desk.Now)
	d.copies = append(d.copies, button)
	d.below.Add(control.Border(nil, nil, nil, container.NewVBox(button), control.NewParagraph(title, theme.Muted)))
	d.below.Add(control.NewWell(path(text)))
}

// showPort offers another port if the client's web page uses this program's port.
func (d *card) showPort() {
	_, port, _ := net.SplitHostPort(d.finder.addr)
	same := d.c.Way.Remote.Port > 0 && strconv.Itoa(d.c.Way.Remote.Port) == port
	control.SetVisible(d.port, same)
	if same {
		d.port.SetText(lang.L("Its web page uses port %s too: take another one for BittOratio", port))
	}
}

// moveToFreePort moves this program to a free port.
func (d *card) moveToFreePort() {
	free := listen.NextFree(d.finder.addr)
	if free == "" {
		return
	}
	d.finder.desk.Background(func() error {
		return d.finder.engine.Change(func(s *settings.Settings) { s.Listen = free })
	}, func(err error) {
		if err != nil {
			d.showResult(lang.L("Not done: %s.", text.Cause(err)), theme.Bad)
			return
		}
		d.showResult(lang.L("BittOratio listens on %s from now on. Clients that were set up before need it too: their cards say so.", free), theme.Plain)
	})
}

// startError returns why a client was not started, with what to do next.
func startError(err error) string {
	var running *file.RunningError
	switch {
	case errors.As(err, &running):
		return lang.L("%s is running already (process %d), and a second start would only show its window. Quit it, its tray icon too, and try again.", running.Program, running.PID)
	case errors.Is(err, local.ErrOff):
		return lang.L("BittOratio is off. Switch it on above, then start the client.")
	case errors.Is(err, launch.ErrNotFound):
		return lang.L("The program is not there any more. Look again.")
	case errors.Is(err, launch.ErrEnded):
		return lang.L("The program ended at once. Start it in a terminal to see why.")
	default:
		return lang.L("Not started: %s", text.Cause(err))
	}
}

// torrentCounts returns the number of the client's torrents, and how many of them have trackers of each scheme.
func torrentCounts(c *find.Census) string {
	var kinds []string
	for _, scheme := range []string{"http", "https", "udp", "wss", "ws"} {
		if n := c.By[scheme]; n > 0 {
			kinds = append(kinds, strconv.Itoa(n)+" × "+scheme+"://")
		}
	}
	if c.Converted > 0 {
		kinds = append(kinds, lang.N("%d converted", c.Converted))
	}
	words := lang.N("%d torrents", c.Torrents)
	if len(kinds) > 0 {
		words = lang.L("%s: %s", words, strings.Join(kinds, ", "))
	}
	return words
}
