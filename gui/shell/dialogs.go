package shell

import (
	"errors"
	"io"
	"net"
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/network/listen"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// ask puts a question whose yes does something.
func (s *Shell) ask(title, question, yes string, do func()) {
	label := control.NewParagraph(question, theme.Plain)
	b := s.newBox(title, control.Fixed(label, 440))
	no, ok := b.button(lang.L("Cancel"), nil), b.button(yes, do)
	ok.Importance = widget.HighImportance
	b.open(no, no, ok)
}

// tell says something and waits for OK.
func (s *Shell) tell(title, what string) {
	if !s.visible.Load() {
		s.Raise()
	}
	label := control.NewParagraph(what, theme.Plain)
	b := s.newBox(title, control.Fixed(label, 440))
	ok := b.button(lang.L("OK"), nil)
	b.open(ok, ok)
}

// openDialog shows something large, until its button is pressed.
func (s *Shell) openDialog(title string, content fyne.CanvasObject) {
	b, size := s.newBox(title, content), s.window.Canvas().Size()
	b.Resize(fyne.NewSize(min(size.Width-40, 860), size.Height-40))
	shut := b.button(lang.L("Close"), nil)
	b.open(shut, shut)
}

// openSmall shows something as large as it is, until its button is pressed.
func (s *Shell) openSmall(title string, content fyne.CanvasObject) {
	b := s.newBox(title, content)
	shut := b.button(lang.L("Close"), nil)
	b.open(shut, shut)
}

// save asks for a file, has it written elsewhere, and says how that ended.
func (s *Shell) save(name string, write func(io.Writer) error) {
	d := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			s.complain(lang.L("The file could not be written"), err)
		case w != nil:
			s.background(func() error { return errors.Join(write(w), w.Close()) }, func(err error) {
				if err != nil {
					s.complain(lang.L("The file could not be written"), err)
					return
				}
				s.tell(lang.L("Exported"), lang.L("%s is written. Passkeys are not in it.", w.URI().Path()))
			})
		}
	}, s.window)
	d.SetFileName(name)
	s.openFiles(d)
}

func (s *Shell) complain(title string, err error) { s.tell(title, sentence(err)) }

// sentence is an error in words for people, with the next step.
func sentence(err error) string {
	var listen *listen.Error
	var setting *engine.SettingsError
	var syntax *engine.SettingsSyntaxError
	switch {
	case errors.As(err, &syntax):
		return unreadable(syntax)
	case errors.As(err, &listen) && listen.Taken:
		return lang.L("Another program uses %s, and no port near it is free. Choose another port in Settings.", listen.Addr)
	case errors.As(err, &listen):
		return lang.L("%s cannot be opened on this computer. Choose another address in Settings; 127.0.0.1 always works.", listen.Addr)
	case errors.As(err, &setting):
		return lang.L("A setting cannot be: %s %s. Change it in Settings.", setting.Field, setting.Reason)
	default:
		return lang.L("%s. Try again; if it stays, start the program anew.", err.Error())
	}
}

// unreadable says where settings.json stops making sense, and what to do.
func unreadable(fault *engine.SettingsSyntaxError) string {
	return lang.L("%s (settings.json, line %d, column %d). BittOratio stays off until the file can be read. Correct it and switch on, or start over with a new file and multiplier 1.", slip(fault.Slip), fault.Line, fault.Column)
}

func slip(s engine.SettingsSlip) string {
	switch s {
	case engine.SlipEmpty:
		return lang.L("The file is empty")
	case engine.SlipEncoding:
		return lang.L("The file is saved as UTF-16, not as UTF-8")
	case engine.SlipComment:
		return lang.L("The file has a comment, which JSON doesn't allow")
	case engine.SlipComma:
		return lang.L("There is a comma in front of a closing bracket")
	case engine.SlipUnshut:
		return lang.L("A quote or a bracket isn't closed")
	default:
		return lang.L("The file isn't valid JSON")
	}
}

// settingsFailed shows why settings.json cannot be read, and offers to open it or to start over. The file stays as it is
// until the user chooses to start over.
func (s *Shell) settingsFailed(fault *engine.SettingsSyntaxError) {
	if !s.visible.Load() {
		s.Raise()
	}
	label := control.NewParagraph(unreadable(fault), theme.Plain)
	b := s.newBox(lang.L("Your settings can't be read"), control.Fixed(label, 440))
	later := b.button(lang.L("Close"), nil)
	over := b.button(lang.L("Start over at 1×"), func() {
		s.background(s.engine.StartOver, func(err error) {
			if err != nil {
				s.complain(lang.L("The file could not be written"), err)
			}
		})
	})
	open := b.button(lang.L("Open the file"), func() {
		if err := s.openFolder(fault.File); err != nil {
			s.complain(lang.L("The file could not be opened"), err)
		}
	})
	open.Importance = widget.HighImportance
	b.open(open, later, over, open)
}

// startFailed offers the next free port where the one wanted is taken.
func (s *Shell) startFailed(err error) {
	var syntax *engine.SettingsSyntaxError
	if errors.As(err, &syntax) {
		s.settingsFailed(syntax)
		return
	}
	var listen *listen.Error
	if !errors.As(err, &listen) || !listen.Taken || listen.Free == "" {
		s.complain(lang.L("Could not switch on"), err)
		return
	}
	if !s.visible.Load() {
		s.Raise()
	}
	_, taken, _ := net.SplitHostPort(listen.Addr)
	_, free, _ := net.SplitHostPort(listen.Free)
	s.ask(lang.L("Port %s is taken", taken),
		lang.L("Another program uses %s. Port %s is free. If you take it, point your clients at %s from now on.", listen.Addr, free, listen.Free),
		lang.L("Use port %s", free), func() { s.startAt(listen.Free) })
}

// startAt keeps a new address and starts there.
func (s *Shell) startAt(addr string) {
	s.busy = true
	s.background(func() error {
		if err := s.engine.Change(func(set *engine.Settings) { set.Listen = addr }); err != nil {
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

// askFactor lets an exact factor be typed.
func (s *Shell) askFactor() {
	hint := lang.L("From 1 to 100. It applies to new upload only; nothing already told changes.")
	s.enter(lang.L("Multiplier"), hint, text.Factor(s.bar.factor.value), func(typed string) string {
		f, err := engine.ParseFactor(typed)
		if err != nil {
			return lang.L("A number from 1 to 100, with at most three decimals.")
		}
		s.bar.factor.choose(f)
		return ""
	})
}

// enter asks for a figure until take finds nothing wrong with it.
func (s *Shell) enter(title, hint, value string, take func(typed string) (wrong string)) {
	entry, wrong := control.NewEntry(), control.NewLine("", theme.Bad).AtLeast(100)
	entry.SetText(value)
	b := s.newBox(title, control.Fixed(container.NewVBox(entry, control.NewParagraph(hint, theme.Muted), wrong), 440))
	try := func() {
		if why := take(entry.Text); why != "" {
			wrong.Set(why, theme.Bad)
			return
		}
		b.Hide()
	}
	entry.OnSubmitted = func(string) { try() }
	ok := control.NewButton(lang.L("Set"), try)
	ok.Importance = widget.HighImportance
	b.open(entry, b.button(lang.L("Cancel"), nil), ok)
	entry.TypedShortcut(&fyne.ShortcutSelectAll{})
}

func (s *Shell) openFolder(folder string) error {
	u, err := url.Parse(storage.NewFileURI(folder).String())
	if err != nil {
		return err
	}
	return s.app.OpenURL(u)
}
