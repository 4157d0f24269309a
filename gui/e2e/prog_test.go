//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bittoratio-e2e")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		binary = filepath.Join(dir, "bittoratio")
		// Without the tag migrated_fynedo Fyne reports each widget that is used on a goroutine other than its own.
		var out []byte
		if out, err = exec.Command("go", "build", "-tags", "e2e", "-o", binary, "../..").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// output collects what the program prints; it is safe for concurrent use.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// prog is one run of the program.
type prog struct {
	d    *desktop
	cmd  *exec.Cmd
	win  string // id of its X window
	sock string // path of the probe's socket
	out  output
	done chan error // the result of cmd.Wait

	secrets bool // the test has asked the window to show passkeys
}

func (d *desktop) args(more ...string) []string {
	return append([]string{"-data", d.path("data")}, more...)
}

// settings writes settings.json before the program starts; missing keys have their defaults.
func (d *desktop) settings(json string) {
	d.t.Helper()
	must(d.t, os.MkdirAll(d.path("data"), 0o700))
	must(d.t, os.WriteFile(d.path("data", "settings.json"), []byte(json), 0o600))
}

// freePort returns a loopback address on which no program listens.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// launch starts the program and waits until its window is visible.
func (d *desktop) launch(args ...string) *prog {
	d.t.Helper()
	p := d.spawn(args...)
	eventually(d.t, "the window shows", func() bool { p.win = p.visible(); return p.win != "" })
	return p
}

// spawn starts the program and waits until its probe answers.
func (d *desktop) spawn(args ...string) *prog {
	d.t.Helper()
	return d.spawnBy(binary, d.args(args...)...)
}

// spawnBy is spawn with a command that starts the program.
func (d *desktop) spawnBy(command string, args ...string) *prog {
	d.t.Helper()
	sock := d.path("probe.sock")
	_ = os.Remove(sock)
	p := &prog{d: d, sock: sock, done: make(chan error, 1), cmd: exec.Command(command, args...)}
	p.cmd.Env = append(d.env, "BITTORATIO_PROBE="+sock)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = d.dir, &p.out, &p.out
	must(d.t, p.cmd.Start())
	go func() { p.done <- p.cmd.Wait() }()
	d.t.Cleanup(func() {
		if d.t.Failed() && p.cmd.Process.Signal(syscall.SIGQUIT) == nil { // makes Go print all goroutines
			time.Sleep(time.Second)
		}
		_ = p.cmd.Process.Kill()
		if out := p.out.String(); strings.Contains(out, "Error in Fyne call thread") {
			d.t.Errorf("a widget was used on the wrong goroutine:\n%s", out)
		} else if d.t.Failed() {
			d.t.Logf("output of the program:\n%s", out)
		}
	})
	eventually(d.t, "the probe answers", func() bool { _, err := p.state(); return err == nil })
	return p
}

// visible returns the id of the program's visible window, or "" if there is none.
func (p *prog) visible() string {
	out, _ := p.d.try("xdotool", "search", "--onlyvisible", "--name", "^BittOratio$")
	return strings.SplitN(strings.TrimSpace(out), "\n", 2)[0]
}

// focus waits until the window has the keyboard.
func (p *prog) focus() {
	p.d.t.Helper()
	eventually(p.d.t, "the window has the focus", func() bool {
		out, err := p.d.try("xdotool", "getactivewindow")
		return err == nil && strings.TrimSpace(out) == p.win
	})
}

// key presses keys as a keyboard would. It does not give xdotool a window, because the keys would then bypass the
// window manager, which turns Alt+F4 into a request to close.
func (p *prog) key(keys ...string) {
	p.d.t.Helper()
	p.focus()
	p.d.run("xdotool", append([]string{"key", "--clearmodifiers", "--delay", "60"}, keys...)...)
}

// typeText types into the widget that has the focus.
func (p *prog) typeText(text string) {
	p.d.t.Helper()
	p.focus()
	p.d.run("xdotool", "type", "--delay", "40", text)
}

// movePointerAway moves the pointer to where no picture shows it. It first moves inside the window, because Fyne
// notices only there that the pointer has left a widget.
func (p *prog) movePointerAway() {
	p.d.t.Helper()
	p.d.run("xdotool", "mousemove", "--window", p.win, "3", "3", "sleep", "0.05", "mousemove", "1279", "799")
}

// resize sets the size of the window in pixels. It repeats the request, since a window that is being laid out returns
// to its own size.
func (p *prog) resize(w, h string) {
	p.d.t.Helper()
	eventually(p.d.t, "the window is "+w+"x"+h, func() bool {
		if strings.Contains(p.d.run("xdotool", "getwindowgeometry", p.win), w+"x"+h) {
			return true
		}
		p.d.run("xdotool", "windowsize", p.win, w, h)
		return false
	})
}

// startAgain starts the program a second time, which must show the window of the first one.
func (p *prog) startAgain() {
	p.d.t.Helper()
	second := exec.Command(binary, p.d.args()...)
	second.Env = p.d.env
	if b, err := second.CombinedOutput(); err != nil {
		p.d.t.Fatalf("starting the program a second time: %v\n%s", err, b)
	}
	eventually(p.d.t, "a second start shows the window of the first", func() bool { p.win = p.visible(); return p.win != "" })
}

// place is the position and size of a widget in the window, in pixels.
type place struct{ X, Y, W, H float64 }

