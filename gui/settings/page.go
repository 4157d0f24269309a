// Package settings is the page with the user's choices. A choice applies at once, except for the address, which waits
// for its button: a new address closes the port that clients use. The settings themselves, and what they may be, are in
// engine/settings.
package settings

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Engine is what the page asks of the engine.
type Engine interface {
	Change(func(*settings.Settings)) error
	Reset() error
	Folder() string
	SetTorrentFactor(h bittorrent.InfoHash, f policy.Factor) error
	SetTrackerRule(tracker string, rule policy.TrackerRule) error
	Authority
}

// Options has what the page needs from the window around it.
type Options struct {
	Engine      Engine
	Desk        *desk.Desk
	Startup     Startup                 // nil if the system has none
	SetTheme    func(mode, size string) // sets the colours and the text size
	SetLanguage func(language string)   // builds the window again in a language; this page is then no longer shown
	Tracker     func(host string)       // opens the rules of a tracker
	Sealed      bool                    // a demonstration: nothing may leave this computer
}

// Page is the page.
type Page struct {
	options Options
	shown   *settings.Settings // as the widgets show them

	host, port, nets     *control.Entry
	names                *control.Entry
	netsRow, namesRow    fyne.CanvasObject // shown for an address that other computers can reach
	hostWrong, save      *control.Line
	portWrong, netsWrong *control.Line
	run                  *control.Paragraph // the settings that the command line overrides for this run
	namesWrong           *control.Line
	apply, useFreePort   *control.Button
	freePort             string // the free port that the button beside a taken port offers
	udp                  *control.Check
	udpWrong             *control.Line
	activityLimits       activityLimits
	close, hide, notify  *control.Check
	login                *control.Check // hidden if the system cannot start the program
	mode, size, language *control.Choice
	languages            []string // tags, in the order of language
	windowWrong          *control.Line
	https                *httpsSection
	guards               guards
	overrides            *overrides
	swarm                swarm
	joinDuplicates       *control.Check
	joinWrong            *control.Line
	folder               *control.Line
	cards                *fyne.Container
	copy                 *control.Copy
	openFolder, reset    *control.Button
	resetHint            *control.Line
	resultUntil          time.Time // until when the hint shows the result of a command
	content              fyne.CanvasObject
}

// modes are the colour schemes as in settings.json, in the order shown.
var modes = []string{theme.System, theme.Light, theme.Dark}

func modeWords() []string { return []string{lang.L("System"), lang.L("Light"), lang.L("Dark")} }

// textSizes are the text sizes as in settings.json, in the order shown.
var textSizes = []string{theme.Small, theme.Normal, theme.Large}

func textSizeWords() []string {
	return []string{lang.L("Small (text)"), lang.L("Normal (text)"), lang.L("Large (text)")}
}

// languageTags returns the languages on offer as in settings.json, in the order shown.
func languageTags() []string {
	tags := []string{lang.System}
	for _, l := range lang.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// languageWords returns the name of each language in that language, for users who read no other.
func languageWords() []string {
	words := []string{lang.L("System")}
	for _, l := range lang.Languages() {
		words = append(words, l.Name)
	}
	return words
}

// New builds the page; Show fills it.
func New(o Options) *Page {
	p := &Page{options: o, shown: &settings.Settings{}, https: newHTTPSSection(o), overrides: newOverrides(o)}
	p.cards = container.New(layout.NewCustomPaddedVBoxLayout(10), p.connection(), p.https.content, p.announces(), p.swarmCard(), p.window(), p.data())
	p.content = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 12, 0, 10), p.cards))
	return p
}

// Content returns the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// ToSwarm scrolls to the settings of the swarm.
func (p *Page) ToSwarm() {
	if s := control.ScrollIn(p.content); s != nil {
		s.ScrollToOffset(fyne.NewPos(0, p.swarm.content.Position().Y))
	}
}

// Show shows the engine's state, and settings that were changed elsewhere.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	p.copy.Settle(now)
	moved := p.overrides.show(snap)
	moved = p.https.show(snap, now) || moved
	if snap.Settings != p.shown {
		moved = p.fill(snap.Settings) || moved
	}
	moved = p.showRun(snap) || moved
	if moved {
		p.cards.Refresh()
		p.content.Refresh()
	}
	if off := snap.State == engine.Off; off == p.reset.Disabled() {
		if off {
			p.reset.Enable()
		} else {
			p.reset.Disable()
		}
	}
	switch {
	case now.Before(p.resultUntil):
	case snap.State == engine.Off:
		p.resetHint.Set(lang.L("Deletes all totals, pending announces and cached answers. Your settings stay."), theme.Muted)
	default:
		p.resetHint.Set(lang.L("Switch off first: running sessions need their totals."), theme.Muted)
	}
}

