package setup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/remote"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// proposal is a change to a client, shown below its card until the user agrees or cancels.
type proposal struct {
	card      *card
	undo      bool
	login     remote.Access // for remote access; forgotten with the proposal
	plan      *change.Plan
	busy      bool        // a change is being made or checked
	began     time.Time   // when the last change that was made or checked began
	tried     time.Time   // when a change that waits was last checked
	cancelled atomic.Bool // the user cancelled the wait; read just before the change is made
}

// propose plans a change, or with back its undo, and shows it.
func (d *card) propose(undo bool) { (&proposal{card: d, undo: undo}).ask() }

func (f *finder) context() context.Context {
	if f.desk.Context != nil {
		return f.desk.Context
	}
	return context.Background()
}

// ask plans the change in the background. If the client wants a password, it asks the user for it.
func (p *proposal) ask() {
	d := p.card
	done := d.showBusy(lang.L("Looking at what would change…"))
	c, login := *d.c, p.login
	var plan *change.Plan
	d.finder.desk.Background(func() (err error) {
		plan, err = d.finder.engine.PlanSetup(d.finder.context(), &c, login, p.undo)
		return err
	}, func(err error) {
		done()
		var no *remote.Error
		switch {
		case errors.As(err, &no) && no.Kind == remote.WrongLogin:
			d.askLogin(no.Client, p.login, func(login remote.Access) { p.login = login; p.ask() })
		case err != nil:
			d.showResult(setUpError(err), theme.Bad)
		default:
			p.plan = plan
			p.show()
		}
	})
}

// askLogin asks for the user name and password of a client's remote access. They are not saved.
func (d *card) askLogin(client string, tried remote.Access, take func(remote.Access)) {
	d.clearBelow()
	user, password := control.NewEntry(), control.NewEntry()
	user.Tip, password.Tip = lang.L("The user name of the client's web page or remote access."), lang.L("The password of the client's web page or remote access. It is never saved.")
	user.SetPlaceHolder(lang.L("user name"))
	password.SetPlaceHolder(lang.L("password"))
	password.Password = true
	user.SetText(d.c.Way.Remote.User)
	say := lang.L("%s runs and asks for the password of its web page or remote access. BittOratio uses it for this change and keeps it nowhere.", client)
	tone := theme.Plain
	if tried.User != "" || tried.Password != "" {
		user.SetText(tried.User)
		say, tone = lang.L("%s wants another user name or password: those of its web page or remote access.", client), theme.Bad
	}
	submit := func() { take(remote.Access{User: user.Text, Password: password.Text}) }
	user.OnSubmitted, password.OnSubmitted = func(string) { submit() }, func(string) { submit() }
	next := control.NewButton(lang.L("Go on"), submit).Explained(lang.L("Uses this user name and password for the change."))
	next.Importance = widget.HighImportance
	d.below.Add(control.NewParagraph(say, tone))
	d.below.Add(control.Border(nil, nil, nil, container.NewHBox(control.NewButton(lang.L("Cancel"), d.clearBelow).Explained(lang.L("Leaves everything as it is.")), next), container.NewGridWithColumns(2, user, password)))
	d.below.Refresh()
	control.Reveal(d.below)
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(d.set); canvas != nil {
		canvas.Focus(password)
	}
}

// show shows what would change, with buttons to agree or cancel.
func (p *proposal) show() {
	d := p.card
	d.clearBelow()
	if len(p.plan.Changes) == 0 && !p.plan.Undo {
		d.showResult(lang.L("Nothing to change: the client is set up already."), theme.Good)
		return
	}
	rows := container.New(layout.NewCustomPaddedVBoxLayout(-8))
	rows.Add(path(p.plan.Where))
	for _, c := range p.plan.Changes {
		rows.Add(path(c.Setting + ": " + value(c.Before, c.Had) + " → " + value(c.After, c.Has)))
	}
	d.below.Add(control.NewParagraph(p.meaning(), theme.Muted))
	d.below.Add(control.NewWell(rows))
	if len(p.plan.Changes) == 0 {
		d.below.Add(control.NewParagraph(lang.L("The settings are already as they were; only the backup is removed."), theme.Muted))
	}
	if p.plan.Replaced != "" {
		d.below.Add(control.NewParagraph(lang.L("The client uses another proxy now (%s). BittOratio would replace it and reach trackers directly, from your own address. Undo brings it back.", p.plan.Replaced), theme.Warn))
	}
	yes := control.NewButton(p.confirmText(), p.makeChange).Explained(lang.L("Makes the change that is shown."))
	yes.Importance = widget.HighImportance
	d.below.Add(container.NewHBox(layout.NewSpacer(), control.NewButton(lang.L("Cancel"), d.clearBelow).Explained(lang.L("Leaves everything as it is.")), yes))
	d.below.Refresh()
	control.Reveal(d.below)
}

