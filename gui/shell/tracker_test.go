package shell

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
)

// fields returns the fields of the topmost dialog, from the top.
func (s *scene) fields() (fields []*control.Entry) {
	s.t.Helper()
	top := s.window.Canvas().Overlays().Top()
	if top == nil {
		s.t.Fatal("no dialog is open")
	}
	for _, o := range test.LaidOutObjects(top) {
		if e, ok := o.(*control.Entry); ok {
			fields = append(fields, e)
		}
	}
	return fields
}

func (s *scene) rule(host string) policy.TrackerRule {
	now := s.engine.Settings()
	return now.TrackerRules()[host]
}

func TestATrackersOwnRulesAreEdited(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.StopRatio = 4000 })
	s.editTracker("tracker.example")
	f := s.fields()
	if len(f) != 3 || f[0].PlaceHolder != "2" || f[1].PlaceHolder != "none" || f[2].PlaceHolder != "4" || !s.button("Use defaults").Disabled() {
		t.Fatalf("at first %d fields with the defaults %q %q %q, or Use defaults is enabled", len(f), f[0].PlaceHolder, f[1].PlaceHolder, f[2].PlaceHolder)
	}
	for i, wrong := range []string{"0.5", "fast", "0"} {
		f[i].SetText(wrong)
		if test.Tap(s.button("Set")); s.window.Canvas().Focused() != f[i] || s.rule("tracker.example") != (policy.TrackerRule{}) {
			t.Errorf("%q in field %d was accepted, or its field lacks the focus", wrong, i)
		}
		f[i].SetText([]string{"3", "2,5", "1.5"}[i])
	}
	press(s, fyne.KeyReturn) // Enter in a field does what the button does
	want := policy.TrackerRule{Factor: 3000, Ceiling: 5 << 19, StopAt: 1500}
	if got := s.rule("tracker.example"); got != want || s.desk.OpenDialogs() != 0 {
		t.Errorf("rule %+v with %d dialogs open; want %+v and none", got, s.desk.OpenDialogs(), want)
	}
	s.editTracker("tracker.example")
	if f = s.fields(); f[0].Text != "3" || f[1].Text != "2.5" || f[2].Text != "1.5" {
		t.Errorf("fields %q %q %q, want 3, 2.5, 1.5", f[0].Text, f[1].Text, f[2].Text)
	}
	press(s, fyne.KeyEscape)
	if got := s.rule("tracker.example"); got != want || s.desk.OpenDialogs() != 0 {
		t.Errorf("after Esc: rule %+v with %d dialogs open; want %+v and none", got, s.desk.OpenDialogs(), want)
	}
	s.editTracker("tracker.example")
	if test.Tap(s.button("Use defaults")); s.rule("tracker.example") != (policy.TrackerRule{}) || s.desk.OpenDialogs() != 0 {
		t.Errorf("after Use defaults: rule %+v with %d dialogs open; want no rule and no dialog", s.rule("tracker.example"), s.desk.OpenDialogs())
	}
}

func TestTheGuardOfATrackerThatSeesNoReceiverIsSetAndCleared(t *testing.T) {
	s := newScene(t, nil)
	for _, want := range []bool{true, false} {
		s.editTracker("tracker.example")
		for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
			if c, ok := o.(*control.Check); ok {
				test.Tap(c)
			}
		}
		if test.Tap(s.button("Set")); s.engine.settings.TrackerAloneGuard["tracker.example"] != want {
			t.Errorf("guards %v, want %v", s.engine.settings.TrackerAloneGuard, want)
		}
	}
}

// TestACeilingKeepsDigitsThatAreNotShown: opened and set again unchanged, the ceiling stays as it was.
func TestACeilingKeepsDigitsThatAreNotShown(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.TrackerCeilings = map[string]uint64{"t.example": 5_000_000} })
	s.editTracker("t.example")
	if got := s.fields()[1].Text; got != "4.768" {
		t.Errorf("the field reads %q, want 4.768", got)
	}
	if test.Tap(s.button("Set")); s.rule("t.example").Ceiling != 5_000_000 {
		t.Errorf("ceiling %d, want still 5000000", s.rule("t.example").Ceiling)
	}
}

// TestTheSettingsPageOpensTheRulesOfATracker from the row of a tracker with rules, and from the choice of a tracker
// without.
func TestTheSettingsPageOpensTheRulesOfATracker(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.settings.TrackerCeilings = map[string]uint64{"ruled.example": 5 << 20}
		s.engine.snap.Trackers = []engine.Tracker{{Host: "plain.example"}, {Host: "ruled.example", Own: policy.TrackerRule{Ceiling: 5 << 20}}}
	})
	s.goToPage(pageSettings)
	for _, o := range test.LaidOutObjects(s.window.Content()) {
		switch w := o.(type) {
		case *control.Button:
			if w.Text != "Change…" {
				continue
			}
			if test.Tap(w); s.desk.OpenDialogs() != 1 || s.fields()[1].Text != "5" {
				t.Errorf("a tracker with rules: %d dialogs open, want 1 with its ceiling", s.desk.OpenDialogs())
			}
			press(s, fyne.KeyEscape)
		case *control.Select:
			if len(w.Options) == 0 || w.Options[0] != "plain.example" {
				continue
			}
			if w.SetSelected("plain.example"); s.desk.OpenDialogs() != 1 || s.fields()[1].Text != "" {
				t.Errorf("a tracker without rules: %d dialogs open, want 1 with an empty ceiling", s.desk.OpenDialogs())
			}
			press(s, fyne.KeyEscape)
		}
	}
}
