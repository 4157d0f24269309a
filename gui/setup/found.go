package setup

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/local"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// finder shows the clients that are installed or run on this computer, each with what its version needs.
type finder struct {
	engine    Engine
	desk      *desk.Desk
	clients   []clients.Client
	choose    func(found []local.Found) // shows the set-up of one of them
	showSteps func(c *local.Found)      // shows the set-up of this one
	done      func(c *local.Found)      // called after this client was set up, or its set-up was undone
	toConvert func()                    // scrolls to where torrents are converted

	found    []local.Found
	active   []announcing
	addr     string
	on       bool
	seq      uint64
	now      time.Time
	began    bool
	searches int // counts searches: the result of an earlier one is dropped

	cards       map[string]*card
	rows        *control.Rows[string]
	copies      []*control.Copy // of what is in note
	note        *fyne.Container // the result of looking for clients, or that it is under way
	searchAgain *control.Button
	content     fyne.CanvasObject
}

// announcing is a client that announces through this program: since when, when it last did, and whether it has since
// this program started.
type announcing struct {
	client      string
	since, last time.Time
	thisRun     bool
}

func newFinder(e Engine, d *desk.Desk, list []clients.Client) *finder {
	f := &finder{engine: e, desk: d, clients: list, cards: map[string]*card{}}
	f.rows = control.NewRows(layout.NewCustomPaddedVBoxLayout(12), f.row)
	f.note = container.NewVBox()
	f.searchAgain = control.NewButton(lang.L("Look again"), f.search).Explained(lang.L("Looks for clients on this computer once more."))
	f.content = control.NewCard(container.NewVBox(headingWithButton(lang.L("Found on this computer"), f.searchAgain), f.rows.Content, f.note))
	f.showNote(lang.L("Looking for clients…"))
	return f
}

// show updates which clients announce. It looks for clients when the engine's address is first known, and when it
// changes.
func (f *finder) show(snap *engine.Snapshot, now time.Time) {
	f.on, f.seq, f.now = snap.State != engine.Off, snap.Seq, now
	for _, c := range f.copies {
		c.Settle(now)
	}
	before := f.active
	f.active = f.announcing(snap, now)
	if !f.began || snap.Addr != f.addr {
		for _, d := range f.cards {
			if snap.Addr != f.addr {
				d.cancelWait()
			}
		}
		f.began, f.addr = true, snap.Addr
		f.search()
	}
	if !slices.EqualFunc(before, f.active, func(a, b announcing) bool { return a.client == b.client }) {
		f.refresh()
		return
	}
	for i := range f.found {
		if d := f.cards[keyOf(&f.found[i])]; d != nil {
			d.tick()
		}
	}
}

// maxRowsAsked is for how many rows of a client the engine is asked when the client first announced. There may be
// thousands of rows.
const maxRowsAsked = 100

// announcing returns the clients that announce through this program, with the first and last announce of any of their
// torrents.
func (f *finder) announcing(snap *engine.Snapshot, now time.Time) (all []announcing) {
	for _, a := range text.ActiveClients(snap, now) {
		n := announcing{client: a.Client}
		known := slices.IndexFunc(f.active, func(b announcing) bool { return b.client == a.Client })
		if known >= 0 {
			n.since = f.active[known].since
		}
		asked := 0
		for _, t := range snap.Torrents {
			if t.Client != a.Client {
				continue
			}
			if t.Last.After(n.last) {
				n.last = t.Last
			}
			n.thisRun = n.thisRun || t.Answered
			if known < 0 && asked < maxRowsAsked && (n.since.IsZero() || t.First.Before(n.since)) {
				asked++
				n.since = f.firstAnnounce(t, n.since)
			}
		}
		all = append(all, n)
	}
	return all
}

// firstAnnounce returns when the client of a row first announced its torrent, or before if that is earlier. The row's
// own first announce may be that of another client.
func (f *finder) firstAnnounce(t *engine.Torrent, before time.Time) time.Time {
	first := before
	for _, s := range f.engine.Sessions(t.ID) {
		if s.Client == t.Client && (first.IsZero() || s.First.Before(first)) {
			first = s.First
		}
	}
	if first.IsZero() {
		return t.First
	}
	return first
}

// search asks the engine to find the clients, in the background.
func (f *finder) search() {
	f.searches++
	number := f.searches
	f.searchAgain.Disable()
	var found []local.Found
	f.desk.Background(func() error {
		found = f.engine.FindClients(f.context())
		return nil
	}, func(error) {
		if number != f.searches {
			return // it may be from before a change that a later search knows of
		}
		f.searchAgain.Enable()
		found = append(found, f.keptCards(found)...)
		f.found = found
		if at := f.engine.Enclosed(); at.Flatpak != "" {
			f.showEnclosed(at)
		} else {
			f.showNote(lang.L("BittOratio looks where packages put their programs. A client in another place is not found: press “Another client…” above."))
		}
		f.refresh()
		f.choose(found)
	})
}

// retry makes the changes that wait for their client to be closed, and reports whether any wait.
func (f *finder) retry(now time.Time) (some bool) {
	f.now = now
	for _, d := range f.cards {
		if d.pending != nil {
			d.pending.retry()
		}
		some = some || d.pending != nil
	}
	return some
}