// showRun shows the settings that the command line or the demonstration overrides. It reports whether the page's height may have changed.
func (p *Page) showRun(snap *engine.Snapshot) (moved bool) {
	var words []string
	if p.options.Sealed {
		if snap.State != engine.Off {
			words = []string{lang.L("The demonstration listens on %s.", snap.Addr)}
		}
	} else if listen := snap.Run.Listen; listen != "" && listen != snap.Settings.Listen {
		words = append(words, lang.L("Started with -listen: this run listens on %s until you press Apply.", snap.Addr))
	}
	if nets := snap.Run.AllowNetworks; !p.options.Sealed && len(nets) > 0 && !slices.Equal(nets, snap.Settings.AllowNetworks) {
		words = append(words, lang.L("Started with -allow: clients in %s may connect until you press Apply.", strings.Join(nets, ", ")))
	}
	shown := strings.Join(words, " ")
	if shown == p.run.Text() {
		return false
	}
	p.run.Set(shown, theme.Muted)
	control.SetVisible(p.run.Content, shown != "")
	p.showApply()
	return true
}

// fill shows settings in the widgets. It leaves a field alone that the user may be typing into, unless its setting
// changed. It reports whether the page's height may have changed.
func (p *Page) fill(s *settings.Settings) (moved bool) {
	was := p.shown
	p.shown = s
	if s.Listen != was.Listen {
		host, port := splitAddr(s.Listen)
		p.host.Fill(host)
		p.port.Fill(port)
	}
	if nets := strings.Join(s.AllowNetworks, ", "); nets != strings.Join(was.AllowNetworks, ", ") {
		p.nets.Fill(nets)
	}
	if names := strings.Join(s.GatewayNames, ", "); names != strings.Join(was.GatewayNames, ", ") {
		p.names.Fill(names)
	}
	p.showForOthers(joinAddr(p.host.Text, p.port.Text))
	p.udp.Fill(s.UDPTrackers)
	p.joinDuplicates.Fill(s.JoinDuplicates)
	p.close.Fill(s.Window.CloseToTray)
	p.hide.Fill(s.Window.StartHidden)
	p.notify.Fill(s.Window.Notify)
	p.activityLimits.fill(s)
	p.swarm.fill(&s.Swarm)
	p.mode.Set(slices.Index(modes, s.Window.Theme))
	p.size.Set(slices.Index(textSizes, s.Window.TextSize))
	p.showApply()
	p.language.Set(max(slices.Index(p.languages, s.Window.Language), 0)) // a language without files counts as the system's
	return p.guards.fill(s)
}

// change changes a setting at once; wrong shows why it could not be changed. The next snapshot updates the widgets.
func (p *Page) change(wrong *control.Line, change func(*settings.Settings)) {
	p.changeThen(wrong, change, func(error) {})
}

// changeThen does the same as change; then it calls a function with the result.
func (p *Page) changeThen(wrong *control.Line, change func(*settings.Settings), then func(err error)) {
	p.options.Desk.Background(func() error { return p.options.Engine.Change(change) }, func(err error) {
		_, words, _ := errorText(err)
		wrong.Set(words, theme.Bad)
		control.SetVisible(wrong, err != nil)
		if err != nil {
			p.fill(p.shown)
		}
		then(err)
	})
}

func (p *Page) onMode(index int) {
	p.changeAppearance(func(w *settings.Window) { w.Theme = modes[index] })
}

func (p *Page) onTextSize(index int) {
	p.changeAppearance(func(w *settings.Window) { w.TextSize = textSizes[index] })
}

// changeAppearance changes the colours or the size of text at once: both as they are chosen, since what was chosen just
// before may not be in the settings that are shown. If that cannot be saved, the window looks as before.
func (p *Page) changeAppearance(change func(*settings.Window)) {
	p.applyAppearance()
	p.changeThen(p.windowWrong, func(s *settings.Settings) { change(&s.Window) }, func(err error) {
		if err != nil {
			p.applyAppearance()
		}
	})
}

// applyAppearance gives the window the colours and the size of text that are chosen on the page.
func (p *Page) applyAppearance() {
	p.options.SetTheme(modes[max(p.mode.Chosen(), 0)], textSizes[max(p.size.Chosen(), 0)])
}