// windowState is the answer of the probe: what the window shows.
type windowState struct {
	Places map[string]place
	Texts  []string
	Rows   [][]string
	Factor string
	On     bool
}

// hasText reports whether a visible text contains this one.
func (s windowState) hasText(text string) bool {
	for _, t := range s.Texts {
		if strings.Contains(t, text) {
			return true
		}
	}
	return false
}

// hasRow reports whether a visible row begins with a text.
func (s windowState) hasRow(text string) bool {
	return slices.ContainsFunc(s.Rows, func(row []string) bool { return strings.HasPrefix(row[0], text) })
}

// state asks the probe. It fails the test if the window shows a passkey that the test has not asked for.
func (p *prog) state() (s windowState, err error) {
	c := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", p.sock)
		},
	}}
	r, err := c.Get("http://probe/")
	if err != nil {
		return s, err
	}
	defer func() { _ = r.Body.Close() }()
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		return s, err
	}
	if s.hasText(secret) && !p.secrets {
		p.d.t.Errorf("the window shows the passkey without being asked: %q", s.Texts)
	}
	return s, nil
}

// waitFor waits until holds returns true for what the window shows, and fails the test after 15 seconds.
func (p *prog) waitFor(what string, holds func(s windowState) bool) windowState {
	p.d.t.Helper()
	var last windowState
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		s, err := p.state()
		if err != nil {
			continue
		}
		if last = s; holds(s) {
			return s
		}
	}
	p.d.shot("failed-" + p.d.t.Name())
	p.d.t.Fatalf("still not true after 15 s: %s\ntexts %q\nrows %q\nfactor %s, on %v", what, last.Texts, last.Rows, last.Factor, last.On)
	return last
}

// click clicks a named place at the fraction (fx, fy) of its width and height: (0.5, 0.5) is its middle. The next frame
// may still move what has just appeared, so it waits until the probe reports the same place twice.
func (p *prog) click(name string, fx, fy float64) {
	p.d.t.Helper()
	var r, before place
	p.waitFor(name, func(s windowState) bool {
		before, r = r, s.Places[name]
		return r.W > 0 && r == before
	})
	p.clickAt(r.X+r.W*fx, r.Y+r.H*fy)
}

// clickAt clicks at (x, y) in the window, in pixels, and then waits until Fyne's double-click time (300 ms) is over: at
// its end, after a click on an entry, Fyne forgets a pressed button, so a click that is in progress then would be lost.
// Never use mousemove --sync: it hangs for 15 s if the pointer is already there.
func (p *prog) clickAt(x, y float64) {
	p.d.t.Helper()
	p.d.run("xdotool", "mousemove", "--window", p.win, itoa(x), itoa(y),
		"sleep", "0.1", "mousedown", "1", "sleep", "0.05", "mouseup", "1", "sleep", "0.35")
}

// clickRow clicks the nth visible row of the table, from 0.
func (p *prog) clickRow(row int) {
	p.d.t.Helper()
	table := p.waitFor("the table", func(s windowState) bool { return s.Places["table"].W > 0 }).Places["table"]
	p.clickAt(table.X+200, table.Y+46+29*float64(row))
}

// scrollTo turns the mouse wheel until a named place is visible.
func (p *prog) scrollTo(name string) {
	p.d.t.Helper()
	for range 60 {
		s := p.waitFor(name, func(s windowState) bool { return s.Places[name].W > 0 })
		if s.Places[name].Y < 520 {
			return
		}
		p.d.run("xdotool", "mousemove", "--window", p.win, "500", "420", "click", "5", "sleep", "0.1")
	}
	p.d.t.Fatalf("%s did not become visible by scrolling", name)
}

// drag drags the slider's thumb from one fraction of its range to another, as a hand would.
func (p *prog) drag(from, to float64) {
	p.d.t.Helper()
	s, err := p.state()
	must(p.d.t, err)
	r := s.Places["slider"]
	at := func(share float64) string { return itoa(r.X + 12 + (r.W-24)*share) }
	y := itoa(r.Y + r.H/2)
	args := []string{"mousemove", "--window", p.win, at(from), y, "sleep", "0.1", "mousedown", "1", "sleep", "0.1"}
	for i := 1; i <= 8; i++ {
		args = append(args, "mousemove", "--window", p.win, at(from+(to-from)*float64(i)/8), y, "sleep", "0.04")
	}
	p.d.run("xdotool", append(args, "mouseup", "1", "sleep", "0.35")...)
}

// confirm answers the question about clients that still announce with this button.
func (p *prog) confirm(word string) {
	p.d.t.Helper()
	p.waitFor("the question", func(s windowState) bool {
		return s.hasText("Clients are still using BittOratio") && s.Places["button:"+word].W > 0
	})
	p.click("button:"+word, 0.5, 0.5)
}

// waitForExit waits until the program has ended with exit status 0.
func (p *prog) waitForExit() {
	p.d.t.Helper()
	select {
	case err := <-p.done:
		if err != nil {
			p.d.t.Errorf("the program ended with an error: %v", err)
		}
	case <-time.After(20 * time.Second):
		p.d.shot("failed-" + p.d.t.Name())
		p.d.t.Error("the program did not end within 20 s")
	}
}

// hasState reports whether a visible torrent has this state.
func (s windowState) hasState(words string) bool {
	return slices.ContainsFunc(s.Rows, func(row []string) bool { return slices.Contains(row, words) })
}
