package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// apply changes a client's settings files for the user. It shows what would change, and makes the change when the user
// agrees.
type apply struct {
	engine    Engine
	desk      *desk.Desk
	guide     clients.Guide
	done      func(back bool)          // called after the client was set up, or that was undone
	otherFile func(f file.File) string // the file that the client reads in place of this one while it runs; empty if it does not
	files     []*settingsFile
	content   fyne.CanvasObject
}

// settingsFile is one of the client's settings files on this computer.
type settingsFile struct {
	apply *apply
	file  file.File
	plan  *file.Plan // shown, but not carried out yet

	show, undo *control.Button
	below      *fyne.Container // what would change, or the result
	content    fyne.CanvasObject
}

func newApply(e Engine, d *desk.Desk, g clients.Guide, other func(file.File) string, done func(back bool)) *apply {
	a := &apply{engine: e, desk: d, guide: g, otherFile: other, done: done}
	box := container.NewVBox(heading(lang.L("Apply for me")))
	for _, f := range e.ClientFiles(g) {
		s := newSettingsFile(a, f)
		a.files = append(a.files, s)
		box.Add(s.content)
	}
	if enclosed := e.Enclosed(); len(a.files) == 0 && enclosed.Flatpak != "" && !enclosed.Files {
		box.Add(control.NewParagraph(lang.L("This BittOratio is a Flatpak, which hides your files from it: it can't see whether %s has a settings file. Follow the steps below.", g.Client), theme.Muted))
	} else if len(a.files) == 0 {
		box.Add(control.NewParagraph(lang.L("No settings file of %s is in its usual places on this computer. Start it once and close it, or follow the steps below.", g.Client), theme.Muted))
	} else {
		box.Objects = append(box.Objects[:1], append([]fyne.CanvasObject{control.NewParagraph(
			lang.L("BittOratio makes the change in the client's own file, with a backup beside it. The client must be closed. You see every change before it is made."), theme.Muted)}, box.Objects[1:]...)...)
	}
	a.content = control.NewCard(box)
	return a
}

func newSettingsFile(a *apply, f file.File) *settingsFile {
	s := &settingsFile{apply: a, file: f, below: container.NewVBox()}
	s.show = control.NewButton(lang.L("Show the change…"), func() { s.preview(false) }).Explained(lang.L("Shows what would be changed in the file. Nothing is changed yet."))
	s.show.Importance = widget.HighImportance
	s.undo = control.NewButtonWithIcon(lang.L("Undo…"), fynetheme.ContentUndoIcon(), func() { s.preview(true) }).Explained(lang.L("Shows how the change would be undone. Nothing is changed yet."))
	s.showButtons()
	system := control.NewLine(f.System, theme.Plain).AtLeast(230)
	row := control.Border(nil, nil, container.NewVBox(layout.NewSpacer(), system, layout.NewSpacer()),
		container.NewCenter(container.NewHBox(s.undo, s.show)), path(f.Path))
	s.content = container.NewVBox(row, s.below)
	return s
}

// showButtons shows the undo if there is an earlier change.
func (s *settingsFile) showButtons() {
	_, backed := s.file.Backup()
	control.SetVisible(s.undo, backed)
}

// preview works out what would change, and checks that the client is closed.
func (s *settingsFile) preview(back bool) {
	s.show.Disable()
	s.undo.Disable()
	var plan *file.Plan
	s.apply.desk.Background(func() error {
		err := s.apply.engine.ClientClosed(s.file)
		if err == nil {
			plan, err = s.apply.engine.PlanClient(s.file, s.apply.guide, back)
		}
		return err
	}, func(err error) {
		s.show.Enable()
		s.undo.Enable()
		if err != nil {
			s.showResult(fileError(err), theme.Bad)
			return
		}
		s.showPlan(plan)
	})
}

// showPlan shows a plan, with buttons to carry it out or to cancel.
func (s *settingsFile) showPlan(plan *file.Plan) {
	s.plan = plan
	if len(plan.Changes) == 0 && !plan.Undo {
		s.showResult(lang.L("Nothing to change: the file is already set up."), theme.Good)
		return
	}
	rows := container.New(layout.NewCustomPaddedVBoxLayout(2))
	for _, c := range plan.Changes {
		rows.Add(control.NewLine(c.Setting, theme.Muted).Sized(fynetheme.SizeNameCaptionText).Styled(fyne.TextStyle{Monospace: true}).AtLeast(100))
		rows.Add(path(value(c.Before, c.Had) + " → " + value(c.After, c.Has)))
	}
	if len(plan.Changes) == 0 {
		rows.Add(control.NewParagraph(lang.L("The settings are already as they were; only the backup is removed."), theme.Muted))
	}
	s.below.Objects = []fyne.CanvasObject{control.NewWell(rows)}
	if s.apply.engine.Enclosed().Flatpak != "" {
		s.below.Add(control.NewParagraph(lang.L("From its Flatpak BittOratio can't see whether the client runs. Quit it first, its tray icon too: a client that runs overwrites the change when it quits."), theme.Warn))
	}
	if other := s.apply.otherFile(s.file); other != "" && !plan.Undo {
		s.below.Add(control.NewParagraph(lang.L("The client that runs now reads another file (%s), so this change has no effect on it. Its card above changes the file that it reads.", other), theme.Warn))
	}
	if plan.Replaced != "" {
		s.below.Add(control.NewParagraph(lang.L("The client uses another proxy now (%s). BittOratio would replace it and reach trackers directly, from your own address. Undo brings it back.", plan.Replaced), theme.Warn))
	}
	yes := control.NewButton(lang.L("Change the file"), s.carryOut).Explained(lang.L("Makes the change that is shown."))
	if plan.Undo {
		yes.SetText(lang.L("Undo"))
	}
	yes.Importance = widget.HighImportance
	no := control.NewButton(lang.L("Cancel"), s.closePlan).Explained(lang.L("Leaves everything as it is."))
	s.below.Add(container.NewHBox(layout.NewSpacer(), no, yes))
	s.below.Refresh()
	control.Reveal(s.below)
}

// value returns a setting's value for display: also that it is not set, or that it is empty.
func value(v string, there bool) string {
	switch {
	case !there:
		return lang.L("(not set)")
	case v == "":
		return lang.L("(empty)")
	}
	return v
}

func (s *settingsFile) closePlan() {
	s.plan = nil
	s.below.RemoveAll()
}

// carryOut carries out the plan that was shown.
func (s *settingsFile) carryOut() {
	plan := s.plan
	if plan == nil {
		return
	}
	s.closePlan()
	s.apply.desk.Background(func() error { return s.apply.engine.ApplyClient(plan) }, func(err error) {
		s.showButtons()
		switch backup, _ := s.file.Backup(); {
		case err != nil:
			s.showResult(fileError(err), theme.Bad)
		case plan.Undo:
			s.showResult(lang.L("Done: the client's settings are as they were before."), theme.Good)
			s.apply.done(true)
		default:
			s.showResult(lang.L("Changed. Start the client and resume a torrent: the live check above turns green. The original is saved as %s.", backup), theme.Good)
			s.apply.done(false)
		}
	})
}

// showResult shows the result below the file.
func (s *settingsFile) showResult(what string, tone theme.Tone) {
	s.plan = nil
	s.below.Objects = []fyne.CanvasObject{control.NewParagraph(what, tone)}
	s.below.Refresh()
	control.Reveal(s.below)
}
