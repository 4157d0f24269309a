package shell

import (
	"errors"
	"net"

	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/network/listen"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

func (s *Shell) showError(title string, err error) { s.desk.Inform(title, text.Error(err)) }

// settingsFailed shows why settings.json cannot be read, and offers to open it or to start over. The file stays as it
// is until the user chooses to start over.
func (s *Shell) settingsFailed(fault *settings.SyntaxError) {
	if !s.visible.Load() {
		s.Raise()
	}
	label := control.NewParagraph(text.UnreadableSettings(fault), theme.Plain)
	b := s.desk.NewDialog(lang.L("Your settings can't be read"), control.Fixed(label, 440))
	later := b.Button(lang.L("Close"), nil)
	over := b.Button(lang.L("Start over at 1×"), func() {
		s.background(s.engine.StartOver, func(err error) {
			if err != nil {
				s.showError(lang.L("The file could not be written"), err)
			}
		})
	})
	open := b.Button(lang.L("Open the file"), func() {
		if err := s.desk.Browse(fault.File); err != nil {
			s.showError(lang.L("The file could not be opened"), err)
		}
	})
	open.Importance = widget.HighImportance
	b.Open(open, later, over, open)
}

// startFailed shows why the engine did not start. If its port is taken, it offers a free one.
func (s *Shell) startFailed(err error) {
	var syntax *settings.SyntaxError
	if errors.As(err, &syntax) {
		s.settingsFailed(syntax)
		return
	}
	var listen *listen.Error
	if !errors.As(err, &listen) || !listen.Taken || listen.Free == "" {
		s.showError(lang.L("Could not switch on"), err)
		return
	}
	if !s.visible.Load() {
		s.Raise()
	}
	_, taken, _ := net.SplitHostPort(listen.Addr)
	_, free, _ := net.SplitHostPort(listen.Free)
	s.desk.Confirm(lang.L("Port %s is taken", taken),
		lang.L("%s uses %s. Port %s is free. If you take it, point your clients at %s from now on.", text.PortOwner(listen), listen.Addr, free, listen.Free),
		lang.L("Use port %s", free), func() { s.startAt(listen.Free) })
}

// startAt saves a new address and starts the engine there.
func (s *Shell) startAt(addr string) {
	s.busy = true
	s.background(func() error {
		if err := s.engine.Change(func(set *settings.Settings) { set.Listen = addr }); err != nil {
			return err
		}
		return s.engine.Start()
	}, func(err error) {
		s.busy = false
		if err != nil {
			s.startFailed(err)
		}
	})
}

// askFactor lets the user type an exact factor.
func (s *Shell) askFactor() {
	hint := lang.L("From 1 to 100. It applies to new upload only; what was reported stays.")
	s.desk.Prompt(lang.L("Multiplier"), hint, text.Factor(s.bar.factor.value), func(typed string) string {
		f, err := policy.ParseFactor(typed)
		if err != nil {
			return lang.L("A number from 1 to 100, with at most three decimals.")
		}
		s.bar.factor.choose(f)
		return ""
	})
}
