//go:build e2e

// Package e2e tests the real program in a real X window: with Xvfb, openbox, a session bus, and a tray, a notification
// server and trackers that the tests provide.
//
//	go test -tags e2e -count=1 ./gui/e2e
//
// It needs the Debian packages xvfb openbox dbus-daemon x11-utils xdotool imagemagick xclip libgl1-mesa-dri
// transmission-daemon qbittorrent-nox iproute2 util-linux, and for the picture of the tray xfce4-panel xfconf
// adwaita-icon-theme. The environment variable SHOTS names a folder in which the screenshots are kept.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// desktop is an X server, a window manager, a session bus and a home folder for one test.
type desktop struct {
	t    *testing.T
	dir  string
	env  []string
	conn *dbus.Conn

	mu    sync.Mutex
	items []string // tray items that registered with our watcher
	notes []string // notifications: "summary|body"
}

// host is what shows tray icons.
type host int

const (
	noHost    host = iota // nothing, as on GNOME without an extension
	stubHost              // this process
	panelHost             // xfce4-panel, so that screenshots show the icon
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("still not true after 20 s: %s", what)
}

// newDesktop starts an X server, a window manager, a session bus and a tray host. The test then runs in parallel with
// others, which have desktops of their own.
func newDesktop(t *testing.T, h host) *desktop {
	t.Helper()
	t.Parallel()
	d := &desktop{t: t, dir: t.TempDir()}
	for _, p := range []string{"home", "run"} {
		must(t, os.MkdirAll(filepath.Join(d.dir, p), 0o700))
	}
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.path("home"), "XDG_RUNTIME_DIR=" + d.path("run"),
		"LANG=C.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1", "GALLIUM_DRIVER=llvmpipe", "FYNE_SCALE=1", "FYNE_THEME=light",
	}
	d.writePreferences(`{"told.welcome": true}`)
	d.startX()
	addr := "unix:path=" + d.path("run", "bus")
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+addr)
	d.start(nil, "dbus-daemon", "--session", "--nofork", "--address="+addr)
	eventually(t, "the bus answers", func() (ok bool) {
		var err error
		d.conn, err = dbus.Connect(addr)
		return err == nil
	})
	t.Cleanup(func() { _ = d.conn.Close() })
	d.notifications()
	d.start(nil, "openbox")
	eventually(t, "the window manager is ready", func() bool {
		out, err := d.try("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
		return err == nil && strings.Contains(out, "window id")
	})
	// In 1 of 20 runs the window manager missed the first key of a new X server, and never the second. So the first key
	// is one without effect.
	d.run("xdotool", "key", "Shift_L", "sleep", "0.3")
	switch h {
	case stubHost:
		d.watcher()
	case panelHost:
		d.panel()
	}
	return d
}

// writePreferences writes the file in which the window remembers things, before the program starts.
func (d *desktop) writePreferences(json string) {
	d.t.Helper()
	dir := d.path("home", ".config", "fyne", "org.bittoratio.BittOratio")
	must(d.t, os.MkdirAll(dir, 0o700))
	must(d.t, os.WriteFile(filepath.Join(dir, "preferences.json"), []byte(json), 0o600))
}

func (d *desktop) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// startX starts Xvfb, which chooses a free display and writes its number to descriptor 3. Without -noreset Xvfb resets
// itself when its last client disconnects, and refuses clients during that time, such as the window manager.
func (d *desktop) startX(more ...string) {
	d.t.Helper()
	r, w, err := os.Pipe()
	must(d.t, err)
	d.start([]*os.File{w}, "Xvfb", append([]string{"-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"}, more...)...)
	_ = w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.t.Fatalf("reading the display number from Xvfb: %v", err)
	}
	_ = r.Close()
	d.env = append(d.env, "DISPLAY=:"+strings.TrimSpace(line))
}

// panel starts xfce4-panel, and waits until it accepts tray icons.
func (d *desktop) panel() {
	d.t.Helper()
	cfg := d.path("home", ".config/xfce4/xfconf/xfce-perchannel-xml")
	must(d.t, os.MkdirAll(cfg, 0o700))
	b, err := os.ReadFile("testdata/xfce4-panel.xml")
	must(d.t, err)
	must(d.t, os.WriteFile(filepath.Join(cfg, "xfce4-panel.xml"), b, 0o600))
	d.start(nil, "xfce4-panel", "--disable-wm-check")
	eventually(d.t, "the panel hosts a tray", func() bool {
		var has bool
		_ = d.conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&has)
		return has
	})
}

// start runs a program until the end of the test.
func (d *desktop) start(extra []*os.File, name string, args ...string) (pid int) {
	d.t.Helper()
	return d.startWith(d.env, extra, name, args...)
}

func (d *desktop) startWith(env []string, extra []*os.File, name string, args ...string) (pid int) {
	d.t.Helper()
	c := exec.Command(name, args...)
	c.Env, c.Dir, c.ExtraFiles = env, d.dir, extra
	log, err := os.Create(d.path(filepath.Base(name) + ".log"))
	must(d.t, err)
	c.Stdout, c.Stderr = log, log
	must(d.t, c.Start())
	done := make(chan struct{})
	go func() { _ = c.Wait(); close(done) }()
	d.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = c.Process.Kill()
			<-done
		}
		_ = log.Close()
		if b, _ := os.ReadFile(log.Name()); d.t.Failed() && len(b) > 0 {
			d.t.Logf("output of %s:\n%s", name, b)
		}
	})
	return c.Process.Pid
}

func (d *desktop) run(name string, args ...string) string {
	d.t.Helper()
	out, err := d.try(name, args...)
	if err != nil {
		d.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(out)
}

func (d *desktop) try(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = d.env
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if err != nil {
		return out.String() + errs.String(), err
	}
	return out.String(), nil
}

// shot saves the whole screen.
func (d *desktop) shot(name string) {
	d.t.Helper()
	d.picture("root", name)
}

// picture saves a screenshot of a window as soon as two in a row are the same, at the latest the tenth. It fails the
// test if the picture has fewer than six colours.
func (d *desktop) picture(window, name string) {
	d.t.Helper()
	var before, now *image.RGBA
	for range 10 {
		before, now = now, d.capture(window, name)
		if before != nil && bytes.Equal(before.Pix, now.Pix) {
			break
		}
	}
	if n := len(colours(now, now.Rect)); n < 6 {
		d.t.Errorf("the picture %s has only %d colours, want at least 6: was anything drawn?", name, n)
	}
}

// capture saves a screenshot of a window at this moment.
func (d *desktop) capture(window, name string) *image.RGBA {
	d.t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		dir = d.dir
	}
	must(d.t, os.MkdirAll(dir, 0o755))
	file := filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png")
	d.run("import", "-window", window, file)
	b, err := os.ReadFile(file)
	must(d.t, err)
	img, err := png.Decode(bytes.NewReader(b))
	must(d.t, err)
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

func itoa(f float64) string { return strconv.Itoa(int(f)) }
