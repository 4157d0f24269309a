package shell

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine/practice"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

// newDemo returns the strip that explains a demonstration and ends it.
func newDemo(end func()) *strip {
	s := newStrip(fynetheme.NewPrimaryThemedResource(fynetheme.MediaPlayIcon()), container.NewCenter(control.NewButton(lang.L("End it"), end).Explained(lang.L("Ends the demonstration and deletes what it made."))))
	s.content.Layout = layout.NewCustomPaddedLayout(6, 0, 8, 8) // with three lines, this leaves just enough room for a torrent's detail in the smallest window
	return &s
}

// showDemo shows what the practice tracker noticed, if this is a demonstration.
func (s *Shell) showDemo() {
	if s.options.Demo == nil {
		return
	}
	var found []practice.Status
	for _, p := range s.options.Demo() {
		if len(p.Findings) > 0 {
			found = append(found, p)
		}
	}
	s.demo.setText(lang.L("Demonstration: client and tracker are inside this program; nothing leaves this computer.") + "\n" + text.Verdict(found))
}

// demonstration returns a function that starts a demonstration; nil if there is none.
func (s *Shell) demonstration() func() {
	if s.options.Demonstrate == nil {
		return nil
	}
	return func() {
		if err := s.options.Demonstrate(); err != nil {
			s.showError(lang.L("The demonstration could not be started"), err)
		}
	}
}
