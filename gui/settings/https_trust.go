package settings

import (
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// trustParts has the rows for making clients trust the certificate, for the certificate itself, and for removing it.
type trustParts struct {
	section  *httpsSection
	shown    trustState
	launches []launch.Command
	trust    local.SystemTrust
	client   string // the chosen client to start

	choice       *control.Select
	start        *control.Button
	note, result *control.Paragraph
	command      *widget.Label
	path         *control.Line
	about        *control.Paragraph // about the certificate
	forward      *control.Copy      // copies the command that makes the whole system trust it
	last         *control.Paragraph // what that means

	clients, certificate, system []fyne.CanvasObject
	resultRow, removal           fyne.CanvasObject
	copies                       []*control.Copy
	content                      *fyne.Container
}

// trustState is what the texts of commands and of the certificate depend on.
type trustState struct {
	on, stored                                   bool
	name, fingerprint, until, file, bundle, addr string
}

func newTrustParts(s *httpsSection) *trustParts {
	t := &trustParts{section: s, client: "transmission"}
	t.buildClients()
	t.buildCertificate()
	t.buildSystem()
	remove := control.NewButtonWithIcon(lang.L("Remove…"), fynetheme.DeleteIcon(), s.onRemove).Explained(lang.L("Deletes the certificate and its key, after a question."))
	remove.Importance = widget.DangerImportance
	hint := control.NewLine(lang.L("Deletes the certificate and its key. The list stays."), theme.Muted).AtLeast(120)
	t.removal = row(lang.L("Remove certificate"), control.Border(nil, nil, container.NewHBox(remove), nil, container.NewPadded(container.NewPadded(hint))), nil)
	t.content = container.New(layout.NewCustomPaddedVBoxLayout(10), slices.Concat(t.clients, []fyne.CanvasObject{t.resultRow}, t.certificate, t.system, []fyne.CanvasObject{t.removal})...)
	t.arrange()
	return t
}

func (t *trustParts) copier(label string, text func() string) *control.Copy {
	c := control.NewCopy(label, text, t.section.options.Desk.Now)
	t.copies = append(t.copies, c)
	return c
}

// buildClients builds the rows for making a client trust the certificate.
func (t *trustParts) buildClients() {
	t.choice = control.NewSelect(nil, nil)
	t.choice.Tip = lang.L("Chooses the client to start.")
	t.choice.OnChanged = func(string) {
		t.client = t.launches[max(0, t.choice.SelectedIndex())].Key
		t.showResult("", theme.Muted)
		t.fillClients()
		t.arrange()
	}
	t.start = control.NewButtonWithIcon(lang.L("Start it"), fynetheme.MediaPlayIcon(), t.onLaunch).Explained(lang.L("Starts this client so that it trusts the certificate."))
	t.start.Importance = widget.HighImportance
	t.note, t.result = control.NewText("", theme.Muted), control.NewText("", theme.Muted)
	t.command = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	t.command.Wrapping = fyne.TextWrapBreak
	copier := t.copier(lang.L("Copy"), func() string { return t.command.Text })
	t.clients = []fyne.CanvasObject{
		row(lang.L("Start a client"), container.NewHBox(control.Fixed(t.choice, 220), t.start), nil),
		indented(t.note.Content),
		indented(control.NewWell(control.Border(nil, nil, nil, container.NewVBox(copier), t.command))),
	}
	t.resultRow = indented(t.result.Content)
	t.resultRow.Hide()
}

// buildCertificate builds the rows with the certificate's path and fingerprint.
func (t *trustParts) buildCertificate() {
	t.path = control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Monospace: true}).AtLeast(120)
	t.about = control.NewText("", theme.Muted)
	t.certificate = []fyne.CanvasObject{
		row(lang.L("Certificate"), control.Border(nil, nil, nil, t.copier(lang.L("Copy"), t.path.Text), control.NewWell(t.path)), nil),
		indented(t.about.Content),
	}
}

// buildSystem builds the rows for the whole system's trust, and for undoing that.
func (t *trustParts) buildSystem() {
	t.forward = t.copier(lang.L("Copy install command"), func() string { return t.trust.Trust })
	back := t.copier(lang.L("Copy uninstall command"), func() string { return t.trust.Forget })
	t.forward.Tip = lang.L("Copies the command that makes this computer trust the certificate.")
	back.Tip = lang.L("Copies the command that makes this computer forget the certificate.")
	t.last = control.NewText("", theme.Muted)
	t.system = []fyne.CanvasObject{row(lang.L("System-wide"), container.NewHBox(t.forward, back), nil), indented(t.last.Content)}
}

