package settings

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"bittoratio/engine"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/exchange"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Authority is what the page asks of the engine for https trackers.
type Authority interface {
	RemoveAuthority() error
	RetryClients()
	Launches() []launch.Command
	LaunchClient(key string) error
	SystemTrust() local.SystemTrust
}

// httpsSection is the section for https trackers.
type httpsSection struct {
	options  Options
	snap     exchange.HTTPS
	settings *settings.Settings
	now      time.Time

	on        *control.Check
	wrong     *control.Line
	about     *control.Paragraph
	host      *control.Entry
	add       *control.Button
	hostWrong *control.Line
	lists     *hostLists
	trust     *trustParts
	content   fyne.CanvasObject
}

func newHTTPSSection(o Options) *httpsSection {
	s := &httpsSection{options: o, settings: &settings.Settings{}}
	s.on = control.NewCheck(lang.L("Read announces to these HTTPS trackers"), s.onSwitch).Explained(lang.L("Decrypts your clients' connections to the trackers of this list, to multiply their announces."))
	s.wrong, s.hostWrong = newErrorLine(), newErrorLine()
	s.about = control.NewText("", theme.Muted)
	s.host = control.NewEntry()
	s.host.Name = lang.L("Add a tracker")
	s.host.Tip = lang.L("The tracker's host, with its port where that is not 443.")
	s.host.SetPlaceHolder("tracker.example:443")
	s.host.OnSubmitted = func(string) { s.onAdd() }
	s.add = control.NewButton(lang.L("Add"), s.onAdd).Explained(lang.L("Adds this tracker to the list."))
	s.lists, s.trust = newHostLists(s), newTrustParts(s)
	s.content = section(lang.L("HTTPS trackers"),
		row(lang.L("Allowed"), s.on, s.wrong),
		indented(s.about.Content),
		s.lists.content,
		row(lang.L("Add a tracker"), container.NewHBox(control.Fixed(s.host, 300), s.add), s.hostWrong),
		s.trust.content,
	)
	return s
}

// show shows a snapshot. It reports whether the section's height may have changed.
func (s *httpsSection) show(snap *engine.Snapshot, now time.Time) (moved bool) {
	was := s.settings.OpenHTTPS
	trouble := snap.HTTPS.Trouble != s.snap.Trouble
	s.snap, s.settings, s.now = snap.HTTPS, snap.Settings, now
	if s.settings.OpenHTTPS != was {
		s.on.Fill(s.settings.OpenHTTPS)
	}
	if trouble {
		s.showError("")
	}
	about := lang.L("Connections to https trackers pass untouched, and the trackers get your client's real numbers.")
	if s.settings.OpenHTTPS {
		about = lang.L("Certificates are made on this computer, for these trackers only. The trackers' own certificates are checked as strictly as ever. Everything else passes untouched.")
	}
	moved = s.about.Set(about, theme.Muted)
	moved = s.lists.show() || moved
	return s.trust.show(snap.Addr) || moved || trouble
}

func (s *httpsSection) onSwitch(on bool) {
	if !on {
		s.change(func(c *settings.Settings) { c.OpenHTTPS = false })
		return
	}
	s.on.Fill(false) // until the user agrees
	s.askConsent(func() { s.change(func(c *settings.Settings) { c.OpenHTTPS = true }) })
}

// askConsent asks the user before the authority is made, and calls do if the user agrees.
func (s *httpsSection) askConsent(do func()) {
	s.options.Desk.Confirm(lang.L("Decrypt connections to https trackers?"),
		lang.L("BittOratio makes a certificate authority on this computer, for the trackers you list and nothing else, so that it can read and change announces to them. Clients need to trust it; those that don't are passed through untouched. Its key stays in the data folder. You can remove it at any time."),
		lang.L("I agree"), do)
}

// addHost puts a host on the list. If decrypting is off, it is switched on if the user agrees.
func (s *httpsSection) addHost(host string) {
	addTo := func(c *settings.Settings) {
		c.OpenHTTPS = true
		if !slices.ContainsFunc(c.OpenHosts, func(h string) bool { return sameHost(h, host) }) {
			c.OpenHosts = append(c.OpenHosts, host)
		}
	}
	if s.settings.OpenHTTPS {
		s.change(addTo)
		return
	}
	s.askConsent(func() { s.change(addTo) })
}

func (s *httpsSection) onAdd() {
	host, err := settings.OpenHost(s.host.Text)
	control.SetVisible(s.hostWrong, err != nil)
	if err != nil {
		s.hostWrong.Set(hostError(s.host.Text, err), theme.Bad)
		return
	}
	s.host.SetText("")
	s.addHost(host)
}

// removeHost removes a host from the list.
func (s *httpsSection) removeHost(host string) {
	s.change(func(c *settings.Settings) {
		c.OpenHosts = slices.DeleteFunc(c.OpenHosts, func(h string) bool { return sameHost(h, host) })
	})
}

func (s *httpsSection) change(do func(*settings.Settings)) {
	s.options.Desk.Background(func() error { return s.options.Engine.Change(do) }, func(err error) {
		s.on.Fill(s.settings.OpenHTTPS) // until the next snapshot
		_, words, _ := errorText(err)
		s.showError(words)
	})
}

// showError shows why something failed; "" hides the message.
func (s *httpsSection) showError(words string) {
	if words == "" && s.snap.Trouble != "" {
		words = lang.L("BittOratio isn't on: %s.", s.snap.Trouble)
	}
	s.wrong.Set(words, theme.Bad)
	control.SetVisible(s.wrong, words != "")
}

func (s *httpsSection) onRemove() {
	s.options.Desk.Confirm(lang.L("Remove the certificate and its key?"),
		lang.L("Connections to https trackers pass untouched again. Nobody can use the certificate any more, even if a client still trusts it. If the whole system trusts it, use the uninstall command first."),
		lang.L("Remove it"), func() {
			s.options.Desk.Background(s.options.Engine.RemoveAuthority, func(err error) {
				if err != nil {
					s.showError(lang.L("Not done: %s.", text.Cause(err)))
				}
			})
		})
}

// sameHost reports whether two entries of the list mean the same host.
func sameHost(a, b string) bool {
	a, errA := settings.OpenHost(a)
	b, errB := settings.OpenHost(b)
	return errA == nil && errB == nil && strings.EqualFold(a, b)
}