// onLanguage saves the language and builds the window again in it. This page is updated until then.
func (p *Page) onLanguage(index int) {
	change := func(s *settings.Settings) { s.Window.Language = p.languages[index] }
	p.options.Desk.Background(func() error { return p.options.Engine.Change(change) }, func(err error) {
		if err != nil {
			p.showError(errorText(err))
			p.fill(p.shown)
			return
		}
		p.options.SetLanguage(p.languages[index])
	})
}

func (p *Page) onTyped(string) {
	p.showForOthers(joinAddr(p.host.Text, p.port.Text))
	field, words := checkFields(p.host.Text, p.port.Text, p.nets.Text, p.names.Text)
	p.showError(field, words, "")
	p.save.Set("", theme.Muted)
	p.showApply()
}

// showApply enables Apply if it would change something and the fields are valid.
func (p *Page) showApply() {
	_, words := checkFields(p.host.Text, p.port.Text, p.nets.Text, p.names.Text)
	if words == "" && (p.run.Content.Visible() && !p.options.Sealed || joinAddr(p.host.Text, p.port.Text) != p.shown.Listen ||
		!slices.Equal(splitList(p.nets.Text), p.shown.AllowNetworks) || !slices.Equal(splitList(p.names.Text), p.shown.GatewayNames)) {
		p.apply.Enable()
		p.apply.Importance = widget.HighImportance
		p.apply.Refresh()
	} else {
		p.apply.Disable()
	}
}

// showForOthers shows or hides the rows for an address that other computers can reach.
func (p *Page) showForOthers(listen string) {
	control.SetVisible(p.netsRow, reachableByOthers(listen))
	control.SetVisible(p.namesRow, reachableByOthers(listen))
}

func (p *Page) onSubmitted(string) {
	if !p.apply.Disabled() {
		p.onApply()
	}
}

func (p *Page) onApply() {
	listen := joinAddr(p.host.Text, p.port.Text)
	if !reachableByOthers(listen) || reachableByOthers(p.shown.Listen) {
		p.applyListen(listen)
		return
	}
	p.options.Desk.Confirm(lang.L("Allow other computers?"),
		lang.L("Every computer of these networks could send requests through this one, without a password. Do this only in networks you trust."),
		lang.L("Listen there"), func() { p.applyListen(listen) })
}

func (p *Page) onUseFreePort() {
	p.port.SetText(p.freePort)
	p.onApply()
}

func (p *Page) applyListen(listen string) {
	nets, names := splitList(p.nets.Text), splitList(p.names.Text)
	p.apply.Disable()
	p.options.Desk.Background(func() error {
		return p.options.Engine.Change(func(s *settings.Settings) { s.Listen, s.AllowNetworks, s.GatewayNames = listen, nets, names })
	}, func(err error) {
		field, words, free := errorText(err)
		p.showError(field, words, free)
		if err != nil {
			p.showApply() // what stood in the way may be gone when it is pressed again
			return
		}
		p.save.Set(lang.L("Saved. Set your clients to %s", listen), theme.Good)
	})
}

// showError shows a message beside a field, and clears the other messages.
func (p *Page) showError(field, words, free string) {
	for name, line := range map[string]*control.Line{fieldAddress: p.hostWrong, fieldPort: p.portWrong, fieldNets: p.netsWrong, fieldNames: p.namesWrong, fieldWindow: p.windowWrong} {
		control.SetVisible(line, name == field)
		if name == field {
			line.Set(words, theme.Bad)
		}
	}
	if p.freePort = free; free != "" {
		p.useFreePort.SetText(lang.L("Use %s", free))
	}
	control.SetVisible(p.useFreePort, free != "")
}

func (p *Page) onOpen() {
	if err := p.options.Desk.Browse(p.options.Engine.Folder()); err != nil {
		p.showResult(lang.L("The folder could not be opened. Copy its path instead."), theme.Warn)
	}
}

func (p *Page) onReset() {
	p.options.Desk.Confirm(lang.L("Forget everything that was reported?"),
		lang.L("This deletes all totals, pending announces and cached answers. Running sessions start again from your client's real numbers, and announces that no tracker received are lost. This can't be undone."),
		lang.L("Forget everything"), func() {
			p.options.Desk.Background(p.options.Engine.Reset, func(err error) {
				if err != nil {
					p.showResult(lang.L("Not done: %s.", text.Cause(err)), theme.Bad)
					return
				}
				p.showResult(lang.L("Done: everything is forgotten."), theme.Good)
			})
		})
}

// showResult shows the result of a command for a while.
func (p *Page) showResult(what string, tone theme.Tone) {
	p.resultUntil = p.options.Desk.Now().Add(10 * time.Second)
	p.resetHint.Set(what, tone)
}
