package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/assets"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// welcome is the three steps of a first run: what this is, which client, and the way to the live check.
type welcome struct {
	done   func(client string)
	try    func() // shows the demonstration; nil where there is none
	step   int
	client *control.Select
	title  *control.Line
	count  *control.Line
	body   *fyne.Container
	steps  []fyne.CanvasObject
	back   *control.Button
	next   *control.Button
	dialog *desk.Dialog
}

// welcomeWidth is as wide as its texts read well.
const welcomeWidth = 520

// ShowWelcome shows the three steps. try shows the demonstration, nil where there is none; done gets the client that was chosen, where the user went through all of them.
func ShowWelcome(d *desk.Desk, clients []string, try func(), done func(client string)) {
	w := &welcome{done: done, try: try, client: control.NewSelect(clients, nil), body: container.NewStack()}
	w.client.SetSelectedIndex(0)
	w.title = control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true})
	w.count = control.NewLine("", theme.Muted)
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", assets.Icon))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(48))
	w.steps = []fyne.CanvasObject{w.what(), w.which(), w.check()}
	head := control.Border(nil, nil, icon, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 10, 10), container.NewVBox(w.title, w.count)))
	content := container.NewVBox(control.Fixed(container.NewVBox(head, w.body), welcomeWidth)) // each step begins at the top
	w.dialog = d.NewDialog(lang.L("Welcome"), content)
	w.back = control.NewButton(lang.L("Back"), func() { w.turn(w.step - 1) })
	w.next = control.NewButton("", w.onNext)
	w.next.Importance = widget.HighImportance
	w.turn(0)
	w.dialog.Open(w.next, w.dialog.Button(lang.L("Skip"), nil), w.back, w.next)
}

// turn shows a step.
func (w *welcome) turn(step int) {
	w.step = step
	titles := []string{lang.L("What BittOratio does"), lang.L("Which client do you use?"), lang.L("Check that it works")}
	w.title.Set(titles[step], theme.Plain)
	w.count.Set(lang.L("Step %d of %d", step+1, len(w.steps)), theme.Muted)
	w.body.Objects = []fyne.CanvasObject{w.steps[step]}
	w.body.Refresh()
	next := lang.L("Next")
	if step == len(w.steps)-1 {
		next = lang.L("Show me how")
	}
	w.next.SetText(next)
	if step == 0 {
		w.back.Disable()
	} else {
		w.back.Enable()
	}
}

func (w *welcome) onNext() {
	if w.step < len(w.steps)-1 {
		w.turn(w.step + 1)
		return
	}
	w.dialog.Hide()
	w.done(w.client.Selected)
}

func (w *welcome) what() fyne.CanvasObject {
	return container.NewVBox(
		control.NewParagraph(lang.L("It sits between your BitTorrent client and its trackers and changes one number in each announce: the upload total. What is new since the last announce is multiplied. Everything else goes through unchanged. If a tracker doesn't answer, your client gets its last answer."), theme.Plain),
		control.NewParagraph(lang.L("Trackers forbid this. If you are caught you will lose your account, and honest uploaders pay for it. At your own risk: keep the multiplier low, or stay at 1× and just use it to ride out tracker outages."), theme.Warn),
		control.NewParagraph(lang.L("Nothing leaves this computer: no telemetry, no automatic updates, and passkeys are masked."), theme.Muted),
	)
}

func (w *welcome) which() fyne.CanvasObject {
	return container.NewVBox(
		control.NewParagraph(lang.L("Each client needs its own setting. Choose yours. For others, come back to the Set-up page."), theme.Plain),
		container.NewHBox(container.NewCenter(control.NewLine(lang.L("My client is"), theme.Muted)), control.Fixed(w.client, 220)),
	)
}

func (w *welcome) check() fyne.CanvasObject {
	return container.NewVBox(
		control.NewParagraph(lang.L("The Set-up page has the steps for your client and a live check above them. The check turns green with the client's first announce. Until then it names what is missing."), theme.Plain),
		w.trial(),
		control.NewParagraph(lang.L("BittOratio is now on. Your client depends on it: point the client back before you switch it off or quit."), theme.Muted),
	)
}

// trial offers the demonstration, where there is one.
func (w *welcome) trial() fyne.CanvasObject {
	b := control.NewButton(lang.L("Show a demonstration"), w.try)
	if w.try == nil {
		b.Hide()
	}
	return container.NewHBox(b)
}
