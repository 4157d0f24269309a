package setup

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"bittoratio/gui/control"
	"bittoratio/gui/desk"
)

// TestADemonstrationSetsUpNoClient: the page looks for no client and has no button. It has no engine, so any call of
// the engine would crash.
func TestADemonstrationSetsUpNoClient(t *testing.T) {
	test.NewTempApp(t)
	p := New(nil, &desk.Desk{}, true)
	test.NewTempWindow(t, p.Content())
	p.Show(on("127.0.0.1:8080"), time.Now())
	p.Dropped([]string{"a.torrent"})
	for _, o := range test.LaidOutObjects(p.Content()) {
		if _, ok := o.(*control.Button); ok {
			t.Error("a demonstration has a button")
		}
	}
	if got := textsIn(p.Content()); !strings.Contains(got, "A demonstration changes no client") {
		t.Errorf("want the reason on the page:\n%s", got)
	}
}
