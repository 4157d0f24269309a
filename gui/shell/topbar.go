package shell

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// topBar is always visible. It has the switch, the engine's address and state, and the multiplier.
type topBar struct {
	power    *control.Switch
	addr     *control.Line
	copy     *control.Copy
	light    *control.Light
	sentence *control.Line // the facts, or the engine's state if it needs attention
	factor   *factor
	about    text.Subject // the light's subject
	content  fyne.CanvasObject
}

// newTopBar returns the bar, with f at its end. It calls power when the user presses the switch, and
// showSubject when the user presses the status light; now is the clock.
func newTopBar(power func(on bool), showSubject func(text.Subject), f *factor, now func() time.Time) *topBar {
	b := &topBar{
		power:    control.NewSwitch(lang.L("On"), lang.L("Off"), power),
		addr:     control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true}),
		sentence: control.NewLine("", theme.Muted).Sized(fynetheme.SizeNameCaptionText).AtLeast(240),
		factor:   f,
	}
	b.copy = control.NewCopy("", func() string { return b.addr.Text() }, now)
	b.copy.Importance = widget.LowImportance
	b.power.Tip = lang.L("Switches BittOratio on or off. While it is off, clients that point here reach no tracker.")
	b.addr.Explained(lang.L("Your clients' proxy: this address and port."))
	b.copy.Tip = lang.L("Copies the address for your client's settings.")
	b.light = control.NewLight(func() { showSubject(b.about) }).Explained(lang.L("The most serious problem of all torrents now. A click shows the torrents it is about."))
	b.sentence.Explained(lang.L("Uploaded by your clients, and what was reported to trackers. Of a torrent on several trackers only one counts."))
	words := container.New(layout.NewCustomPaddedVBoxLayout(2), b.light, b.sentence)
	middle := container.NewVBox(layout.NewSpacer(), container.New(layout.NewCustomPaddedVBoxLayout(0), container.NewHBox(container.NewCenter(b.addr), b.copy), words), layout.NewSpacer())
	row := container.New(headLayout{}, container.NewCenter(b.power), container.New(pad(0, 10), middle), f.content)
	b.content = container.New(pad(4, 12), row)
	return b
}

// headLayout puts the switch at the left, the multiplier at the right, and all else between them. The multiplier grows
// with the window, because its slider matters most.
type headLayout struct{}

// MinSize is part of fyne.Layout.
func (headLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	left, middle, right := o[0].MinSize(), o[1].MinSize(), o[2].MinSize()
	return fyne.NewSize(left.Width+middle.Width+max(right.Width, minFactorWidth), max(left.Height, middle.Height, right.Height))
}

// Layout is part of fyne.Layout.
func (headLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	left := o[0].MinSize().Width
	right := max(min(size.Width*factorShare, maxFactorWidth), minFactorWidth, o[2].MinSize().Width)
	o[0].Resize(fyne.NewSize(left, size.Height))
	o[1].Move(fyne.NewPos(left, 0))
	o[1].Resize(fyne.NewSize(size.Width-left-right, size.Height))
	o[2].Move(fyne.NewPos(size.Width-right, 0))
	o[2].Resize(fyne.NewSize(right, size.Height))
}

// The multiplier's width, in Fyne's units.
const (
	minFactorWidth float32 = 280
	factorShare    float32 = 0.36 // of the window's width
	maxFactorWidth float32 = 560
)

func (b *topBar) show(snap *engine.Snapshot, light text.Light, busy bool, now time.Time) {
	on := snap.State != engine.Off
	b.power.Set(on, snap.State == engine.Degraded)
	if wait := busy || snap.State == engine.Stopping; wait != b.power.Disabled() {
		if wait {
			b.power.Disable()
		} else {
			b.power.Enable()
		}
	}
	tone := theme.Plain
	if !on {
		tone = theme.Muted
	}
	if b.addr.Text() != snap.Addr {
		b.addr.Set(snap.Addr, tone)
		b.content.Refresh() // the copy button follows the address
	}
	b.addr.Set(snap.Addr, tone)
	b.showWords(snap, light)
	b.copy.Settle(now)
	b.factor.show(snap.Factor, snap.Day)
}

// showWords shows the light and the facts, or the engine's state if that is more important.
func (b *topBar) showWords(snap *engine.Snapshot, light text.Light) {
	b.about = light.Subject
	b.light.Set(light.Words, light.Tone)
	if there := light.Words != ""; there != b.light.Visible() {
		control.SetVisible(b.light, there)
		b.content.Refresh()
	}
	facts := text.Facts(snap)
	if snap.State != engine.On || snap.Passthrough || facts == "" {
		b.sentence.Set(text.Sentence(snap))
		return
	}
	b.sentence.Set(facts, theme.Muted)
}

// strip is a sentence above the pages, with an icon before it and sometimes a button after it.
type strip struct {
	line    *widget.Label
	content *fyne.Container
}

func newStrip(icon fyne.Resource, button fyne.CanvasObject) strip {
	s := strip{line: widget.NewLabel("")}
	s.line.Wrapping = fyne.TextWrapWord
	image := canvas.NewImageFromResource(icon)
	image.FillMode = canvas.ImageFillContain
	image.SetMinSize(fyne.NewSquareSize(20))
	card := control.NewStrip(control.Border(nil, nil, container.New(pad(0, 8), image), button, control.Readable(s.line)))
	s.content = container.New(layout.NewCustomPaddedLayout(6, 0, 8, 8), card)
	s.content.Hide()
	return s
}

// setText shows a sentence; "" hides the strip.
func (s *strip) setText(text string) {
	if text != "" && s.line.Text != text {
		s.line.SetText(text)
	}
	control.SetVisible(s.content, text != "")
}

// banner shows what the start repaired, until the user dismisses it.
type banner struct {
	strip
	dismissed int // how many notices the user dismissed
	notices   []engine.Notice
}

func newBanner() *banner {
	b := &banner{}
	b.strip = newStrip(fynetheme.NewPrimaryThemedResource(fynetheme.InfoIcon()), control.NewButton(lang.L("OK"), b.dismiss).Explained(lang.L("Hides this message.")))
	return b
}

func (b *banner) show(notices []engine.Notice) {
	b.notices = notices
	if b.dismissed < len(notices) {
		b.setText(text.Notice(notices[b.dismissed]))
	} else {
		b.setText("")
	}
}

func (b *banner) dismiss() {
	b.dismissed++
	b.show(b.notices)
}

// newTrouble returns the strip that explains what is wrong. It shows as long as something is wrong.
func newTrouble() *strip {
	s := newStrip(fynetheme.NewWarningThemedResource(fynetheme.WarningIcon()), nil)
	return &s
}

func (s *strip) showTrouble(snap *engine.Snapshot) {
	if snap.State == engine.Degraded {
		s.setText(text.Trouble(snap.Trouble))
	} else {
		s.setText("")
	}
}

// pad returns a layout with padding above and below, and left and right.
func pad(vertical, horizontal float32) fyne.Layout {
	return layout.NewCustomPaddedLayout(vertical, vertical, horizontal, horizontal)
}