// confirmText returns the text of the button that makes the change.
func (p *proposal) confirmText() string {
	switch {
	case p.plan.Means == find.ByRestart:
		return lang.L("Restart it now")
	case p.plan.Undo:
		return lang.L("Undo")
	case p.plan.Means == find.ByRemote:
		return lang.L("Change its settings")
	case p.plan.Means == find.ByDropIn:
		return lang.L("Change and restart it")
	case p.plan.Makes:
		return lang.L("Make the file")
	}
	return lang.L("Change the file")
}

// meaning returns what the change means for the user.
func (p *proposal) meaning() string {
	if p.plan.Undo {
		return p.undoMeaning()
	}
	switch p.plan.Means {
	case find.ByRestart:
		return lang.L("This version has no proxy setting. The client ends in order, and the same program starts again with these variables. Nothing on the disk changes, so it holds until the client ends:")
	case find.ByRemote:
		return lang.L("The client is running: the settings take effect at once. The old ones are saved beside its settings file, for Undo.")
	case find.ByDropIn:
		return lang.L("The service of your user gets these variables by a file of its own, and is restarted:")
	case find.ByEntry:
		return lang.L("This version has no proxy setting. The entry in your menus, your own copy of it, starts the client with these variables from now on:")
	}
	if p.plan.Makes {
		return lang.L("The client has no settings file yet. This one is made where it reads it; all other settings stay at their defaults.")
	}
	return lang.L("BittOratio makes the change in the client's own file, with a backup beside it. The client must be closed. You see every change before it is made.")
}

// undoMeaning returns what undoing the change means for the user.
func (p *proposal) undoMeaning() string {
	switch p.plan.Means {
	case find.ByRestart:
		return lang.L("The client ends in order, and starts again as it was before:")
	case find.ByRemote:
		return lang.L("The client is running: it gets its own settings back, at once:")
	case find.ByDropIn:
		return lang.L("The file with these variables is removed, and the service of your user is restarted without them:")
	case find.ByEntry:
		return lang.L("The entry in your menus becomes what it was. A client that runs keeps the variables until it ends:")
	}
	return lang.L("The client's own file gets back what its backup says, and the backup is removed. Everything else in the file stays. The client must be closed.")
}

// makeChange makes the change that was shown.
func (p *proposal) makeChange() {
	d, plan := p.card, p.plan
	done := d.showBusy(p.progressText())
	p.apply(done, func() (*change.Plan, error) {
		return plan, d.finder.engine.ApplySetup(d.finder.context(), plan)
	})
}

// progressText returns the text that is shown while the change is made.
func (p *proposal) progressText() string {
	if p.plan.Means == find.ByRestart || p.plan.Means == find.ByDropIn {
		return lang.L("Restarting the client. It ends in order first, which can take a minute…")
	}
	return lang.L("Changing the settings…")
}

// retry retries a change that waits for the client to be closed. The client wrote its file when it ended, so the change
// is planned again. It is carried out only if it sets the values that the user saw, and the user can cancel until then.
//
// It does so once a second at most: the window is shown again after each try, which comes here again.
func (p *proposal) retry() {
	d := p.card
	if since := d.finder.now.Sub(p.tried); p.busy || since >= 0 && since < time.Second {
		return
	}
	p.tried = d.finder.now
	c, login, seen := *d.c, p.login, p.plan.Changes
	p.apply(func() {}, func() (*change.Plan, error) {
		for _, f := range c.Way.File { // while the client runs, nothing more is done
			if err := d.finder.engine.ClientClosed(f); err != nil {
				return nil, err
			}
		}
		plan, err := d.finder.engine.PlanSetup(d.finder.context(), &c, login, p.undo)
		if err != nil {
			return nil, err
		}
		for _, now := range plan.Changes {
			if !slices.ContainsFunc(seen, func(s file.Change) bool { return s.Setting == now.Setting && s.After == now.After }) {
				return nil, file.ErrChanged
			}
		}
		if p.cancelled.Load() {
			return nil, context.Canceled
		}
		return plan, d.finder.engine.ApplySetup(d.finder.context(), plan)
	})
}

