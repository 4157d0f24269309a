//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const mib = 1 << 20

// row is what the table shows of a session: seen, reported, credit.
func row(s sight, short string) []string {
	for _, r := range s.Rows {
		if len(r) > 8 && r[0] == short {
			return r[6:9]
		}
	}
	return nil
}

func rowIs(short string, want ...string) func(sight) bool {
	return func(s sight) bool { return strings.Join(row(s, short), "|") == strings.Join(want, "|") }
}

// TestMainJob is the program's day: switched on, announced through, slider and tray used, closed, opened, ended.
func TestMainJob(t *testing.T) {
	d := newDesk(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q}`, addr))
	p := d.launch()
	p.sees("it is off and says what to do", func(s sight) bool {
		return !s.On && s.says("No torrents yet") && s.Places["button:Switch on"].W > 0
	})
	d.shot("first-start")

	p.click("power", 0.5, 0.5)
	p.sees("it is on", func(s sight) bool { return s.On && s.says("On, "+addr+", 0 torrents, 0 trackers") })
	tells(t, addr, tr, transmission, 0, "started", 0)
	tells(t, addr, tr, transmission, mib, "", 2*mib)
	p.sees("the torrent with its figures", rowIs("abababab", "1.00 MiB", "2.00 MiB", "+1.00 MiB"))

	p.drag(1.0/9, 5.0/9)
	s := p.sees("another factor", func(s sight) bool { return s.Factor != "2×" })
	f, err := strconv.ParseFloat(strings.TrimSuffix(s.Factor, "×"), 64)
	if err != nil || math.Abs(f-6) > 0.5 {
		t.Fatalf("dragged to about 6×, shows %s", s.Factor)
	}
	told := uint64(2*mib) + uint64(math.Round(f*1000))*mib/1000
	tells(t, addr, tr, transmission, 2*mib, "", told)

	trayMenu(t, d, p, addr)
	tells(t, addr, tr, transmission, 3*mib, "", told+3*mib)
	closeAndOpen(t, d, p, addr, tr, told+3*mib)

	keepForwarding(t, d, p, addr, tr, told+3*mib)

	d.choose("Quit")
	p.confirms("Quit")
	p.ends()
}

// keepForwarding leaves clients their way to the trackers, with nothing multiplied.
func keepForwarding(t *testing.T, d *desk, p *prog, addr string, tr *tracker, told uint64) {
	t.Helper()
	p.click("power", 0.5, 0.5)
	p.sees("what clients will do", func(s sight) bool { return s.says("While BittOratio is off, Transmission reaches no tracker") })
	d.shot("switching-off")
	p.confirms("Keep forwarding at 1×")
	p.sees("at 1×", func(s sight) bool { return s.On && s.says("Forwarding at 1×, "+addr) })
	d.shot("at-one")
	tells(t, addr, tr, transmission, 4*mib, "", told+mib)
	d.choose("Multiply again")
	p.sees("multiplying again", func(s sight) bool { return !s.says("Forwarding at 1×") })
	tells(t, addr, tr, transmission, 5*mib, "", told+4*mib)
}

// trayMenu uses the tray as its host does.
func trayMenu(t *testing.T, d *desk, p *prog, addr string) {
	t.Helper()
	eventually(t, "the tray's title is ours", func() bool { return d.trayProp("Title").Value() == "BittOratio" })
	eventually(t, "the tooltip says the state", func() bool { return strings.HasPrefix(d.tooltip(), "BittOratio: On, "+addr) })
	on := d.icon()
	var labels []string
	for _, i := range d.menu() {
		labels = append(labels, i.label+i.kind)
	}
	want := "On, " + addr + ", 1 torrent, 1 tracker|separator|Stop|separator|Multiplier 1×|Multiplier 1.5×|Multiplier 2×|" +
		"Multiplier 3×|Multiplier 5×|Multiplier 10×|separator|Copy proxy address|Open|separator|Quit"
	if got := strings.Join(labels, "|"); got != want {
		t.Errorf("menu: %s\nwant: %s", got, want)
	}

	d.choose("Stop")
	p.confirms("Switch off")
	p.sees("it is off", func(s sight) bool { return !s.On && s.says("Off: ") })
	eventually(t, "another icon", func() bool { return d.icon() != on })
	if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		_ = c.Close()
		t.Error("stopped, but the port is open")
	}
	d.choose("Start")
	p.sees("it is on again", func(s sight) bool { return s.On })

	d.choose("Multiplier 3×")
	p.sees("3×", func(s sight) bool { return s.Factor == "3×" })
	eventually(t, "the mark is on 3×", func() bool { return d.item("Multiplier 3×").check && !d.item("Multiplier 2×").check })

	d.choose("Copy proxy address")
	eventually(t, "the address is copied", func() bool {
		out, err := d.try("xclip", "-selection", "clipboard", "-o")
		return err == nil && out == addr
	})
}

// closeAndOpen closes the window into the tray and brings it back in each of its ways.
func closeAndOpen(t *testing.T, d *desk, p *prog, addr string, tr *tracker, told uint64) {
	t.Helper()
	p.key("alt+F4")
	eventually(t, "closing hides", func() bool { return p.visible() == "" })
	eventually(t, "it says that it goes on", func() bool { return d.notified("BittOratio keeps running") == 1 })
	tells(t, addr, tr, transmission, 3*mib, "", told) // still there
	d.choose("Open")
	eventually(t, "Open brings the window back", func() bool { p.win = p.visible(); return p.win != "" })

	p.key("alt+F4")
	eventually(t, "closing hides again", func() bool { return p.visible() == "" })
	p.again()
	p.sees("it is the same program", rowIs("abababab", "3.00 MiB", size(told), "+"+size(told-3*mib)))
}

// size is a number of bytes of a few MiB as the window writes it.
func size(n uint64) string {
	decimals := 2
	if float64(n)/mib >= 9.995 {
		decimals = 1
	}
	return strconv.FormatFloat(float64(n)/mib, 'f', decimals, 64) + " MiB"
}

// TestPortTaken checks that a taken port costs one click.
func TestPortTaken(t *testing.T) {
	d := newDesk(t, stubHost)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	d.settings(fmt.Sprintf(`{"listen": %q}`, l.Addr().String()))
	p := d.launch()
	p.click("power", 0.5, 0.5)
	_, taken, _ := net.SplitHostPort(l.Addr().String())
	s := p.sees("the dialog names the port", func(s sight) bool { return s.says("Port " + taken + " is taken") })
	d.shot("port-taken")
	var button string
	for name := range s.Places {
		if strings.HasPrefix(name, "button:Use port ") {
			button = name
		}
	}
	p.click(button, 0.5, 0.5)
	free := "127.0.0.1:" + strings.TrimPrefix(button, "button:Use port ")
	p.sees("it is on at the free port", func(s sight) bool { return s.On && s.says("On, "+free) })
	tells(t, free, newTracker(t), transmission, 0, "started", 0)
	p.sees("the torrent", func(s sight) bool { return len(s.Rows) == 1 })
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
}

// TestNoTray checks that a window that nothing could bring back is not hidden.
func TestNoTray(t *testing.T) {
	d := newDesk(t, noHost)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "system"}}`, freePort(t)))
	p := d.launch()
	p.sees("it switched itself on", func(s sight) bool { return s.On })
	p.key("alt+F4")
	p.sees("it asks", func(s sight) bool { return s.says("Quit BittOratio?") })
	d.shot("no-tray")
	p.click("button:Keep the window", 0.5, 0.5)
	p.sees("it goes on", func(s sight) bool { return s.On && !s.says("Quit BittOratio?") })
	p.key("alt+F4")
	p.click("button:Quit", 0.5, 0.5)
	p.ends()
}

