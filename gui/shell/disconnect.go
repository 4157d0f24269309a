package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// maxClientsNamed is how many clients the question names.
const maxClientsNamed = 3

// confirmDisconnect asks the user before clients that announce through this program lose their trackers, and offers to
// keep forwarding at 1×. If there are no such clients, it proceeds at once.
func (s *Shell) confirmDisconnect(label string, keepForwarding, proceed func()) {
	snap := s.engine.Snapshot()
	pointed := text.ActiveClients(snap, s.options.Now())
	if s.options.Demo != nil || len(pointed) == 0 || snap.State == engine.Off || snap.State == engine.Stopping {
		proceed()
		return
	}
	if !s.visible.Load() {
		s.Raise() // also where the question is open already: the window was hidden over it
	}
	if s.asking {
		return
	}
	s.asking = true
	box := container.NewVBox()
	for i, p := range pointed {
		if i == maxClientsNamed {
			box.Add(control.NewParagraph(lang.N("%d more clients", len(pointed)-i), theme.Muted))
			break
		}
		name := p.Client + ", " + text.Torrents(p.Torrents)
		box.Add(control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100))
		box.Add(control.NewParagraph(whileOffText(p.Client), theme.Plain))
	}
	b := s.desk.NewDialog(lang.L("Clients are still using BittOratio"), control.Fixed(box, 480))
	focus := b.Button(lang.L("Cancel"), nil)
	buttons := []fyne.CanvasObject{focus, b.Button(label, proceed)}
	if keepForwarding != nil {
		box.Add(control.NewParagraph(lang.L("Keep forwarding at 1× lets them announce normally; your multiplier is remembered."), theme.Muted))
		focus = b.Button(lang.L("Keep forwarding at 1×"), keepForwarding)
		focus.Importance = widget.HighImportance
		buttons = append(buttons, focus)
	}
	b.SetOnClosed(func() { s.asking = false })
	b.Open(focus, buttons...)
}

// whileOffText returns what a client does while this program is off.
func whileOffText(client string) string {
	if c, ok := clients.Called(client); ok {
		of, _ := c.Of(client)
		if g, err := of.Render(clients.Values{Addr: "127.0.0.1:8080", Language: lang.Current()}); err == nil {
			return lang.L("While BittOratio is off, %s", g.Off)
		}
	}
	return lang.L("While BittOratio is off, the client reaches no tracker. Remove the proxy from its settings to undo.")
}

// askPower starts the engine, or stops it after the user has agreed to what that means for clients.
func (s *Shell) askPower(on bool) {
	if on || s.busy || s.quitting {
		s.onPower(on)
		return
	}
	keep := func() { s.engine.SetPassthrough(true) }
	if s.engine.Snapshot().Passthrough {
		keep = nil
	}
	s.confirmDisconnect(lang.L("Switch off"), keep, func() { s.onPower(false) })
}

// askQuit ends the program after the user has agreed to what that means for clients. If the user keeps forwarding at
// 1×, the window hides if there is a tray to bring it back.
func (s *Shell) askQuit() {
	if s.quitting {
		return
	}
	s.confirmDisconnect(lang.L("Quit"), func() {
		s.engine.SetPassthrough(true)
		if s.trayHosted() {
			s.hide()
		}
	}, s.Quit)
}
