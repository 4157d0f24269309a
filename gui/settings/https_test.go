package settings

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
)

// words returns all texts of the section, and its buttons by their labels.
func words(s *scene) (all string, buttons map[string][]*control.Button) {
	return wordsIn(s.secure.content)
}

func wordsIn(o fyne.CanvasObject) (all string, buttons map[string][]*control.Button) {
	buttons = map[string][]*control.Button{}
	var b strings.Builder
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		switch w := o.(type) {
		case *control.Line:
			b.WriteString(w.Text() + "\n")
		case *widget.RichText:
			b.WriteString(w.String() + "\n")
		case *widget.Label:
			b.WriteString(w.Text + "\n")
		case *control.Button:
			buttons[w.Text] = append(buttons[w.Text], w)
		case *control.Copy:
			buttons[w.Text] = append(buttons[w.Text], &w.Button)
		case *control.Card:
			for _, o := range test.WidgetRenderer(w).Objects() {
				walk(o)
			}
		case *fyne.Container:
			for _, o := range w.Objects {
				walk(o)
			}
		}
	}
	walk(o)
	return b.String(), buttons
}

func TestNothingIsOpenedWithoutConsent(t *testing.T) {
	s := newScene(t)
	s.secure.on.SetChecked(true)
	if s.secure.on.Checked || len(s.asked) != 1 || len(s.engine.applied) != 0 {
		t.Fatalf("switched on by itself: asked %v, applied %v", s.asked, s.engine.applied)
	}
	s.yes()
	s.Show(&engine.Snapshot{}, time.Now())
	if !s.engine.settings.OpenHTTPS || !s.secure.on.Checked {
		t.Error("agreed to, and not on")
	}
	s.secure.on.SetChecked(false)
	if s.engine.settings.OpenHTTPS || len(s.asked) != 1 {
		t.Error("switching off needs no consent, and is done")
	}
}

func TestAHostThatWasSeenIsOpenedByItsButton(t *testing.T) {
	s := newScene(t)
	snap := &engine.Snapshot{HTTPS: exchange.HTTPS{Seen: []exchange.TLSClient{
		{Host: "tracker.example", Client: "Transmission/4.1.4", Last: time.Now()},
		{Host: "tracker.example", Last: time.Now()},
		{Host: "*.private.example:8443", Last: time.Now()},
	}}}
	s.Show(snap, time.Now())
	all, buttons := words(s)
	if n := len(buttons["Decrypt"]); n != 2 || !strings.Contains(all, "Transmission/4.1.4") || !strings.Contains(all, "*.private.example:8443") {
		t.Fatalf("%d hosts are offered:\n%s", n, all)
	}
	test.Tap(buttons["Decrypt"][1])
	if len(s.asked) != 1 || len(s.engine.applied) != 0 {
		t.Fatal("opened without consent")
	}
	s.yes()
	if !s.engine.settings.OpenHTTPS || !slices.Equal(s.engine.settings.OpenHosts, []string{"*.private.example:8443"}) {
		t.Errorf("%+v", s.engine.settings)
	}
	s.Show(snap, time.Now())
	_, buttons = words(s)
	test.Tap(buttons["Decrypt"][0])
	if len(s.asked) != 1 || len(s.engine.settings.OpenHosts) != 2 {
		t.Errorf("with consent given: asked %v, list %v", s.asked, s.engine.settings.OpenHosts)
	}
}

func TestAHostIsTypedAndTakenOff(t *testing.T) {
	s := newScene(t)
	s.engine.settings.OpenHTTPS, s.engine.settings.OpenHosts = true, []string{"Tracker.Example:443"}
	s.follow()
	for typed, want := range map[string]string{
		"http://tracker.example/announce":  "does not use https",
		"a.*.example":                      "A star",
		"0123456789abcdef0123.example.org": "passkey",
		"":                                 "not a host",
	} {
		s.secure.host.SetText(typed)
		test.Tap(s.secure.add)
		if got := s.secure.hostWrong.Text(); !s.secure.hostWrong.Visible() || !strings.Contains(got, want) {
			t.Errorf("%q: %q", typed, got)
		}
	}
	s.secure.host.SetText(" https://Other.Example:8443/announce?passkey=SECRET")
	test.Tap(s.secure.add)
	if s.secure.hostWrong.Visible() || s.secure.host.Text != "" || !slices.Equal(s.engine.settings.OpenHosts, []string{"Tracker.Example:443", "other.example:8443"}) {
		t.Errorf("%v", s.engine.settings.OpenHosts)
	}
	s.Show(&engine.Snapshot{HTTPS: exchange.HTTPS{Hosts: []string{"tracker.example", "other.example:8443"}}}, time.Now())
	_, buttons := words(s)
	test.Tap(buttons["Remove"][0])
	if !slices.Equal(s.engine.settings.OpenHosts, []string{"other.example:8443"}) {
		t.Errorf("%v", s.engine.settings.OpenHosts)
	}
}

