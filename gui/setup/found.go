package setup

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// finder shows the clients that are installed or run on this computer, each with what its version needs to come here.
type finder struct {
	engine Engine
	desk   *desk.Desk
	choose func(found []local.Found) // shows the set-up of one of them
	open   func(c *local.Found)      // shows this one's, and the change of its file
	done   func()                    // a client was started so that it comes here

	found  []local.Found
	active []engine.ActiveClient
	addr   string
	began  bool

	rows    *control.Rows[string]
	note    *fyne.Container // how it looks, or that it does
	again   *control.Button
	content fyne.CanvasObject
}

func newFinder(e Engine, d *desk.Desk, choose func([]local.Found), open func(*local.Found), done func()) *finder {
	f := &finder{engine: e, desk: d, choose: choose, open: open, done: done}
	f.rows = control.NewRows(layout.NewCustomPaddedVBoxLayout(8), f.row)
	f.note = container.NewVBox()
	f.again = control.NewButton(lang.L("Look again"), f.look)
	f.content = control.NewCard(container.NewVBox(headed(lang.L("Found on this computer"), f.again), f.rows.Content, f.note))
	f.say(lang.L("Looking for clients…"))
	return f
}

// show follows who announces, and looks once the engine's address is known or is another.
func (f *finder) show(addr string, active []engine.ActiveClient) {
	if !f.began || addr != f.addr {
		f.began, f.addr = true, addr
		f.look()
	}
	if !slices.Equal(active, f.active) {
		f.active = active
		f.refresh()
	}
}

// look asks the engine what there is.
func (f *finder) look() {
	f.again.Disable()
	var found []local.Found
	f.desk.Background(func() error {
		ctx := f.desk.Context
		if ctx == nil {
			ctx = context.Background()
		}
		found = f.engine.FindClients(ctx)
		return nil
	}, func(error) {
		f.again.Enable()
		f.found = found
		f.say(lang.L("BittOratio looks where packages put their programs. A client in another place, or in a container, is not found: choose it above."))
		f.refresh()
		f.choose(found)
	})
}

func (f *finder) say(text string) {
	f.note.Objects = []fyne.CanvasObject{control.NewParagraph(text, theme.Muted)}
	f.note.Refresh()
}

// keyOf tells the rows apart, across looks.
func keyOf(c *local.Found) string { return c.Key + " " + c.Program + " " + string(c.Sandbox) }

func (f *finder) refresh() {
	keys := make([]string, 0, len(f.found))
	for i := range f.found {
		keys = append(keys, keyOf(&f.found[i]))
	}
	f.rows.Show(keys)
}

// row is one client.
func (f *finder) row(key string) (fyne.CanvasObject, func(at int)) {
	var c *local.Found
	title := control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(200)
	state := control.NewLine("", theme.Muted).AtLeast(200)
	below := container.NewVBox()
	button := control.NewButton("", func() { f.press(c, below) })
	torrents := control.NewLine("", theme.Muted).AtLeast(200)
	text := container.New(layout.NewCustomPaddedVBoxLayout(2), title, state, torrents)
	show := func(at int) {
		c = &f.found[at]
		name := c.Title
		if c.Version != "" {
			name += " " + c.Version
		}
		title.Set(name, theme.Plain)
		state.Set(f.state(c))
		torrents.Set(census(&c.Census), theme.Muted)
		control.SetVisible(torrents, c.Census.Torrents > 0)
		if label := means(c); label != button.Text {
			button.SetText(label)
			below.RemoveAll() // what it said was about another way
		}
		importance := widget.HighImportance
		if c.Pointed || f.announces(c) || c.Way.Means == find.ByHand {
			importance = widget.MediumImportance // nothing is left to do, or nothing that is done here
		}
		if importance != button.Importance {
			button.Importance = importance
			button.Refresh()
		}
	}
	return container.NewVBox(control.Border(nil, nil, nil, container.NewCenter(button), text), below), show
}

// state is how far the client is.
func (f *finder) state(c *local.Found) (string, theme.Tone) {
	switch {
	case f.announces(c):
		return lang.L("Connected: it announces through BittOratio"), theme.Good
	case c.Pointed && c.Running():
		return lang.L("Set up, but silent: resume a torrent"), theme.Warn
	case c.Pointed:
		return lang.L("Set up, and not running"), theme.Plain
	case c.Running():
		return lang.L("Running, not set up"), theme.Muted
	}
	return lang.L("Not set up"), theme.Muted
}

