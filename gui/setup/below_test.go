package setup

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
	"bittoratio/gui/control"
)

// TestAQuestionStaysOpenWhenTheFirstAnnounceArrives: a plan that is read, and a password that is typed, are not taken
// away; the result of the change before is.
func TestAQuestionStaysOpenWhenTheFirstAnnounceArrives(t *testing.T) {
	c := foundClient(t, "deluge", "deluge", "2.0.3", find.ByFile)
	c.Undo = true
	for _, refusal := range []error{nil, &remote.Error{Client: "Deluge", Kind: remote.WrongLogin}} {
		p, e := newCardPage(t, c)
		e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
		test.Tap(button(t, p.guide, "Set up…"))
		test.Tap(button(t, p.guide, "Change the file"))
		if shown := textsIn(p.guide); !strings.Contains(shown, "Waiting for its first announce") {
			t.Fatalf("want the wait for the first announce on the card:\n%s", shown)
		}
		e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), refusal }
		test.Tap(button(t, p.guide, "Undo…"))
		at := clock.Add(time.Minute)
		p.Show(lastAnnounced("Deluge 2.0.3", at, at), at)
		shown := textsIn(p.guide)
		if !strings.Contains(shown, "Announces through BittOratio since") || strings.Contains(shown, "The file is changed.") {
			t.Errorf("want the first announce on the card in place of the result:\n%s", shown)
		}
		button(t, p.finder.content, "Cancel") // of the question
	}
}

func TestTheCopyButtonOfACommandConfirmsForAWhile(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByCommand)
	c.Way.Do, c.Way.Undo = "sudo do it", "sudo undo it"
	p, _ := newCardPage(t, c)
	test.Tap(button(t, p.guide, "Show the command"))
	var copies []*control.Copy
	for _, o := range test.LaidOutObjects(p.finder.content) {
		if b, ok := o.(*control.Copy); ok {
			copies = append(copies, b)
		}
	}
	if len(copies) != 2 {
		t.Fatalf("%d buttons that copy, want 2", len(copies))
	}
	test.Tap(copies[0])
	if copies[0].Text != "Copied" {
		t.Errorf("after a press the button reads %q, want Copied", copies[0].Text)
	}
	if p.Show(on("127.0.0.1:8080"), clock.Add(3*time.Second)); copies[0].Text != "Copy" {
		t.Errorf("three seconds later the button reads %q, want Copy", copies[0].Text)
	}
}
