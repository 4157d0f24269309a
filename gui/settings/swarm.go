package settings

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// swarm is the section for looking things up in the swarm, which shows this computer's address to strangers.
type swarm struct {
	on, full, client, names *control.Check
	port, bind              *control.Entry
	apply                   *control.Button
	wrong, socketWrong      *control.Line
	shown                   settings.Swarm // as the fields were last filled
	content                 fyne.CanvasObject
}

// swarmCard returns the section for the swarm.
func (p *Page) swarmCard() fyne.CanvasObject {
	w := &p.swarm
	w.wrong, w.socketWrong = newErrorLine(), newErrorLine()
	check := func(label string, set func(s *settings.Swarm, on bool)) *control.Check {
		return control.NewCheck(label, func(on bool) {
			p.change(w.wrong, func(s *settings.Settings) { set(&s.Swarm, on) })
		})
	}
	w.on = check(lang.L("Let the Swarm page ask the DHT and peers"), func(s *settings.Swarm, on bool) { s.Enabled = on }).Explained(lang.L("Lets you look up torrents in the DHT and among peers."))
	if p.options.Sealed {
		w.on.Disable()
	}
	w.full = check(lang.L("Answer other nodes too, where they can reach this computer"), func(s *settings.Swarm, on bool) { s.AnswerOthers = on }).Explained(lang.L("Makes this computer a full node of the DHT."))
	w.client = check(lang.L("After a look-up, let others find my client"), func(s *settings.Swarm, on bool) { s.AnnounceClient = on }).Explained(lang.L("Announces your own client to the DHT, where it shares the torrent."))
	w.names = check(lang.L("Look up names of torrents that can't be private"), func(s *settings.Swarm, on bool) { s.Names = on }).Explained(lang.L("Asks the swarm for names that no folder knows."))
	w.port, w.bind = control.NewEntry(), control.NewEntry()
	w.port.Name, w.bind.Name = lang.L("UDP port"), lang.L("Interface")
	w.port.Tip = lang.L("The UDP port that asks the DHT; empty for any.")
	w.bind.Tip = lang.L("The network interface that look-ups use; empty for any.")
	w.port.SetPlaceHolder(lang.L("any"))
	w.bind.SetPlaceHolder(lang.L("any"))
	w.apply = control.NewButton(lang.L("Apply"), p.onSocketApply).Explained(lang.L("Saves this and uses it at once."))
	w.apply.Disable()
	for _, e := range []*control.Entry{w.port, w.bind} {
		e.OnChanged = func(string) { p.onSocketTyped() }
		e.OnSubmitted = func(string) { p.onSocketApply() }
	}
	hint := control.NewLine(lang.L("Each look-up shows strangers this computer's address. While off, nothing is sent."), theme.Muted).AtLeast(120)
	vpn := control.NewLine(lang.L("With a VPN, name its interface (tun0, wg0): nothing is then sent past it."), theme.Muted).AtLeast(120)
	w.content = section(lang.L("Swarm"),
		row(lang.L("Ask"), container.NewVBox(w.on, hint), nil),
		row(lang.L("Others"), container.NewVBox(w.full, w.client, w.names), w.wrong),
		row(lang.L("UDP port"), control.Fixed(w.port, 110), nil),
		row(lang.L("Interface"), container.NewHBox(control.Fixed(w.bind, 170), w.apply), w.socketWrong),
		indented(vpn),
	)
	return w.content
}

// fill shows the settings. It leaves a field alone that the user may be typing into, unless its setting changed.
func (w *swarm) fill(s *settings.Swarm) {
	w.on.Fill(s.Enabled)
	w.full.Fill(s.AnswerOthers)
	w.client.Fill(s.AnnounceClient)
	w.names.Fill(s.Names)
	if s.Port != w.shown.Port {
		w.port.Fill(portText(s.Port))
	}
	if s.Bind != w.shown.Bind {
		w.bind.Fill(s.Bind)
	}
	w.shown = *s
	w.typed()
}

// portText returns a port as a text to be edited; "" means any port.
func portText(port uint16) string {
	if port == 0 {
		return ""
	}
	return strconv.Itoa(int(port))
}

// typed returns the values of the fields; ok reports whether they are valid.
func (w *swarm) typed() (port uint16, bind string, ok bool) {
	words := strings.TrimSpace(w.port.Text)
	n, err := strconv.ParseUint(words, 10, 16)
	port, bind, ok = uint16(n), strings.TrimSpace(w.bind.Text), err == nil || words == ""
	if ok && (port != w.shown.Port || bind != w.shown.Bind) {
		w.apply.Enable()
	} else {
		w.apply.Disable()
	}
	return port, bind, ok
}

// onSocketTyped shows what is wrong while the user types.
func (p *Page) onSocketTyped() {
	w := &p.swarm
	_, _, ok := w.typed()
	p.showSocketError(!ok, lang.L("A port is a number from 1 to 65535; leave it empty for any."))
}

func (p *Page) showSocketError(refused bool, why string) {
	w := &p.swarm
	w.socketWrong.Set(why, theme.Bad)
	if w.socketWrong.Visible() != refused {
		control.SetVisible(w.socketWrong, refused)
		p.cards.Refresh()
	}
}

// onSocketApply saves the values of the fields, with which the engine opens its sockets again.
func (p *Page) onSocketApply() {
	port, bind, ok := p.swarm.typed()
	if !ok || p.swarm.apply.Disabled() {
		return
	}
	p.options.Desk.Background(func() error {
		return p.options.Engine.Change(func(s *settings.Settings) { s.Swarm.Port, s.Swarm.Bind = port, bind })
	}, func(err error) {
		_, words, _ := errorText(err)
		p.showSocketError(err != nil, words)
	})
}
