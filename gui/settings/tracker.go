package settings

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// trackerRules are the fields for the rules of one tracker. An empty field sets no rule.
type trackerRules struct {
	rule                   policy.TrackerRule // the rules before
	factor, ceiling, ratio *control.Entry
	alone                  *control.Check
	wrong                  *control.Line
}

// TrackerRules sets the rules of a tracker.
type TrackerRules interface {
	SetTrackerRule(tracker string, rule policy.TrackerRule) error
}

// EditTracker opens the dialog for the rules of one tracker.
func EditTracker(d *desk.Desk, e TrackerRules, snap *engine.Snapshot, host string) {
	all := snap.Settings
	t := &trackerRules{rule: all.TrackerRules()[host], wrong: control.NewLine("", theme.Bad).AtLeast(100)}
	t.factor, t.ceiling, t.ratio = control.NewEntry(), control.NewEntry(), control.NewEntry()
	t.alone = control.NewCheck(lang.L("Add nothing while the tracker sees nobody who could receive it"), nil)
	t.alone.Fill(t.rule.Alone)
	for field, words := range t.initialTexts() {
		field.SetText(words)
		field.SetPlaceHolder(lang.L("none"))
	}
	t.factor.SetPlaceHolder(text.Factor(snap.Factor))
	if all.StopRatio != 0 {
		t.ratio.SetPlaceHolder(text.Factor(policy.Factor(all.StopRatio)))
	}
	b := d.NewDialog(lang.L("Tracker %s", host), control.Fixed(t.form(), 480))
	set := func() {
		if rule, ok := t.read(d.Canvas()); ok {
			t.closeIfSet(e.SetTrackerRule(host, rule), b.Hide)
		}
	}
	for field := range t.initialTexts() {
		field.OnSubmitted = func(string) { set() }
	}
	clear := control.NewButton(lang.L("Use defaults"), func() { t.closeIfSet(e.SetTrackerRule(host, policy.TrackerRule{}), b.Hide) })
	if t.rule == (policy.TrackerRule{}) {
		clear.Disable()
	}
	ok := control.NewButton(lang.L("Set"), set)
	ok.Importance = widget.HighImportance
	b.Open(t.factor, b.Button(lang.L("Cancel"), nil), clear, ok)
}

// initialTexts returns the text of each field before the user edits it.
func (t *trackerRules) initialTexts() map[*control.Entry]string {
	was := map[*control.Entry]string{t.factor: "", t.ceiling: "", t.ratio: ""}
	if t.rule.Factor != 0 {
		was[t.factor] = text.Factor(t.rule.Factor)
	}
	if t.rule.Ceiling != 0 {
		was[t.ceiling] = text.MiB(t.rule.Ceiling)
	}
	if t.rule.StopAt != 0 {
		was[t.ratio] = text.Factor(policy.Factor(t.rule.StopAt))
	}
	return was
}

func (t *trackerRules) form() fyne.CanvasObject {
	grid := container.New(layout.NewFormLayout())
	for _, r := range []struct {
		name  string
		field *control.Entry
		unit  string
	}{
		{lang.L("Multiplier"), t.factor, "×"}, {lang.L("Ceiling"), t.ceiling, lang.L("MiB") + "/s"}, {lang.L("Stop at ratio"), t.ratio, ""},
	} {
		grid.Add(container.NewVBox(layout.NewSpacer(), control.NewLine(r.name, theme.Muted), layout.NewSpacer()))
		grid.Add(container.NewHBox(control.Fixed(r.field, 120), container.NewCenter(control.NewLine(r.unit, theme.Muted))))
	}
	return container.NewVBox(grid, t.alone, t.wrong, control.NewParagraph(
		lang.L("Leave a field empty to use the general setting. The ceiling is for all torrents of this tracker together; what exceeds it is dropped. From this ratio on, nothing is added. All of this applies to new upload only."), theme.Muted))
}

// read returns the typed rules. If a field is not valid, it shows why, gives that field the focus, and returns ok
// false.
func (t *trackerRules) read(c fyne.Canvas) (rule policy.TrackerRule, ok bool) {
	was := t.initialTexts()
	rule.Alone = t.alone.Checked
	for _, f := range []struct {
		field *control.Entry
		read  func(typed string) (wrong string)
	}{
		{t.factor, func(typed string) string {
			var err error
			if rule.Factor, err = policy.ParseFactor(typed); err != nil {
				return lang.L("The multiplier is a number from 1 to 100, with at most three decimals.")
			}
			return ""
		}},
		{t.ceiling, func(typed string) string {
			if rule.Ceiling, ok = text.ParseMiB(typed); !ok {
				return lang.L("The ceiling is a number of MiB per second, such as 2.5.")
			}
			if typed == was[t.ceiling] {
				rule.Ceiling = t.rule.Ceiling // it may have more digits than the field shows
			}
			return ""
		}},
		{t.ratio, func(typed string) string {
			var err error
			if rule.StopAt, err = policy.ParseRatio(typed); err != nil || rule.StopAt == 0 {
				return lang.L("The ratio is a number from 0.1 to 1000, with at most three decimals.")
			}
			return ""
		}},
	} {
		typed := strings.TrimSpace(f.field.Text)
		if typed == "" {
			continue
		}
		if wrong := f.read(typed); wrong != "" {
			t.wrong.Set(wrong, theme.Bad)
			c.Focus(f.field)
			return policy.TrackerRule{}, false
		}
	}
	return rule, true
}

// closeIfSet shows why a rule was not accepted. If it was accepted, it calls done.
func (t *trackerRules) closeIfSet(err error, done func()) {
	if err != nil {
		t.wrong.Set(text.Error(err), theme.Bad)
		return
	}
	done()
}
