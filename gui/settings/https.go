package settings

import (
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Authority is what the page asks of the engine for https trackers.
type Authority interface {
	RemoveAuthority() error
	RetryClients()
	Launches() []engine.Launch
	LaunchClient(key string) error
	SystemTrust() engine.SystemTrust
}

// maxSeen is how many hosts are offered at a time.
const maxSeen = 6

// secure is the section for https trackers. Its lists are built anew when what they show has changed.
type secure struct {
	options Options
	shown   string // what the lists show
	snap    engine.HTTPS
	filling bool
	now     time.Time

	on        *control.Check
	wrong     *control.Line
	about     *fyne.Container
	host      *control.Entry
	add       *control.Button
	hostWrong *control.Line
	lists     *fyne.Container // listed hosts, hosts that were seen
	rest      *fyne.Container // certificate, clients, the whole system
	client    string          // chosen to be started
	copies    []*control.Copy
	said      string // how starting a client ended
	saidTone  theme.Tone
	content   fyne.CanvasObject
}

func newSecure(o Options) *secure {
	s := &secure{options: o, client: "transmission"}
	s.on = control.NewCheck(lang.L("Open connections to the trackers of this list"), s.onSwitch)
	s.wrong, s.hostWrong = wrong(), wrong()
	s.about = container.NewStack()
	s.host = control.NewEntry()
	s.host.SetPlaceHolder("tracker.example:443")
	s.host.OnSubmitted = func(string) { s.onAdd() }
	s.add = control.NewButton(lang.L("Add"), s.onAdd)
	s.lists, s.rest = container.New(layout.NewCustomPaddedVBoxLayout(6)), container.New(layout.NewCustomPaddedVBoxLayout(10))
	s.content = section(lang.L("HTTPS trackers"),
		row(lang.L("Allowed"), s.on, s.wrong),
		indented(s.about),
		s.lists,
		row(lang.L("Add a tracker"), container.NewHBox(control.Fixed(s.host, 300), s.add), s.hostWrong),
		s.rest,
	)
	return s
}

// show follows the engine; built is whether the section may have another height now.
func (s *secure) show(snap *engine.Snapshot, now time.Time) (built bool) {
	for _, c := range s.copies {
		c.Settle(now)
	}
	s.snap, s.now = snap.HTTPS, now
	key := s.key(snap.Addr)
	if key == s.shown {
		return false
	}
	s.shown = key
	s.build()
	return true
}

// build makes the lists and what depends on the certificate.
func (s *secure) build() {
	s.filling = true
	wanted := s.options.Engine.Settings().OpenHTTPS
	s.on.SetChecked(wanted)
	s.filling = false
	s.copies = s.copies[:0]
	control.SetVisible(s.wrong, s.snap.Trouble != "")
	s.wrong.Set(lang.L("It is not on: %s.", s.snap.Trouble), theme.Bad)
	about := lang.L("Connections to https trackers pass unread, and the trackers are told your client's own figures.")
	if wanted {
		about = lang.L("Certificates are made on this computer, for these trackers alone. Trackers must prove themselves as strictly as ever. Everything else passes unread.")
	}
	s.about.Objects = []fyne.CanvasObject{control.NewParagraph(about, theme.Muted)}
	s.lists.Objects = append(s.listed(), s.offered()...)
	s.rest.Objects = nil
	if s.snap.On {
		s.rest.Objects = append(s.clients(), s.certificate()...)
	}
	if s.snap.Kept {
		s.rest.Objects = append(append(s.rest.Objects, s.system()...), s.removal())
	}
	for _, c := range []*fyne.Container{s.about, s.lists, s.rest} {
		c.Refresh()
	}
}

// entry is a host with what is known of it, and a button.
func entry(name, state string, tone theme.Tone, label string, do func()) fyne.CanvasObject {
	host := control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(80)
	line := control.NewLine(state, tone).AtLeast(80)
	button := control.NewButton(label, do)
	return control.NewWell(control.Border(nil, nil, nil, container.NewVBox(layout.NewSpacer(), button, layout.NewSpacer()), container.NewVBox(host, line)))
}

// listed are the hosts of the list, with what came of each client.
func (s *secure) listed() (rows []fyne.CanvasObject) {
	for _, host := range s.snap.Hosts {
		state, tone := hostState(s.snap, host, s.now)
		rows = append(rows, under(len(rows), lang.L("The list"), entry(host, state, tone, lang.L("Take off"), func() { s.close(host) })))
		for _, v := range s.snap.Seen {
			if v.Listed == host && v.Refusal != engine.NotRefused {
				retry := control.NewButton(lang.L("Try again"), s.options.Engine.RetryClients)
				rows = append(rows, indented(control.Border(nil, nil, nil, container.NewVBox(retry), control.NewParagraph(refusal(v), theme.Warn))))
			}
		}
	}
	return rows
}

// offered are hosts that clients went to and that are not on the list.
func (s *secure) offered() (rows []fyne.CanvasObject) {
	more := 0
	var hosts []string // two clients may have gone to one
	for _, v := range s.snap.Seen {
		switch {
		case v.Listed != "", slices.Contains(hosts, v.Host):
		case len(rows) == maxSeen:
			more++
		default:
			hosts = append(hosts, v.Host)
			rows = append(rows, under(len(rows), lang.L("Seen"), entry(v.Host, sighting(v, s.now), theme.Muted, lang.L("Open this one"), func() { s.open(v.Host) })))
		}
	}
	if more > 0 {
		rows = append(rows, indented(control.NewLine(lang.N("and %d more", more), theme.Muted)))
	}
	if len(rows) > 0 {
		rows = append(rows, indented(control.NewParagraph(lang.L("Your clients went to these hosts. Open those that are trackers of yours."), theme.Muted)))
	}
	return rows
}

// under is the nth of some rows that share a label.
func under(n int, label string, o fyne.CanvasObject) fyne.CanvasObject {
	if n == 0 {
		return row(label, o, nil)
	}
	return indented(o)
}

// clients tells how a client is made to trust the certificate.
func (s *secure) clients() []fyne.CanvasObject {
	launches := s.options.Engine.Launches()
	if len(launches) == 0 {
		return nil
	}
	at := max(0, slices.IndexFunc(launches, func(l engine.Launch) bool { return l.Key == s.client }))
	names := make([]string, len(launches))
	for i, l := range launches {
		names[i] = l.Client
	}
	l := launches[at]
	choice := control.NewSelect(names, nil)
	choice.SetSelectedIndex(at)
	choice.OnChanged = func(string) {
		s.client, s.said = launches[max(0, choice.SelectedIndex())].Key, ""
	}
	line := []fyne.CanvasObject{control.Fixed(choice, 220)}
	if l.Found && l.Key == "transmission" {
		start := control.NewButtonWithIcon(lang.L("Start it"), fynetheme.MediaPlayIcon(), func() { s.onLaunch(l) })
		start.Importance = widget.HighImportance
		line = append(line, start)
	}
	note := lang.L("A client must trust the certificate. Started so, it does for that run alone, and none of its settings is changed. Quit it first.")
	if !l.Proxied {
		note = lang.L("Started so, this client trusts the certificate for that run alone. It is pointed here by its own settings: see the Set-up page. Quit it first.")
	}
	rows := []fyne.CanvasObject{
		row(lang.L("Start a client"), container.NewHBox(line...), nil),
		indented(control.NewParagraph(note, theme.Muted)),
		indented(s.command(l.Line())),
	}
	if s.said != "" {
		rows = append(rows, indented(control.NewParagraph(s.said, s.saidTone)))
	}
	return rows
}

// command is a text to copy.
func (s *secure) command(text string) fyne.CanvasObject {
	label := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	label.Wrapping = fyne.TextWrapBreak
	return control.NewWell(control.Border(nil, nil, nil, container.NewVBox(s.copier(lang.L("Copy"), text)), label))
}

func (s *secure) copier(label, text string) *control.Copy {
	c := control.NewCopy(label, func() string { return text }, s.options.Now)
	s.copies = append(s.copies, c)
	return c
}

// certificate tells where it is and what it looks like.
func (s *secure) certificate() []fyne.CanvasObject {
	mono := func(text string) *control.Line {
		return control.NewLine(text, theme.Plain).Styled(fyne.TextStyle{Monospace: true}).AtLeast(120)
	}
	return []fyne.CanvasObject{
		row(lang.L("Certificate"), control.Border(nil, nil, nil, s.copier(lang.L("Copy"), s.snap.Certificate), control.NewWell(mono(s.snap.Certificate))), nil),
		indented(control.NewParagraph(lang.L("%s, valid until %s. SHA-256: %s", s.snap.Name, s.snap.Until.Format(lang.L("2006-01-02")), s.snap.Fingerprint), theme.Muted)),
	}
}

// system is the last resort, and the way back from it as long as there is a certificate to forget.
func (s *secure) system() []fyne.CanvasObject {
	trust := s.options.Engine.SystemTrust()
	if trust.Trust == "" {
		return nil
	}
	back := s.copier(lang.L("Copy the way back"), trust.Forget)
	if !s.snap.On {
		words := lang.L("Where you made the whole system trust the certificate, this command for a terminal takes that back.")
		return []fyne.CanvasObject{row(lang.L("Whole system"), container.NewHBox(back), nil), indented(control.NewParagraph(words, theme.Muted))}
	}
	words := lang.L("The last resort, for clients that cannot be told alone: every program of yours would trust it, for these trackers only. The commands go into a terminal, again whenever the list has changed.")
	if trust.Everyone {
		words = lang.L("The last resort, for clients that cannot be told alone: every program on this computer would trust it, for these trackers only. The commands go into a terminal, again whenever the list has changed, and ask for an administrator's password.")
	}
	return []fyne.CanvasObject{
		row(lang.L("Whole system"), container.NewHBox(s.copier(lang.L("Copy the command"), trust.Trust), back), nil),
		indented(control.NewParagraph(words, theme.Muted)),
	}
}

func (s *secure) removal() fyne.CanvasObject {
	remove := control.NewButtonWithIcon(lang.L("Remove…"), fynetheme.DeleteIcon(), s.onRemove)
	remove.Importance = widget.DangerImportance
	hint := control.NewLine(lang.L("Deletes the certificate and its key. The list stays."), theme.Muted).AtLeast(120)
	return row(lang.L("Take it back"), control.Border(nil, nil, container.NewHBox(remove), nil, container.NewPadded(container.NewPadded(hint))), nil)
}

func (s *secure) onSwitch(on bool) {
	if s.filling {
		return
	}
	if !on {
		s.apply(func(c *engine.Settings) { c.OpenHTTPS = false })
		return
	}
	s.filling = true
	s.on.SetChecked(false) // until it is agreed to
	s.filling = false
	s.consent(func() { s.apply(func(c *engine.Settings) { c.OpenHTTPS = true }) })
}

// consent asks once, before anything is made.
func (s *secure) consent(do func()) {
	s.options.Ask(lang.L("Open connections to https trackers?"),
		lang.L("This program makes a certificate authority on this computer, which can vouch for the trackers you list and for nobody else, so that it can read and change what your clients tell them. Your clients must be made to trust it; those that are not go on by themselves. Its key stays in the data folder. You can remove it at any time."),
		lang.L("I agree"), do)
}

// open puts a host on the list, and switches on if it is agreed to.
func (s *secure) open(host string) {
	put := func(c *engine.Settings) {
		c.OpenHTTPS = true
		if !slices.ContainsFunc(c.OpenHosts, func(h string) bool { return same(h, host) }) {
			c.OpenHosts = append(c.OpenHosts, host)
		}
	}
	if s.options.Engine.Settings().OpenHTTPS {
		s.apply(put)
		return
	}
	s.consent(func() { s.apply(put) })
}

func (s *secure) onAdd() {
	host, err := engine.OpenHost(s.host.Text)
	control.SetVisible(s.hostWrong, err != nil)
	if err != nil {
		s.hostWrong.Set(hostFault(s.host.Text, err), theme.Bad)
		return
	}
	s.host.SetText("")
	s.open(host)
}

// close takes a host off the list.
func (s *secure) close(host string) {
	s.apply(func(c *engine.Settings) {
		c.OpenHosts = slices.DeleteFunc(c.OpenHosts, func(h string) bool { return same(h, host) })
	})
}

func (s *secure) apply(do func(*engine.Settings)) {
	s.options.Background(func() error { return s.options.Engine.Change(do) }, func(err error) {
		s.shown = "" // whatever came of it is shown
		if err != nil {
			_, words, _ := worded(err)
			s.wrong.Set(words, theme.Bad)
			control.SetVisible(s.wrong, true)
		}
	})
}

func (s *secure) onLaunch(l engine.Launch) {
	s.options.Background(func() error { return s.options.Engine.LaunchClient(l.Key) }, func(err error) {
		s.said, s.saidTone = launchFault(l, err)
		s.shown = ""
	})
}

func (s *secure) onRemove() {
	s.options.Ask(lang.L("Remove the certificate and its key?"),
		lang.L("Connections to https trackers pass unread again. Clients that trust the certificate trust something that nobody can use any more; where you made the whole system trust it, use the way back first."),
		lang.L("Remove it"), func() {
			s.options.Background(s.options.Engine.RemoveAuthority, func(err error) {
				s.shown = ""
				if err != nil {
					s.wrong.Set(lang.L("Not done: %s.", err.Error()), theme.Bad)
					control.SetVisible(s.wrong, true)
				}
			})
		})
}

// same is whether two entries of the list mean the same.
func same(a, b string) bool {
	a, errA := engine.OpenHost(a)
	b, errB := engine.OpenHost(b)
	return errA == nil && errB == nil && strings.EqualFold(a, b)
}

// launchFault is how starting a client ended.
func launchFault(l engine.Launch, err error) (string, theme.Tone) {
	var running *engine.ClientRunningError
	switch {
	case err == nil:
		return lang.L("%s was started.", l.Client), theme.Good
	case errors.As(err, &running):
		return lang.L("%s runs already, and would not be started anew. Quit it first.", l.Client), theme.Warn
	case errors.Is(err, engine.ErrOff):
		return lang.L("Switch the program on first, or the client finds nobody here."), theme.Warn
	default:
		return lang.L("Not started: %s.", err.Error()), theme.Bad
	}
}
