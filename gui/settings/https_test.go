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

// httpsTexts returns all texts of the section about https, and its buttons by their labels.
func httpsTexts(s *scene) (all string, buttons map[string][]*control.Button) {
	return textsAndButtons(s.https.content)
}

func textsAndButtons(o fyne.CanvasObject) (all string, buttons map[string][]*control.Button) {
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

func TestNothingIsDecryptedWithoutConsent(t *testing.T) {
	s := newScene(t)
	s.https.on.SetChecked(true)
	if s.https.on.Checked || len(s.questions) != 1 || len(s.engine.applied) != 0 {
		t.Fatalf("before the answer: ticked %v, questions %q, applied %v; want unticked, one question, nothing applied", s.https.on.Checked, s.questions, s.engine.applied)
	}
	s.confirm()
	s.Show(&engine.Snapshot{}, time.Now())
	if !s.engine.settings.OpenHTTPS || !s.https.on.Checked {
		t.Errorf("after consent: decrypting = %v, ticked %v; want both", s.engine.settings.OpenHTTPS, s.https.on.Checked)
	}
	s.https.on.SetChecked(false)
	if s.engine.settings.OpenHTTPS || len(s.questions) != 1 {
		t.Errorf("switched off: decrypting = %v, questions %q; want false without another question", s.engine.settings.OpenHTTPS, s.questions)
	}
}

func TestTheButtonBesideASeenHostDecryptsIt(t *testing.T) {
	s := newScene(t)
	snap := &engine.Snapshot{HTTPS: exchange.HTTPS{Seen: []exchange.TLSClient{
		{Host: "tracker.example", Client: "Transmission/4.1.4", Last: time.Now()},
		{Host: "tracker.example", Last: time.Now()},
		{Host: "*.private.example:8443", Last: time.Now()},
	}}}
	s.Show(snap, time.Now())
	all, buttons := httpsTexts(s)
	if n := len(buttons["Decrypt"]); n != 2 || !strings.Contains(all, "Transmission/4.1.4") || !strings.Contains(all, "*.private.example:8443") {
		t.Fatalf("%d hosts are offered, want 2:\n%s", n, all)
	}
	test.Tap(buttons["Decrypt"][1])
	if len(s.questions) != 1 || len(s.engine.applied) != 0 {
		t.Fatalf("before the answer: questions %q, applied %v; want one question and nothing applied", s.questions, s.engine.applied)
	}
	s.confirm()
	if !s.engine.settings.OpenHTTPS || !slices.Equal(s.engine.settings.OpenHosts, []string{"*.private.example:8443"}) {
		t.Errorf("decrypting = %v of %q, want true of the second host", s.engine.settings.OpenHTTPS, s.engine.settings.OpenHosts)
	}
	s.Show(snap, time.Now())
	_, buttons = httpsTexts(s)
	test.Tap(buttons["Decrypt"][0])
	if len(s.questions) != 1 || len(s.engine.settings.OpenHosts) != 2 {
		t.Errorf("consent was given before: questions %q, hosts %q; want no second question, and both hosts", s.questions, s.engine.settings.OpenHosts)
	}
}

func TestAHostIsAddedAndRemoved(t *testing.T) {
	s := newScene(t)
	s.engine.settings.OpenHTTPS, s.engine.settings.OpenHosts = true, []string{"Tracker.Example:443"}
	s.follow()
	for typed, want := range map[string]string{
		"http://tracker.example/announce":  "does not use https",
		"a.*.example":                      "A star",
		"0123456789abcdef0123.example.org": "passkey",
		"":                                 "not a host",
	} {
		s.https.host.SetText(typed)
		test.Tap(s.https.add)
		if got := s.https.hostWrong.Text(); !s.https.hostWrong.Visible() || !strings.Contains(got, want) {
			t.Errorf("%q: the error is %q, want one with %q", typed, got, want)
		}
	}
	s.https.host.SetText(" https://Other.Example:8443/announce?passkey=SECRET")
	test.Tap(s.https.add)
	if s.https.hostWrong.Visible() || s.https.host.Text != "" || !slices.Equal(s.engine.settings.OpenHosts, []string{"Tracker.Example:443", "other.example:8443"}) {
		t.Errorf("hosts %q after an addition", s.engine.settings.OpenHosts)
	}
	s.Show(&engine.Snapshot{HTTPS: exchange.HTTPS{Hosts: []string{"tracker.example", "other.example:8443"}}}, time.Now())
	_, buttons := httpsTexts(s)
	test.Tap(buttons["Remove"][0])
	if !slices.Equal(s.engine.settings.OpenHosts, []string{"other.example:8443"}) {
		t.Errorf("hosts %q after a removal", s.engine.settings.OpenHosts)
	}
}

// decrypting returns a snapshot in which decrypting is on and hosts were seen.
func decrypting(s *scene, seen ...exchange.TLSClient) *engine.Snapshot {
	s.engine.settings.OpenHTTPS = true
	return &engine.Snapshot{HTTPS: exchange.HTTPS{
		On: true, Stored: true, Name: "BittOratio 1a2b3c4d on desk", Fingerprint: "AA:BB", Until: time.Date(2027, 11, 20, 0, 0, 0, 0, time.UTC),
		Certificate: "/data/bittoratio-ca.pem", Bundle: "/data/bundle.pem", Hosts: []string{"tracker.example"}, Seen: seen,
	}}
}

func TestAClientThatRefusesTheCertificateIsExplained(t *testing.T) {
	s := newScene(t)
	for refusal, want := range map[exchange.RejectReason]string{
		exchange.RejectedCertificate: "Transmission/4.1.4 doesn't trust", exchange.RejectedSilently: "Transmission/4.1.4 broke off", exchange.RejectedVersion: "Transmission/4.1.4 uses a kind",
	} {
		s.Show(decrypting(s, exchange.TLSClient{Host: "tracker.example", Listed: "tracker.example", Client: "Transmission/4.1.4", Refusal: refusal, Opened: 1}), time.Now())
		all, buttons := httpsTexts(s)
		if !strings.Contains(all, want) || !strings.Contains(all, "Passes untouched") || len(buttons["Try again"]) != 1 {
			t.Fatalf("reason %d: %q, its effect, or the button is missing in\n%s", refusal, want, all)
		}
		test.Tap(buttons["Try again"][0])
	}
	if len(s.engine.calls) != 3 {
		t.Errorf("calls %q, want 3", s.engine.calls)
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
		s.Show(decrypting(s, seen...), time.Now())
		all, buttons := httpsTexts(s)
		if strings.Count(all, want) != 1 || strings.Count(all, "its totals aren't multiplied") != 1 || !strings.Contains(all, "Passes untouched") || len(buttons["Try again"]) != 1 {
			t.Errorf("reason %d: want %q and its effect once each, Passes untouched, and one button Try again; the section shows\n%s", why, want, all)
		}
	}
}

func TestAClientIsStartedAndTheCertificateRemoved(t *testing.T) {
	s := newScene(t)
	s.Show(decrypting(s, exchange.TLSClient{Host: "tracker.example", Listed: "tracker.example", Client: "Transmission/4.1.4", Opened: 3, Last: time.Now()}), time.Now())
	all, buttons := httpsTexts(s)
	for _, want := range []string{"Decrypted, last for Transmission/4.1.4", "CURL_CA_BUNDLE=/data/bundle.pem", "/data/bittoratio-ca.pem", "AA:BB", "2027-11-20", "administrator"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing:\n%s", want, all)
		}
	}
	test.Tap(buttons["Start it"][0])
	s.Show(decrypting(s), time.Now())
	if all, _ := httpsTexts(s); !strings.Contains(all, "Transmission was started.") {
		t.Errorf("the start of the client is not confirmed in\n%s", all)
	}
	s.engine.refuse = local.ErrOff
	test.Tap(buttons["Start it"][0])
	s.Show(decrypting(s), time.Now())
	if all, _ := httpsTexts(s); !strings.Contains(all, "Switch BittOratio on first") {
		t.Errorf("the reason why the client was not started is missing in\n%s", all)
	}
	s.engine.refuse = nil
	test.Tap(buttons["Remove…"][0])
	if len(s.questions) != 1 || slices.Contains(s.engine.calls, "remove") {
		t.Fatalf("calls %q, questions %q; want a question before the removal", s.engine.calls, s.questions)
	}
	s.confirm()
	if want := []string{"launch transmission", "launch transmission", "remove"}; !slices.Equal(s.engine.calls, want) {
		t.Errorf("calls %q, want %q", s.engine.calls, want)
	}
	s.Show(&engine.Snapshot{}, time.Now())
	if _, buttons := httpsTexts(s); len(buttons["Remove…"])+len(buttons["Start it"])+len(buttons["Copy uninstall command"]) != 0 {
		t.Errorf("the buttons stay after the removal: %v", buttons)
	}
}

// TestTheUninstallCommandIsShownAsLongAsTheCertificateExists: while the certificate exists, the user can see how to
// remove it from everything that trusts it.
func TestTheUninstallCommandIsShownAsLongAsTheCertificateExists(t *testing.T) {
	s := newScene(t)
	s.Show(decrypting(s), time.Now())
	if _, buttons := httpsTexts(s); len(buttons["Copy install command"]) != 1 || len(buttons["Copy uninstall command"]) != 1 {
		t.Fatalf("decrypting: buttons %v, want both commands", buttons)
	}
	s.Show(&engine.Snapshot{HTTPS: exchange.HTTPS{Stored: true}}, time.Now())
	_, buttons := httpsTexts(s)
	if len(buttons["Copy install command"]) != 0 || len(buttons["Copy uninstall command"]) != 1 {
		t.Fatalf("switched off: buttons %v, want only the command to uninstall", buttons)
	}
	test.Tap(buttons["Copy uninstall command"][0])
	if got := fyne.CurrentApp().Clipboard().Content(); got != "sudo forget" {
		t.Errorf("copied %q, want sudo forget", got)
	}
}