// show shows a snapshot. It reports whether the section's height may have changed.
func (t *trustParts) show(addr string) (moved bool) {
	for _, c := range t.copies {
		c.Settle(t.section.now)
	}
	h := t.section.snap
	b := trustState{h.On, h.Stored, h.Name, h.Fingerprint, h.Until.Format(lang.L("2006-01-02")), h.Certificate, h.Bundle, addr}
	if b == t.shown {
		return false
	}
	t.shown, t.launches, t.trust = b, nil, local.SystemTrust{}
	if h.On {
		t.launches = t.section.options.Engine.Launches()
	}
	if h.Stored {
		t.trust = t.section.options.Engine.SystemTrust()
	}
	t.fillClients()
	t.path.Set(b.file, theme.Plain)
	t.about.Set(lang.L("%s, valid until %s. SHA-256: %s", b.name, b.until, b.fingerprint), theme.Muted)
	t.last.Set(t.systemTrustText(), theme.Muted)
	t.arrange()
	return true
}

// systemTrustText returns what it means if the whole system trusts the certificate.
func (t *trustParts) systemTrustText() string {
	switch {
	case !t.shown.on:
		return lang.L("If the whole system trusts the certificate, this command undoes that.")
	case t.trust.Everyone:
		return lang.L("For clients that can't be set up on their own: every program on this computer then trusts the certificate, for these trackers only. Run the command in a terminal, again whenever the list changes. It asks for an administrator's password.")
	default:
		return lang.L("For clients that can't be set up on their own: every program of yours then trusts the certificate, for these trackers only. Run the command in a terminal, again whenever the list changes.")
	}
}

// chosenClient returns the client to start; ok is false if none can be started.
func (t *trustParts) chosenClient() (l launch.Command, ok bool) {
	if len(t.launches) == 0 {
		return l, false
	}
	return t.launches[max(0, slices.IndexFunc(t.launches, func(l launch.Command) bool { return l.Key == t.client }))], true
}

func (t *trustParts) fillClients() {
	l, ok := t.chosenClient()
	if !ok {
		return
	}
	names := make([]string, len(t.launches))
	for i, l := range t.launches {
		names[i] = l.Client
	}
	t.choice.Fill(names, slices.Index(names, l.Client))
	note := lang.L("Started from here, the client trusts the certificate for this session only, and its settings stay as they are. Quit it first.")
	if !l.Proxied {
		note = lang.L("Started from here, the client trusts the certificate for this session only. Its own settings must point to BittOratio: see the Set-up page. Quit it first.")
	}
	t.note.Set(note, theme.Muted)
	if t.command.Text != l.ShellCommand() {
		t.command.SetText(l.ShellCommand())
	}
}

// arrange shows the parts that apply, and hides the others.
func (t *trustParts) arrange() {
	l, some := t.chosenClient()
	control.SetVisible(t.start, some && l.Found && l.Key == "transmission")
	control.SetVisible(t.forward, t.shown.on)
	for _, p := range []struct {
		parts   []fyne.CanvasObject
		visible bool
	}{
		{t.clients, t.shown.on && some},
		{t.certificate, t.shown.on},
		{t.system, t.shown.stored && t.trust.Trust != ""},
		{[]fyne.CanvasObject{t.removal}, t.shown.stored},
	} {
		for _, o := range p.parts {
			control.SetVisible(o, p.visible)
		}
	}
	control.SetVisible(t.content, t.shown.on || t.shown.stored)
	t.content.Refresh()
}

// showResult shows the result of starting a client.
func (t *trustParts) showResult(words string, tone theme.Tone) {
	t.result.Set(words, tone)
	control.SetVisible(t.resultRow, words != "")
	t.content.Refresh()
}

func (t *trustParts) onLaunch() {
	l, ok := t.chosenClient()
	if !ok {
		return
	}
	t.section.options.Desk.Background(func() error { return t.section.options.Engine.LaunchClient(l.Key) }, func(err error) {
		t.showResult(launchError(l, err))
	})
}

// launchError returns the text and tone for the result of starting a client.
func launchError(l launch.Command, err error) (string, theme.Tone) {
	var running *file.RunningError
	switch {
	case err == nil:
		return lang.L("%s was started.", l.Client), theme.Good
	case errors.As(err, &running):
		return lang.L("%s is running already. Quit it first.", l.Client), theme.Warn
	case errors.Is(err, local.ErrOff):
		return lang.L("Switch BittOratio on first, or the client can't connect."), theme.Warn
	default:
		return lang.L("Not started: %s.", text.Cause(err)), theme.Bad
	}
}