// apply makes a change in the background, calls done, and shows the result. do returns the plan that was carried out,
// or nil if it failed before that.
func (p *proposal) apply(done func(), do func() (*change.Plan, error)) {
	if p.busy {
		return
	}
	d := p.card
	p.busy, p.began = true, d.finder.desk.Now()
	var plan *change.Plan
	d.finder.desk.Background(func() (err error) {
		plan, err = do()
		return err
	}, func(err error) {
		p.busy = false
		done()
		if plan == nil && p.cancelled.Load() {
			return // the space below the card shows something else now
		}
		if plan != nil {
			p.plan = plan
		}
		var running *file.RunningError
		var command *change.CommandError
		var start *change.StartError
		switch {
		case errors.As(err, &running):
			p.waitForClose(running)
		case errors.As(err, &command):
			d.showResult(lang.L("The file is changed. The command after it failed (%s): run it in a terminal.", command.Err.Error()), theme.Warn)
			d.copyable(lang.L("Run this in a terminal:"), command.Command)
			d.finder.search()
		case errors.As(err, &start) && !start.Runs:
			d.showResult(lang.L("The client has ended, and did not start again."), theme.Bad)
			d.copyable(lang.L("Run this in a terminal:"), start.Command)
			d.stopped, d.wait = true, wait{}
			d.finder.search()
		case err != nil:
			d.showResult(p.changeError(err), theme.Bad)
			d.finder.search() // the change may be made in part
		default:
			p.showNext()
		}
	})
}

// waitForClose shows that the client must be closed first, and waits for it.
func (p *proposal) waitForClose(running *file.RunningError) {
	d := p.card
	if d.pending == p || p.cancelled.Load() {
		return
	}
	d.showResult(lang.L("%s is running (process %d) and would overwrite the change when it quits. Quit it, its tray icon too; the change follows at once.", running.Program, running.PID), theme.Warn)
	d.below.Add(container.NewHBox(layout.NewSpacer(), control.NewButton(lang.L("Cancel"), d.clearBelow).Explained(lang.L("Leaves everything as it is."))))
	d.pending, d.hasResult = p, false
}

// showNext shows what comes next: the first announce will show whether the change works.
func (p *proposal) showNext() {
	d := p.card
	switch {
	case p.plan.Undo:
		d.showResult(p.undoneText(), theme.Plain)
		d.forgetAnnounces()
	case p.plan.Means == find.ByRemote:
		d.showResult(lang.L("Changed. The client announces its torrents now: the card turns green with the first one."), theme.Plain)
	case p.plan.Means == find.ByRestart, p.plan.Means == find.ByDropIn:
		d.showResult(lang.L("Restarted. The card turns green with the first announce."), theme.Plain)
	default:
		d.showResult(lang.L("The file is changed. Start the client and resume a torrent: the card turns green with the first announce."), theme.Plain)
	}
	if !p.plan.Undo {
		d.startWait(p.began)
	}
	d.finder.search()
}

// undoneText returns the result of an undo.
func (p *proposal) undoneText() string {
	switch p.plan.Means {
	case find.ByRestart:
		return lang.L("Restarted as it was before.")
	case find.ByDropIn:
		return lang.L("The file is removed, and the service is restarted without these variables.")
	case find.ByEntry:
		return lang.L("The entry is as it was before: the client's next start is without these variables.")
	}
	return lang.L("The client's settings are as they were before.")
}

// changeError returns why the change was not made, with what to do next.
func (p *proposal) changeError(err error) string {
	var start *change.StartError
	switch {
	case errors.As(err, &start) && !errors.Is(err, change.ErrNotEnded):
		return lang.L("The client did not start in the new way, so it runs again as before. Follow the steps below.")
	case errors.Is(err, change.ErrSupervised):
		return lang.L("Something on this computer starts the client again whenever it ends, so it runs as before. Give the variables to what starts it: follow the steps below.")
	case p.plan == nil || p.plan.Means != find.ByRestart || errors.Is(err, launch.ErrNotFound) || errors.Is(err, change.ErrNotEnded):
		return setUpError(err)
	case errors.Is(err, file.ErrChanged):
		return lang.L("The client has ended or was restarted in the meantime. Look again.")
	}
	return lang.L("Not done: %s.", text.Cause(err))
}

// setUpError returns why a client was not set up, with what to do next.
func setUpError(err error) string {
	var no *remote.Error
	var left *change.NotTakenError
	switch {
	case errors.As(err, &no):
		return remoteError(no.Client, err)
	case errors.As(err, &left):
		return lang.L("The client did not take %s; its other settings are changed. Undo puts them back, or follow the steps below.", strings.Join(left.Settings, ", "))
	case errors.Is(err, change.ErrOtherVersion):
		return lang.L("The client was updated and keeps its proxy in another way now, so nothing was changed. Choose the proxy in the client itself.")
	case errors.Is(err, change.ErrByHand):
		return lang.L("More than one process of it runs. Close all but one and look again, or follow the steps below.")
	case errors.Is(err, launch.ErrNotFound):
		return lang.L("The program is not there any more. Look again.")
	case errors.Is(err, change.ErrNotEnded):
		return lang.L("The client did not end in time. Close it, and start it from here.")
	}
	return fileError(err)
}