// census is how many torrents the client has, and over which protocols their trackers are reached.
func census(c *find.Census) string {
	var kinds []string
	for _, scheme := range []string{"http", "https", "udp", "wss", "ws"} {
		if n := c.By[scheme]; n > 0 {
			kinds = append(kinds, strconv.Itoa(n)+" × "+scheme+"://")
		}
	}
	if c.Converted > 0 {
		kinds = append(kinds, lang.N("%d converted", c.Converted))
	}
	said := lang.N("%d torrents", c.Torrents)
	if len(kinds) > 0 {
		said = lang.L("%s: %s", said, strings.Join(kinds, ", "))
	}
	return said
}

// announces reports whether the client is one of those that announce through here, as far as their versions tell.
func (f *finder) announces(c *local.Found) bool {
	return slices.ContainsFunc(f.active, func(a engine.ActiveClient) bool {
		known, ok := clients.Called(a.Client)
		if !ok || known.Key != c.Key {
			return false
		}
		for _, word := range strings.Fields(a.Client) {
			if word[0] >= '0' && word[0] <= '9' {
				return c.Version == "" || strings.HasPrefix(word, c.Version) || strings.HasPrefix(c.Version, word)
			}
		}
		return true // it tells no version of its own
	})
}

// means is what the button of a client's row does.
func means(c *local.Found) string {
	switch c.Way.Means {
	case find.ByFile:
		return lang.L("Set up…")
	case find.ByStart:
		return lang.L("Start it from here")
	case find.ByCommand:
		return lang.L("Show the command")
	default:
		return lang.L("Show the steps")
	}
}

func (f *finder) press(c *local.Found, below *fyne.Container) {
	below.RemoveAll()
	switch c.Way.Means {
	case find.ByStart:
		f.start(c, below)
	case find.ByCommand:
		f.command(c, below)
	default:
		f.open(c)
	}
}

// start starts the client with the variables that lead it here.
func (f *finder) start(c *local.Found, below *fyne.Container) {
	launch, version := c.Way.Launch, c.Version
	f.desk.Background(func() error { return f.engine.LaunchClient(launch) }, func(err error) {
		if err != nil {
			below.Objects = []fyne.CanvasObject{control.NewParagraph(unstarted(err), theme.Bad)}
		} else {
			say := lang.L("Started. Resume a torrent: the live check above turns green. This holds for this run of the client: version %s keeps no proxy setting. To make it last, use the steps below.", version)
			if version == "" {
				say = lang.L("Started. Resume a torrent: the live check above turns green. This holds for this run of the client.")
			}
			below.Objects = []fyne.CanvasObject{control.NewParagraph(say, theme.Good)}
			f.done()
		}
		below.Refresh()
	})
}

// command shows what is to be run in a terminal, and how that is taken back.
func (f *finder) command(c *local.Found, below *fyne.Container) {
	for _, part := range []struct{ title, text string }{
		{lang.L("Run this in a terminal. BittOratio never changes a service or a sandbox itself."), c.Way.Do},
		{lang.L("To undo it:"), c.Way.Undo},
	} {
		text := part.text
		button := control.NewCopy(lang.L("Copy"), func() string { return text }, f.desk.Now)
		below.Add(control.Border(nil, nil, nil, container.NewVBox(button), control.NewParagraph(part.title, theme.Muted)))
		below.Add(control.NewWell(path(text)))
	}
	f.done()
}

// unstarted says why a client was not started, with the next step.
func unstarted(err error) string {
	var running *file.RunningError
	switch {
	case errors.As(err, &running):
		return lang.L("%s is running already (process %d), and a second start would only show its window. Quit it, its tray icon too, and try again.", running.Program, running.PID)
	case errors.Is(err, local.ErrOff):
		return lang.L("BittOratio is off. Switch it on above, then start the client.")
	case errors.Is(err, launch.ErrNotFound):
		return lang.L("The program is not there any more. Look again.")
	default:
		return lang.L("Not started: %s", err.Error())
	}
}
