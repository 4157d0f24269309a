package shell

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/assets"
	"bittoratio/engine"
	"bittoratio/engine/commandline"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// NewFailureWindow returns a window that shows why the program cannot start, and what to do. Its button and Esc close
// it.
func NewFailureWindow(a fyne.App, err error) fyne.Window {
	a.Settings().SetTheme(theme.New(theme.System))
	image := fyne.NewStaticResource("icon.svg", assets.Icon)
	w := a.NewWindow(Name)
	w.SetIcon(image)
	icon := canvas.NewImageFromResource(image)
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(48))
	what, why := FailureText(err)
	title := control.NewLine(what, theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true})
	message := widget.NewLabelWithStyle(err.Error(), fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	message.Wrapping = fyne.TextWrapWord
	shut := control.NewButton(lang.L("Close"), w.Close)
	shut.Importance = widget.HighImportance
	copied := control.NewButtonWithIcon(lang.L("Copy"), fynetheme.ContentCopyIcon(), func() { a.Clipboard().SetContent(err.Error()) })
	head := control.Border(nil, nil, icon, nil, container.New(pad(0, 12), container.NewVBox(layout.NewSpacer(), title, layout.NewSpacer())))
	box := container.NewVBox(head, control.NewParagraph(why, theme.Plain), control.NewWell(message), container.NewHBox(layout.NewSpacer(), copied, shut))
	w.SetContent(container.New(pad(16, 20), control.Fixed(box, 520)))
	w.SetMaster()
	w.SetFixedSize(true)
	w.CenterOnScreen()
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			w.Close()
		}
	})
	w.Canvas().Focus(shut)
	return w
}

// FailureText returns the message that the program cannot start: the reason, and what to do next.
func FailureText(err error) (title, text string) {
	return lang.L("BittOratio cannot start"), failureReason(err)
}

func failureReason(err error) string {
	var folder *engine.FolderError
	var setting *settings.Error
	var running *engine.AlreadyRunningError
	switch {
	case errors.As(err, &folder):
		return lang.L("The data folder can't be used: %s: %s. Correct this, or start the program with -data and another folder.", folder.File, text.System(folder.Reason))
	case errors.As(err, &setting):
		return lang.L("settings.json can't be used: %s. Correct the file, or move it away to begin with the defaults. If a newer version wrote it, install that version.", text.Setting(setting))
	case errors.As(err, &running):
		return lang.L("BittOratio is running already (process %d), but its window doesn't appear. End it first, or start this one with -data and another folder.", running.PID)
	case errors.Is(err, commandline.ErrNoFolder):
		return lang.L("The system does not say where your files are kept. Set the variable HOME, or start the program with -data and a folder.")
	default:
		return lang.L("%s. Try again. If this doesn't help, restart BittOratio.", text.Cause(err))
	}
}
