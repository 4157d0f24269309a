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
		// Without the tag migrated_fynedo Fyne reports each widget that is touched from another goroutine.
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

// output gathers what the program says, while it says it.
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

// prog is the program while it runs.
type prog struct {
	d    *desk
	cmd  *exec.Cmd
	win  string
	sock string
	out  output
	done chan error

	secrets bool // the user asked for passkeys
}

func (d *desk) args(more ...string) []string {
	return append([]string{"-data", d.path("data")}, more...)
}

// settings writes settings.json before the program starts; keys that are missing have their defaults.
func (d *desk) settings(json string) {
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

// launch starts the program and waits until its window is there.
func (d *desk) launch(args ...string) *prog {
	d.t.Helper()
	p := d.spawn(args...)
	eventually(d.t, "the window shows", func() bool { p.win = p.visible(); return p.win != "" })
	return p
}

// spawn starts the program and waits until its probe answers.
func (d *desk) spawn(args ...string) *prog {
	d.t.Helper()
	return d.spawnBy(binary, d.args(args...)...)
}

// spawnBy starts the program by a command, as spawn does.
func (d *desk) spawnBy(command string, args ...string) *prog {
	d.t.Helper()
	sock := d.path("probe.sock")
	_ = os.Remove(sock)
	p := &prog{d: d, sock: sock, done: make(chan error, 1), cmd: exec.Command(command, args...)}
	p.cmd.Env = append(d.env, "BITTORATIO_PROBE="+sock)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = d.dir, &p.out, &p.out
	must(d.t, p.cmd.Start())
	go func() { p.done <- p.cmd.Wait() }()
	d.t.Cleanup(func() {
		if d.t.Failed() && p.cmd.Process.Signal(syscall.SIGQUIT) == nil { // it tells what its goroutines do
			time.Sleep(time.Second)
		}
		_ = p.cmd.Process.Kill()
		if said := p.out.String(); strings.Contains(said, "Error in Fyne call thread") {
			d.t.Errorf("a widget was touched from the wrong goroutine:\n%s", said)
		} else if d.t.Failed() {
			d.t.Logf("the program said:\n%s", said)
		}
	})
	eventually(d.t, "the probe answers", func() bool { _, err := p.look(); return err == nil })
	return p
}

// visible is the id of the shown window, or "".
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

// key presses keys as a keyboard would. It names no window: xdotool would then send the key past the window manager,
// which is who turns Alt+F4 into a close.
func (p *prog) key(keys ...string) {
	p.d.t.Helper()
	p.focus()
	p.d.run("xdotool", append([]string{"key", "--clearmodifiers", "--delay", "60"}, keys...)...)
}

// types writes into what has the keyboard.
func (p *prog) types(text string) {
	p.d.t.Helper()
	p.focus()
	p.d.run("xdotool", "type", "--delay", "40", text)
}

// aside moves the pointer away, so that it is in no picture. What it was over notices that only inside the window.
func (p *prog) aside() {
	p.d.t.Helper()
	p.d.run("xdotool", "mousemove", "--window", p.win, "3", "3", "sleep", "0.05", "mousemove", "1279", "799")
}

// resize asks until the window has that size: one that is just being laid out takes its own once more.
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

// again starts the program a second time, which shows the window of the first.
func (p *prog) again() {
	p.d.t.Helper()
	second := exec.Command(binary, p.d.args()...)
	second.Env = p.d.env
	if b, err := second.CombinedOutput(); err != nil {
		p.d.t.Fatalf("second start: %v\n%s", err, b)
	}
	eventually(p.d.t, "a second start shows the window of the first", func() bool { p.win = p.visible(); return p.win != "" })
}

// place is where something is in the window, in pixels.
type place struct{ X, Y, W, H float64 }

// sight is what the probe tells.
type sight struct {
	Places map[string]place
	Texts  []string
	Rows   [][]string
	Factor string
	On     bool
}

func (s sight) says(text string) bool {
	for _, t := range s.Texts {
		if strings.Contains(t, text) {
			return true
		}
	}
	return false
}

// shows reports whether a visible row begins with a text.
func (s sight) shows(text string) bool {
	return slices.ContainsFunc(s.Rows, func(row []string) bool { return strings.HasPrefix(row[0], text) })
}

// look asks the probe. Wherever the program is, it shows no passkey by itself.
func (p *prog) look() (s sight, err error) {
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
	if s.says(secret) && !p.secrets {
		p.d.t.Errorf("a passkey is shown without asking: %q", s.Texts)
	}
	return s, nil
}

// sees waits until the window shows something.
func (p *prog) sees(what string, holds func(s sight) bool) sight {
	p.d.t.Helper()
	var last sight
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		s, err := p.look()
		if err != nil {
			continue
		}
		if last = s; holds(s) {
			return s
		}
	}
	p.d.shot("failed-" + p.d.t.Name())
	p.d.t.Fatalf("never seen: %s\ntexts %q\nrows %q\nfactor %s, on %v", what, last.Texts, last.Rows, last.Factor, last.On)
	return last
}