// TestHiddenStart checks that -hidden shows the tray only.
func TestHiddenStart(t *testing.T) {
	d := newDesk(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q}`, freePort(t)))
	p := d.spawn("-hidden")
	d.choose("Start")
	d.item("Stop")
	if p.visible() != "" {
		t.Error("hidden, but to be seen")
	}
	d.choose("Quit")
	p.ends()
}

// TestStateSurvives checks that size, page, sort and multiplier come back, and what a torrent announced.
func TestStateSurvives(t *testing.T) {
	d := newDesk(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "dark"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	tells(t, addr, tr, qbittorrent, 7*mib, "started", 7*mib)
	p.sees("a torrent", func(s sight) bool { return len(s.Rows) == 1 })
	tells(t, addr, tr, transmission, 5*mib, "started", 5*mib)
	tells(t, addr, tr, qbittorrent, 9*mib, "", 11*mib)
	tells(t, addr, tr, transmission, 6*mib, "", 7*mib)
	p.sees("both torrents, by name", func(s sight) bool { return len(s.Rows) == 2 && s.Rows[0][0] == "3c3c3c3c" })
	p.click("header:hash", 0.5, 0.5)
	p.sees("the names backwards", func(s sight) bool { return s.Rows[0][0] == "abababab" })
	p.click("header:seen", 0.5, 0.5)
	p.sees("largest first", func(s sight) bool { return s.Rows[0][0] == "3c3c3c3c" })
	p.click("header:seen", 0.5, 0.5)
	p.sees("smallest first", func(s sight) bool { return s.Rows[0][0] == "abababab" })
	p.click("figure", 0.5, 0.5)
	p.sees("the dialog", func(s sight) bool { return s.Places["button:Set"].W > 0 })
	p.d.run("xdotool", "type", "--delay", "40", "12.345")
	p.key("Return")
	p.sees("the exact factor", func(s sight) bool { return s.Factor == "12.345×" })
	p.resize("1100", "700")
	p.key("ctrl+5")
	p.sees("Settings", func(s sight) bool { return s.says("Connection") })
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()

	p = d.launch()
	p.sees("Settings and the factor", func(s sight) bool { return s.says("Connection") && s.Factor == "12.345×" })
	if got := d.run("xdotool", "getwindowgeometry", p.win); !strings.Contains(got, "1100x700") {
		t.Errorf("the window came back as %s", got)
	}
	p.key("ctrl+1")
	p.sees("smallest first", func(s sight) bool { return len(s.Rows) == 2 && s.Rows[0][0] == "abababab" })
	p.pick(0)
	p.sees("what was announced before, in the detail", func(s sight) bool { return s.says("5.00 MiB, baseline") })
	tells(t, addr, tr, transmission, 7*mib, "", 7*mib+12_944_670)
	p.sees("and after, with its reason", func(s sight) bool {
		return s.says("5.00 MiB, baseline") && s.says("+1.00 MiB × 12.345 = +12.3 MiB")
	})
	d.shot("detail-after-a-restart")
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
}

// TestKeyboard does without a mouse.
func TestKeyboard(t *testing.T) {
	d := newDesk(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q}`, freePort(t)))
	p := d.launch()
	p.key("Tab", "space")
	p.sees("the first stop is the switch", func(s sight) bool { return s.On })
	p.key("Tab", "Tab", "Tab", "Right", "Right", "Right") // past the address and the light
	p.sees("arrows move a tenth", func(s sight) bool { return s.Factor == "2.3×" })
	p.key("shift+Right", "shift+Right")
	p.sees("with Shift a thousandth", func(s sight) bool { return s.Factor == "2.302×" })
	p.key("End")
	p.sees("the end of the slider", func(s sight) bool { return s.Factor == "10×" })
	for i, text := range []string{"Waiting for the first announce", "Nothing has happened yet", "Ask the swarm", "My client is", "Connection"} {
		p.key(fmt.Sprintf("ctrl+%d", i+1))
		p.sees(text, func(s sight) bool { return s.says(text) })
	}
	p.click("entry:127.0.0.1", 0.5, 0.5)
	p.key("ctrl+1") // an entry with the focus does not keep the window's keys for itself
	p.sees("Torrents", func(s sight) bool { return s.says("Waiting for the first announce") })
	p.key("ctrl+q")
	p.ends()
}

