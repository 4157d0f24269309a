package control

import (
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/lang"
)

// Copy is a button that copies a text, and confirms this for a few seconds.
type Copy struct {
	Button
	text  func() string
	now   func() time.Time
	label string
	until time.Time
}

// NewCopy returns the button. text returns what to copy, and is called at each tap.
func NewCopy(label string, text func() string, now func() time.Time) *Copy {
	c := &Copy{text: text, now: now, label: label}
	c.Text, c.Icon, c.Name = label, fynetheme.ContentCopyIcon(), lang.L("Copy")
	if label != "" {
		c.Name = "" // the button's text is its name
	}
	c.Tip = lang.L("Copies this to the clipboard.")
	c.OnTapped = c.copy
	c.ExtendBaseWidget(c)
	c.Wrap(c, &c.Button.Button)
	return c
}

const confirmFor = 2 * time.Second

func (c *Copy) copy() {
	fyne.CurrentApp().Clipboard().SetContent(c.text())
	c.until = c.now().Add(confirmFor)
	if c.label != "" {
		c.Text = lang.L("Copied")
	}
	c.Icon = fynetheme.ConfirmIcon()
	c.Refresh()
}

// Settle ends the confirmation when its time is over; pages call it with each snapshot.
func (c *Copy) Settle(now time.Time) {
	if c.until.IsZero() || now.Before(c.until) {
		return
	}
	c.until = time.Time{}
	c.Text, c.Icon = c.label, fynetheme.ContentCopyIcon()
	c.Refresh()
}
