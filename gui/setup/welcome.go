package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/assets"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// offeredRatio is the ratio at which to stop that a first start offers.
const offeredRatio policy.Ratio = 2000

// welcomeWidth is the width at which the welcome's texts are easy to read.
const welcomeWidth = 520

// ShowWelcome shows a new user what the program does, what the risk is, and what comes next. try starts the
// demonstration; nil if there is none. begin is called if the user goes on to the set-up. stop is the ratio at which to
// stop, 0 for none; choose is called if the user chooses another one.
func ShowWelcome(d *desk.Desk, try, begin func(), stop policy.Ratio, choose func(policy.Ratio)) {
	limit := control.NewCheck(lang.L("Stop at a ratio of %s for each torrent (more limits are in Settings)", text.Factor(policy.Factor(offeredRatio))), func(on bool) {
		if on {
			choose(offeredRatio)
		} else {
			choose(0)
		}
	})
	limit.Fill(stop != 0)
	title := control.NewLine(lang.L("What BittOratio does"), theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true})
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", assets.Icon))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(48))
	head := control.Border(nil, nil, icon, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 10, 10), container.NewVBox(layout.NewSpacer(), title, layout.NewSpacer())))
	body := container.NewVBox(
		head,
		control.NewParagraph(lang.L("It sits between your BitTorrent client and its trackers and changes one number in each announce: the upload total. What is new since the last announce is multiplied. Everything else goes through unchanged. If a tracker doesn't answer, your client gets its last answer."), theme.Plain),
		control.NewParagraph(lang.L("Trackers forbid this. If you are caught you will lose your account, and honest uploaders pay for it. At your own risk: keep the multiplier low, or stay at 1× and just use it to ride out tracker outages."), theme.Warn),
		limit,
		control.NewParagraph(lang.L("There is no telemetry and no automatic update, and passkeys are masked."), theme.Muted),
		control.NewParagraph(lang.L("Next, BittOratio switches on and finds the clients on this computer. Each has one button, and turns green with its first announce. From then on your client needs BittOratio: undo the set-up before you switch it off for good."), theme.Plain),
	)
	dialog := d.NewDialog(lang.L("Welcome"), container.NewVBox(control.Fixed(body, welcomeWidth)))
	next := dialog.Button(lang.L("Set up my client"), begin)
	next.Importance = widget.HighImportance
	buttons := []fyne.CanvasObject{dialog.Button(lang.L("Skip"), nil)}
	if try != nil {
		buttons = append(buttons, control.NewButton(lang.L("Show a demonstration"), try))
	}
	dialog.Open(next, append(buttons, next)...)
}
