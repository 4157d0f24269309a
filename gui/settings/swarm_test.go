package settings

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
)

func TestTheSwarmIsChosenInSettings(t *testing.T) {
	s := newScene(t)
	s.follow()
	w := &s.swarm
	if w.on.Checked || w.full.Checked || w.client.Checked || w.names.Checked {
		t.Fatal("something is on by itself")
	}
	for _, c := range []interface{ SetChecked(bool) }{w.on, w.full, w.client, w.names} {
		c.SetChecked(true)
		s.follow()
	}
	got := s.engine.settings.Swarm
	if !got.Enabled || !got.AnswerOthers || !got.AnnounceClient || !got.Names {
		t.Errorf("%+v", got)
	}
}

func TestTheSwarmsPortWaitsForItsButton(t *testing.T) {
	s := newScene(t)
	s.follow()
	w := &s.swarm
	w.port.SetText("70000")
	if !w.apply.Disabled() || !w.reachWrong.Visible() {
		t.Error("a port that cannot be is offered")
	}
	w.port.SetText("51414")
	w.bind.SetText(" wg0 ")
	if w.apply.Disabled() || w.reachWrong.Visible() || len(s.engine.applied) > 0 {
		t.Fatalf("the button is off, or %d changes came by themselves", len(s.engine.applied))
	}
	test.Tap(w.apply)
	s.follow()
	if got := s.engine.settings.Swarm; got.Port != 51414 || got.Bind != "wg0" || !w.apply.Disabled() {
		t.Errorf("%+v", got)
	}
	w.port.SetText("")
	s.engine.refuse = errors.New("no room")
	test.Tap(w.apply)
	if !w.reachWrong.Visible() {
		t.Error("nothing is said of a refusal")
	}
	s.engine.refuse = nil
	test.Tap(w.apply)
	s.follow()
	if got := s.engine.settings.Swarm; got.Port != 0 || w.reachWrong.Visible() {
		t.Errorf("%+v", got)
	}
}

func TestADemonstrationAsksNoSwarm(t *testing.T) {
	s := newScene(t)
	s.options.Sealed = true
	s.Page = New(s.options)
	s.Page.Show(&engine.Snapshot{Settings: &s.engine.settings}, s.resultUntil)
	if !s.swarm.on.Disabled() {
		t.Error("it can be switched on")
	}
}