// on returns a snapshot in which decrypting is on and hosts were seen.
func on(s *scene, seen ...exchange.TLSClient) *engine.Snapshot {
	s.engine.settings.OpenHTTPS = true
	return &engine.Snapshot{HTTPS: exchange.HTTPS{
		On: true, Stored: true, Name: "BittOratio 1a2b3c4d on desk", Fingerprint: "AA:BB", Until: time.Date(2027, 11, 20, 0, 0, 0, 0, time.UTC),
		Certificate: "/data/bittoratio-ca.pem", Bundle: "/data/bundle.pem", Hosts: []string{"tracker.example"}, Seen: seen,
	}}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	s := newScene(t)
	for refusal, want := range map[exchange.RejectReason]string{
		exchange.RejectedCertificate: "Transmission/4.1.4 doesn't trust", exchange.RejectedSilently: "Transmission/4.1.4 broke off", exchange.RejectedVersion: "Transmission/4.1.4 uses a kind",
	} {
		s.Show(on(s, exchange.TLSClient{Host: "tracker.example", Listed: "tracker.example", Client: "Transmission/4.1.4", Refusal: refusal, Opened: 1}), time.Now())
		all, buttons := words(s)
		if !strings.Contains(all, want) || !strings.Contains(all, "Passes untouched") || len(buttons["Try again"]) != 1 {
			t.Fatalf("%d:\n%s", refusal, all)
		}
		test.Tap(buttons["Try again"][0])
	}
	if len(s.engine.calls) != 3 {
		t.Errorf("calls %v", s.engine.calls)
	}
}

// TestATrackersOwnReasonIsNamedOnce, whatever clients have connected to it.
func TestATrackersOwnReasonIsNamedOnce(t *testing.T) {
	s := newScene(t)
	for why, want := range map[exchange.RejectReason]string{exchange.TrackerAsksCert: "asks the client for a certificate", exchange.TrackerVersion: "a kind of TLS that BittOratio can't speak"} {
		var seen []exchange.TLSClient
		for _, client := range []string{"Transmission/4.1.4", "aria2/1.37.0"} {
			seen = append(seen, exchange.TLSClient{Host: "tracker.example", Listed: "tracker.example", Client: client, Refusal: why, Opened: 1})
		}
		s.Show(on(s, seen...), time.Now())
		all, buttons := words(s)
		if strings.Count(all, want) != 1 || strings.Count(all, "its totals aren't multiplied") != 1 || !strings.Contains(all, "Passes untouched") || len(buttons["Try again"]) != 1 {
			t.Errorf("%d:\n%s", why, all)
		}
	}
}

func TestAClientIsStartedAndTheCertificateRemoved(t *testing.T) {
	s := newScene(t)
	s.Show(on(s, exchange.TLSClient{Host: "tracker.example", Listed: "tracker.example", Client: "Transmission/4.1.4", Opened: 3, Last: time.Now()}), time.Now())
	all, buttons := words(s)
	for _, want := range []string{"Decrypted, last for Transmission/4.1.4", "CURL_CA_BUNDLE=/data/bundle.pem", "/data/bittoratio-ca.pem", "AA:BB", "2027-11-20", "administrator"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing:\n%s", want, all)
		}
	}
	test.Tap(buttons["Start it"][0])
	s.Show(on(s), time.Now())
	if all, _ := words(s); !strings.Contains(all, "Transmission was started.") {
		t.Errorf("it is not said:\n%s", all)
	}
	s.engine.refuse = local.ErrOff
	test.Tap(buttons["Start it"][0])
	s.Show(on(s), time.Now())
	if all, _ := words(s); !strings.Contains(all, "Switch BittOratio on first") {
		t.Errorf("the reason is not said:\n%s", all)
	}
	s.engine.refuse = nil
	test.Tap(buttons["Remove…"][0])
	if len(s.asked) != 1 || slices.Contains(s.engine.calls, "remove") {
		t.Fatal("removed without a question")
	}
	s.yes()
	if want := []string{"launch transmission", "launch transmission", "remove"}; !slices.Equal(s.engine.calls, want) {
		t.Errorf("calls %v", s.engine.calls)
	}
	s.Show(&engine.Snapshot{}, time.Now())
	if _, buttons := words(s); len(buttons["Remove…"])+len(buttons["Start it"])+len(buttons["Copy uninstall command"]) != 0 {
		t.Error("the buttons stay")
	}
}

// TestTheWayBackIsThereAsLongAsTheCertificate: while the certificate exists, the user can see how to remove it from
// everything that trusts it.
func TestTheWayBackIsThereAsLongAsTheCertificate(t *testing.T) {
	s := newScene(t)
	s.Show(on(s), time.Now())
	if _, buttons := words(s); len(buttons["Copy install command"]) != 1 || len(buttons["Copy uninstall command"]) != 1 {
		t.Fatalf("on: %v", buttons)
	}
	s.Show(&engine.Snapshot{HTTPS: exchange.HTTPS{Stored: true}}, time.Now())
	_, buttons := words(s)
	if len(buttons["Copy install command"]) != 0 || len(buttons["Copy uninstall command"]) != 1 {
		t.Fatalf("switched off: %v", buttons)
	}
	test.Tap(buttons["Copy uninstall command"][0])
	if got := fyne.CurrentApp().Clipboard().Content(); got != "sudo forget" {
		t.Errorf("copied %q", got)
	}
}
