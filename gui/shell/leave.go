package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// clientsNamed is how many clients the question names.
const clientsNamed = 3

// leave asks before clients that announce through here lose their way to the trackers: they can be left to go on at
// 1×. Where there is none, it goes at once.
func (s *Shell) leave(goes string, keep, gone func()) {
	snap := s.engine.Snapshot()
	pointed := text.ActiveClients(snap, s.options.Now())
	if s.options.Demo != nil || len(pointed) == 0 || snap.State == engine.Off || snap.State == engine.Stopping {
		gone()
		return
	}
	if s.asking {
		return
	}
	s.asking = true
	if !s.visible.Load() {
		s.Raise()
	}
	box := container.NewVBox()
	for i, p := range pointed {
		if i == clientsNamed {
			box.Add(control.NewParagraph(lang.N("%d more clients", len(pointed)-i), theme.Muted))
			break
		}
		name := p.Client + ", " + text.Torrents(p.Torrents)
		box.Add(control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100))
		box.Add(control.NewParagraph(without(p.Client), theme.Plain))
	}
	b := s.desk.NewDialog(lang.L("Clients are still using BittOratio"), control.Fixed(box, 480))
	focus := b.Button(lang.L("Cancel"), nil)
	buttons := []fyne.CanvasObject{focus, b.Button(goes, gone)}
	if keep != nil {
		box.Add(control.NewParagraph(lang.L("Keep forwarding at 1× lets them announce normally; your multiplier is remembered."), theme.Muted))
		focus = b.Button(lang.L("Keep forwarding at 1×"), keep)
		focus.Importance = widget.HighImportance
		buttons = append(buttons, focus)
	}
	b.SetOnClosed(func() { s.asking = false })
	b.Open(focus, buttons...)
}

// without returns what a client does while the program is off.
func without(client string) string {
	if c, ok := clients.Called(client); ok {
		of, _ := c.Of(client)
		if g, err := of.Render(clients.Values{Addr: "127.0.0.1:8080", Language: lang.Current()}); err == nil {
			return lang.L("While BittOratio is off, %s", g.Off)
		}
	}
	return lang.L("While BittOratio is off, the client reaches no tracker. Remove the proxy from its settings to undo.")
}

// askPower asks the engine to start, or to stop once the user knows what that means for clients.
func (s *Shell) askPower(on bool) {
	if on || s.busy || s.quitting {
		s.onPower(on)
		return
	}
	keep := func() { s.engine.SetPassthrough(true) }
	if s.engine.Snapshot().Passthrough {
		keep = nil
	}
	s.leave(lang.L("Switch off"), keep, func() { s.onPower(false) })
}

// askQuit ends the program once the user knows what that means for clients. Kept at 1×, it goes out of sight where a
// tray can bring it back.
func (s *Shell) askQuit() {
	if s.quitting {
		return
	}
	s.leave(lang.L("Quit"), func() {
		s.engine.SetPassthrough(true)
		if s.trayHosted() {
			s.hide()
		}
	}, s.Quit)
}

// newAtOne returns the strip that says that nothing is multiplied.
func newAtOne(again func()) *strip {
	s := newStrip(fynetheme.NewPrimaryThemedResource(fynetheme.InfoIcon()), control.NewButton(lang.L("Multiply again"), again).Explained(lang.L("Lets the multiplier apply again to what your clients upload from now on.")))
	return &s
}

func showAtOne(s *strip, snap *engine.Snapshot) {
	if !snap.Passthrough {
		s.say("")
		return
	}
	s.say(lang.L("Forwarding at 1×: clients reach their trackers, and nothing is multiplied. Your %s is remembered.", text.Times(snap.Factor)))
}

// newUDP tells that a client wanted to send datagrams, as qBittorrent and Deluge always do through SOCKS5.
func newUDP(allow, leave func()) *strip {
	yes := control.NewButton(lang.L("Allow UDP"), allow).Explained(lang.L("Lets clients announce to udp:// trackers through SOCKS5."))
	no := control.NewButton(lang.L("Leave it off"), leave).Explained(lang.L("Keeps UDP refused, and does not ask again."))
	no.Importance = widget.LowImportance
	s := newStrip(fynetheme.NewWarningThemedResource(fynetheme.WarningIcon()), container.NewHBox(yes, no))
	return &s
}

func showUDP(s *strip, snap *engine.Snapshot) {
	if !snap.UDPRefused || snap.State == engine.Off {
		s.say("")
		return
	}
	s.say(lang.L("Only udp:// trackers need UDP; qBittorrent and Deluge then lose µTP."))
}
