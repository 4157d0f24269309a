package activity

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// detail shows the selected row in full, because a row may have too little room.
type detail struct {
	name, summary, figures, outcome *control.Line // name is hidden if it is not known
	content                         *control.Card
}

func newDetail(open, shut func()) *detail {
	d := &detail{
		name:    control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100),
		summary: control.NewLine("", theme.Plain).AtLeast(100),
		figures: control.NewLine("", theme.Plain).AtLeast(100), outcome: control.NewLine("", theme.Plain).AtLeast(100),
	}
	more := control.NewButtonWithIcon(lang.L("Details…"), fynetheme.VisibilityIcon(), open)
	cross := control.NewButtonWithIcon("", fynetheme.CancelIcon(), shut)
	more.Tip = lang.L("Shows the request and the answer, part by part.")
	cross.Name = lang.L("Close")
	cross.Importance = widget.LowImportance
	buttons := container.NewVBox(container.NewHBox(more, cross))
	d.content = control.NewCard(control.Border(nil, nil, nil, buttons, container.NewVBox(d.name, d.summary, d.figures, d.outcome)))
	d.content.Hide()
	return d
}

func (d *detail) show(e *exchange.Entry, name string) {
	control.SetVisible(d.content, e != nil)
	if e == nil {
		return
	}
	d.name.Set(name, theme.Plain)
	control.SetVisible(d.name, name != "")
	d.summary.Set(summaryText(e), theme.Plain)
	d.figures.Set(calculation(e), theme.Plain)
	d.outcome.Set(outcomeText(e))
}

// copyText returns all lines as a text to be copied.
func (d *detail) copyText(e *exchange.Entry, name string) string {
	how, _ := outcomeText(e)
	if name != "" {
		name += ", "
	}
	return strings.Join([]string{e.At.Format(lang.L("2006-01-02 15:04:05")) + " " + summaryText(e), name + e.InfoHash.String(), calculation(e), how}, "\n")
}

// summaryText returns the kind of an exchange, its tracker and its client.
func summaryText(e *exchange.Entry) string {
	what := []string{text.Kind(e.Kind, e.Event), e.Tracker}
	if e.Client != "" {
		what = append(what, e.Client)
	}
	return strings.Join(what, ", ")
}

func calculation(e *exchange.Entry) string {
	f := text.Calculation(e)
	switch {
	case f != "" && e.Kind == exchange.KindRedelivered:
		return lang.L("Reported: %s", f)
	case f != "":
		return lang.L("Uploaded %s, reported %s (%s)", text.Bytes(e.Seen), text.Bytes(e.Reported), f)
	default:
		return text.Dash
	}
}

func outcomeText(e *exchange.Entry) (string, theme.Tone) {
	how, tone := outcomeOf(e)
	if e.Detail != "" {
		how += " (" + e.Detail + ")"
	}
	if e.Duplicate {
		how += ", " + lang.L("an exact duplicate, answered with the first one's answer")
	}
	return how, tone
}
