package settings

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
)

func TestTheSwarmIsOffUntilTheUserSwitchesItOn(t *testing.T) {
	s := newScene(t)
	s.follow()
	w := &s.swarm
	if w.on.Checked || w.full.Checked || w.client.Checked || w.names.Checked {
		t.Fatalf("on = %v, answers = %v, announces = %v, names = %v; want all off", w.on.Checked, w.full.Checked, w.client.Checked, w.names.Checked)
	}
	for _, c := range []interface{ SetChecked(bool) }{w.on, w.full, w.client, w.names} {
		c.SetChecked(true)
		s.follow()
	}
	got := s.engine.settings.Swarm
	if !got.Enabled || !got.AnswerOthers || !got.AnnounceClient || !got.Names {
		t.Errorf("settings %+v, want all on", got)
	}
}

func TestTheSwarmsPortIsAppliedByItsButton(t *testing.T) {
	s := newScene(t)
	s.follow()
	w := &s.swarm
	w.port.SetText("70000")
	if !w.apply.Disabled() || !w.socketWrong.Visible() {
		t.Error("an invalid port has no error, or Apply is enabled")
	}
	w.port.SetText("51414")
	w.bind.SetText(" wg0 ")
	if w.apply.Disabled() || w.socketWrong.Visible() || len(s.engine.applied) > 0 {
		t.Fatalf("a valid port: Apply disabled: %v, error visible: %v, %d changes applied; want no, no, 0", w.apply.Disabled(), w.socketWrong.Visible(), len(s.engine.applied))
	}
	test.Tap(w.apply)
	s.follow()
	if got := s.engine.settings.Swarm; got.Port != 51414 || got.Bind != "wg0" || !w.apply.Disabled() {
		t.Errorf("settings %+v after Apply, want port 51414 and wg0", got)
	}
	w.port.SetText("")
	s.engine.refuse = errors.New("no room")
	test.Tap(w.apply)
	if !w.socketWrong.Visible() {
		t.Error("the error of saving is not shown")
	}
	s.engine.refuse = nil
	test.Tap(w.apply)
	s.follow()
	if got := s.engine.settings.Swarm; got.Port != 0 || w.socketWrong.Visible() {
		t.Errorf("settings %+v after Apply, want port 0; error visible: %v", got, w.socketWrong.Visible())
	}
}

func TestADemonstrationCannotSwitchTheSwarmOn(t *testing.T) {
	s := newScene(t)
	s.options.Sealed = true
	s.Page = New(s.options)
	s.Page.Show(&engine.Snapshot{Settings: &s.engine.settings}, s.resultUntil)
	if !s.swarm.on.Disabled() {
		t.Error("a demonstration can switch the swarm on")
	}
}