// click presses at (fx, fy) of a named place: 0.5, 0.5 is its middle. What was just shown may yet be moved by the next
// frame, so it waits until two looks find the same.
func (p *prog) click(name string, fx, fy float64) {
	p.d.t.Helper()
	var r, before place
	p.sees(name, func(s sight) bool {
		before, r = r, s.Places[name]
		return r.W > 0 && r == before
	})
	p.clickAt(r.X+r.W*fx, r.Y+r.H*fy)
}

// clickAt presses at a place of the window, and then waits out Fyne's double-click time (300 ms): when it ends after a
// click on an entry, Fyne forgets the button that is down, so a press before and a release after that moment is a lost
// click. Never use mousemove --sync: it hangs for 15 s when the pointer is already there.
func (p *prog) clickAt(x, y float64) {
	p.d.t.Helper()
	p.d.run("xdotool", "mousemove", "--window", p.win, itoa(x), itoa(y),
		"sleep", "0.1", "mousedown", "1", "sleep", "0.05", "mouseup", "1", "sleep", "0.35")
}

// pick clicks a row of the table that is in view.
func (p *prog) pick(row int) {
	p.d.t.Helper()
	table := p.sees("the table", func(s sight) bool { return s.Places["table"].W > 0 }).Places["table"]
	p.clickAt(table.X+200, table.Y+46+29*float64(row))
}

// scrollTo turns the wheel until something is in sight.
func (p *prog) scrollTo(name string) {
	p.d.t.Helper()
	for range 60 {
		s := p.sees(name, func(s sight) bool { return s.Places[name].W > 0 })
		if s.Places[name].Y < 520 {
			return
		}
		p.d.run("xdotool", "mousemove", "--window", p.win, "500", "420", "click", "5", "sleep", "0.1")
	}
	p.d.t.Fatalf("%s cannot be scrolled into sight", name)
}

// drag moves the slider's thumb to a share of its way, as a hand would.
func (p *prog) drag(from, to float64) {
	p.d.t.Helper()
	s, err := p.look()
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

// confirms answers the question about clients that still announce.
func (p *prog) confirms(word string) {
	p.d.t.Helper()
	p.sees("the question", func(s sight) bool {
		return s.says("Clients are still using BittOratio") && s.Places["button:"+word].W > 0
	})
	p.click("button:"+word, 0.5, 0.5)
}

// ends waits for exit status 0.
func (p *prog) ends() {
	p.d.t.Helper()
	select {
	case err := <-p.done:
		if err != nil {
			p.d.t.Errorf("the program ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		p.d.shot("failed-" + p.d.t.Name())
		p.d.t.Error("the program did not end")
	}
}

// hasState reports whether a torrent in sight is in a state.
func (s sight) hasState(words string) bool {
	return slices.ContainsFunc(s.Rows, func(row []string) bool { return slices.Contains(row, words) })
}
