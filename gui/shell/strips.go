package shell

import (
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

// newPassthrough returns the strip that says that nothing is multiplied.
func newPassthrough(again func()) *strip {
	s := newStrip(fynetheme.NewPrimaryThemedResource(fynetheme.InfoIcon()), control.NewButton(lang.L("Multiply again"), again).Explained(lang.L("Lets the multiplier apply again to what your clients upload from now on.")))
	return &s
}

func showPassthrough(s *strip, snap *engine.Snapshot) {
	if !snap.Passthrough {
		s.setText("")
		return
	}
	s.setText(lang.L("Forwarding at 1×: clients reach their trackers, and nothing is multiplied. Your %s is remembered.", text.Times(snap.Factor)))
}

// newUDP returns the strip for a client that wanted to send datagrams, as qBittorrent and Deluge always do with SOCKS5.
func newUDP(allow, leave func()) *strip {
	yes := control.NewButton(lang.L("Allow UDP"), allow).Explained(lang.L("Lets clients announce to udp:// trackers through SOCKS5."))
	no := control.NewButton(lang.L("Leave it off"), leave).Explained(lang.L("Keeps UDP refused, and does not ask again."))
	no.Importance = widget.LowImportance
	s := newStrip(fynetheme.NewWarningThemedResource(fynetheme.WarningIcon()), container.NewHBox(yes, no))
	return &s
}

func showUDP(s *strip, snap *engine.Snapshot) {
	if !snap.UDPRefused || snap.State == engine.Off {
		s.setText("")
		return
	}
	s.setText(lang.L("Only udp:// trackers need UDP; qBittorrent and Deluge then lose µTP."))
}