// keptCards returns the clients that are no longer found, but whose cards say what to do next: those that a failed
// restart left stopped, and those that were closed for a change and are found only while they run, such as an AppImage
// or a client with a folder of its own.
func (f *finder) keptCards(found []local.Found) (all []local.Found) {
	for key, d := range f.cards {
		waits := d.pending != nil || !d.wait.began.IsZero()
		if !d.stopped && !waits || slices.ContainsFunc(found, func(c local.Found) bool { return keyOf(&c) == key }) {
			continue
		}
		c := *d.c
		c.PIDs = nil
		if d.stopped || c.Way.Means == find.ByRestart {
			c.Undo, c.Way.Means = false, find.ByHand
		}
		all = append(all, c)
	}
	return all
}

// otherFileRead returns the settings file that a running client reads in place of a usual one; empty if a running one
// reads the usual one, or none runs.
func (f *finder) otherFileRead(usual file.File) (read string) {
	for i := range f.found {
		c := &f.found[i]
		if its := c.Settings; c.Running() && its.Path != "" && its.Path != usual.Path && slices.ContainsFunc(its.Programs, func(p string) bool { return slices.Contains(usual.Programs, p) }) {
			read = its.Path
		} else if c.Running() && slices.ContainsFunc(c.Way.File, func(f file.File) bool { return f.Path == usual.Path }) {
			return ""
		}
	}
	return read
}

func (f *finder) showNote(text string) {
	f.note.Objects = []fyne.CanvasObject{control.NewParagraph(text, theme.Muted)}
	f.note.Refresh()
}

// keyOf returns the key of a client's row, which stays the same each time clients are looked for.
func keyOf(c *local.Found) string {
	return strings.Join([]string{c.Key, c.Program, string(c.Sandbox), c.ID, c.Folder, c.Settings.Path, strconv.FormatBool(c.Foreign), strconv.Itoa(int(c.Doubt))}, " ")
}

// showEnclosed says that this program cannot look for clients from its Flatpak, and how it can at least change their
// files.
func (f *finder) showEnclosed(at file.Enclosure) {
	f.note.Objects = []fyne.CanvasObject{control.NewParagraph(lang.L("This BittOratio is a Flatpak, which hides the computer's other programs from it. It can't see which clients are installed or run, nor whether they are set up. Choose your client above and follow its steps: they work all the same."), theme.Warn)}
	if !at.Files {
		do, undo := at.Allow()
		f.copies = f.copies[:0]
		for _, part := range []struct{ title, text string }{
			{lang.L("To let it change settings files of clients for you, run this in a terminal and start BittOratio again. It may then change all your files, but still not those of clients that are Flatpaks themselves."), do},
			{lang.L("To undo it:"), undo},
		} {
			button := control.NewCopy(lang.L("Copy"), func() string { return part.text }, f.desk.Now)
			f.copies = append(f.copies, button)
			f.note.Add(control.Border(nil, nil, nil, container.NewVBox(button), control.NewParagraph(part.title, theme.Muted)))
			f.note.Add(control.NewWell(path(part.text)))
		}
	}
	f.note.Refresh()
}

func (f *finder) refresh() {
	keys := make([]string, 0, len(f.found))
	for i := range f.found {
		keys = append(keys, keyOf(&f.found[i]))
	}
	f.rows.Show(keys)
}

// row returns the row of a client, and a function that updates it.
func (f *finder) row(key string) (fyne.CanvasObject, func(at int)) {
	d := newCard(f)
	f.cards[key] = d
	return d.content, func(at int) { d.show(&f.found[at]) }
}

// announces returns since when a client that was found has announced through this program, as far as its version
// identifies it. ok is false if it has not.
func (f *finder) announces(c *local.Found) (a announcing, ok bool) {
	for _, a := range f.active {
		may, shared := mayAnnounceAs(c, a.client)
		another := func(o local.Found) bool {
			its, sharedToo := mayAnnounceAs(&o, a.client)
			return o.Pointed && keyOf(&o) != keyOf(c) && its && (!c.Pointed || !sharedToo)
		}
		switch {
		case !may, shared && !c.Pointed:
		case (shared || !c.Pointed) && slices.ContainsFunc(f.found, another): // the announces are of that client, whose settings name this program
		default:
			return a, true
		}
	}
	return announcing{}, false
}

// clientAnnounces reports whether the card of a client with this key shows that it announces.
func (f *finder) clientAnnounces(key string) bool {
	for _, d := range f.cards {
		if _, ok := d.since(); ok && d.c.Key == key {
			return true
		}
	}
	return false
}

// mayAnnounceAs reports whether a client that was found may be the one that announces with a name, such as
// "Transmission 3.00". shared is true if the name is not its own, but that of other clients too: Fragments announces as
// Transmission, and an anonymous qBittorrent or Deluge as libtorrent.
func mayAnnounceAs(c *local.Found, name string) (may, shared bool) {
	var known *clients.Client
	fitting := 0
	for _, k := range clients.All() {
		if !k.Is(name) {
			continue
		}
		if fitting++; k.Key == c.Key {
			known = &k
		}
	}
	if known == nil {
		return false, false
	}
	version, own := strings.CutPrefix(name, known.Name+" ")
	if version, _, _ = strings.Cut(version, " "); !own || version == "" || version[0] < '0' || version[0] > '9' {
		return true, !own && fitting > 1 // no version, or another program's: rTorrent 0.9.8 is "rTorrent (libtorrent 0.13.8)"
	}
	return c.Version == "" || strings.HasPrefix(version, c.Version) || strings.HasPrefix(c.Version, version), false
}