// TestSignalEndsInOrder checks that a session that ends takes the program with it.
func TestSignalEndsInOrder(t *testing.T) {
	d := newDesk(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "system"}}`, freePort(t)))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.ends()
}

// TestQuitWithWaitingAnnounces checks that quitting shows its progress and may be hurried.
func TestQuitWithWaitingAnnounces(t *testing.T) {
	d := newDesk(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	tells(t, addr, tr, transmission, mib, "started", mib)
	p.sees("its answer is known", func(s sight) bool { return s.says("Last announce") }) // a client of the cache waits less
	stuck := make(chan struct{})
	tr.sticks(stuck)
	hung := make(chan error, 1)
	go func() {
		_, _, err := announce(addr, tr, transmission, mib, "stopped")
		hung <- err
	}()
	p.sees("an announce waits", func(s sight) bool { return s.says("1 announce pending") })
	d.shot("waiting")
	p.key("ctrl+q")
	p.sees("the progress", func(s sight) bool { return s.says("0 of 1 pending announces delivered") })
	d.look("root", "quitting") // one look: it ends by itself in a few seconds
	p.click("button:Quit now, send the rest next time", 0.5, 0.5)
	p.ends()
	close(stuck)
	<-hung
}

// TestAWaitingAnnounceIsDeliveredOrForgottenOnTheUsersWord: the list says which tracker it is for, since when, and why.
func TestAWaitingAnnounceIsDeliveredOrForgottenOnTheUsersWord(t *testing.T) {
	d := newDesk(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	keeps := func(s session) {
		t.Helper()
		tells(t, addr, tr, s, mib, "started", mib)
		tr.isAway(true)
		if status, _, err := announce(addr, tr, s, mib, "stopped"); status != 200 || err != nil {
			t.Fatalf("status %d, %v", status, err)
		}
		p.sees("an announce waits", func(s sight) bool { return s.says(", 1 announce pending") })
	}
	keeps(transmission)
	p.click("button:1 announce pending for the tracker", 0.5, 0.5)
	p.sees("the list", func(s sight) bool {
		return s.says(tr.host+", for ") && s.says("next try in ") && s.says("stopped, 1.00 MiB: abababab")
	})
	d.shot("waiting-list")
	tr.isAway(false)
	p.click("button:Deliver now", 0.5, 0.5)
	p.sees("nothing waits", func(s sight) bool { return !s.says(", 1 announce pending") })

	keeps(qbittorrent)
	before := tr.received()
	p.click("button:Drop…", 0.5, 0.5)
	p.sees("the question", func(s sight) bool { return s.says("Drop this pending announce?") })
	d.shot("forget")
	p.click("button:Drop", 0.5, 0.5)
	p.sees("nothing waits", func(s sight) bool { return !s.says(", 1 announce pending") })
	if n := tr.received(); n != before {
		t.Errorf("the tracker received %d announces more", n-before)
	}
	p.key("ctrl+q")
	p.ends()
}
