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

// row returns the columns Uploaded, Reported and Added of the row whose first column is short.
func row(s windowState, short string) []string {
	for _, r := range s.Rows {
		if len(r) > 8 && r[0] == short {
			return r[6:9]
		}
	}
	return nil
}

func rowIs(short string, want ...string) func(windowState) bool {
	return func(s windowState) bool { return strings.Join(row(s, short), "|") == strings.Join(want, "|") }
}

// TestADayWithTheProgram is a day of the program: it is switched on, clients announce, the slider and the tray are
// used, and the window is closed, opened and quit.
func TestADayWithTheProgram(t *testing.T) {
	d := newDesktop(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q}`, addr))
	p := d.launch()
	p.waitFor("that it is off, and what to do", func(s windowState) bool {
		return !s.On && s.hasText("No torrents yet") && s.Places["button:Switch on"].W > 0
	})
	d.shot("first-start")

	p.click("power", 0.5, 0.5)
	p.waitFor("that it is on", func(s windowState) bool { return s.On && s.hasText("On, "+addr+", 0 torrents, 0 trackers") })
	announceAndCheck(t, addr, tr, transmission, 0, "started", 0)
	announceAndCheck(t, addr, tr, transmission, mib, "", 2*mib)
	p.waitFor("the torrent with its totals", rowIs("abababab", "1.00 MiB", "2.00 MiB", "+1.00 MiB"))

	p.drag(1.0/9, 5.0/9)
	s := p.waitFor("another factor", func(s windowState) bool { return s.Factor != "2×" })
	f, err := strconv.ParseFloat(strings.TrimSuffix(s.Factor, "×"), 64)
	if err != nil || math.Abs(f-6) > 0.5 {
		t.Fatalf("after dragging the slider to about 6× the window shows %s", s.Factor)
	}
	reported := uint64(2*mib) + uint64(math.Round(f*1000))*mib/1000
	announceAndCheck(t, addr, tr, transmission, 2*mib, "", reported)

	trayMenu(t, d, p, addr)
	announceAndCheck(t, addr, tr, transmission, 3*mib, "", reported+3*mib)
	closeAndOpen(t, d, p, addr, tr, reported+3*mib)

	keepForwarding(t, d, p, addr, tr, reported+3*mib)

	d.choose("Quit")
	p.confirm("Quit")
	p.waitForExit()
}

// keepForwarding switches off but keeps forwarding announces, without multiplying, and then multiplies again.
func keepForwarding(t *testing.T, d *desktop, p *prog, addr string, tr *tracker, reported uint64) {
	t.Helper()
	p.click("power", 0.5, 0.5)
	p.waitFor("what switching off means for the client", func(s windowState) bool { return s.hasText("While BittOratio is off, Transmission reaches no tracker") })
	d.shot("switching-off")
	p.confirm("Keep forwarding at 1×")
	p.waitFor("that it forwards at 1×", func(s windowState) bool { return s.On && s.hasText("Forwarding at 1×, "+addr) })
	d.shot("at-one")
	announceAndCheck(t, addr, tr, transmission, 4*mib, "", reported+mib)
	d.choose("Multiply again")
	p.waitFor("that it multiplies again", func(s windowState) bool { return !s.hasText("Forwarding at 1×") })
	announceAndCheck(t, addr, tr, transmission, 5*mib, "", reported+4*mib)
}

// trayMenu checks the tray's title, tooltip, icon and menu, and uses the menu.
func trayMenu(t *testing.T, d *desktop, p *prog, addr string) {
	t.Helper()
	eventually(t, "the tray's title is BittOratio", func() bool { return d.trayProp("Title").Value() == "BittOratio" })
	eventually(t, "the tooltip shows the state", func() bool { return strings.HasPrefix(d.tooltip(), "BittOratio: On, "+addr) })
	on := d.icon()
	var labels []string
	for _, i := range d.menu() {
		labels = append(labels, i.label+i.kind)
	}
	want := "On, " + addr + ", 1 torrent, 1 tracker|separator|Stop|separator|Multiplier 1×|Multiplier 1.5×|Multiplier 2×|" +
		"Multiplier 3×|Multiplier 5×|Multiplier 10×|separator|Copy proxy address|Open|separator|Quit"
	if got := strings.Join(labels, "|"); got != want {
		t.Errorf("the menu is %s\nwant        %s", got, want)
	}

	d.choose("Stop")
	p.confirm("Switch off")
	p.waitFor("that it is off", func(s windowState) bool { return !s.On && s.hasText("Off: ") })
	eventually(t, "the icon changes", func() bool { return d.icon() != on })
	if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		_ = c.Close()
		t.Error("the port is open after Stop")
	}
	d.choose("Start")
	p.waitFor("that it is on again", func(s windowState) bool { return s.On })

	d.choose("Multiplier 3×")
	p.waitFor("3×", func(s windowState) bool { return s.Factor == "3×" })
	eventually(t, "the mark is on 3×", func() bool { return d.item("Multiplier 3×").check && !d.item("Multiplier 2×").check })

	d.choose("Copy proxy address")
	eventually(t, "the proxy address is in the clipboard", func() bool {
		out, err := d.try("xclip", "-selection", "clipboard", "-o")
		return err == nil && out == addr
	})
}

// closeAndOpen closes the window into the tray, and brings it back by the tray's menu and by a second start.
func closeAndOpen(t *testing.T, d *desktop, p *prog, addr string, tr *tracker, reported uint64) {
	t.Helper()
	p.key("alt+F4")
	eventually(t, "closing hides the window", func() bool { return p.visible() == "" })
	eventually(t, "a notification that it keeps running", func() bool { return d.notified("BittOratio keeps running") == 1 })
	announceAndCheck(t, addr, tr, transmission, 3*mib, "", reported) // the program still serves clients
	d.choose("Open")
	eventually(t, "Open brings the window back", func() bool { p.win = p.visible(); return p.win != "" })

	p.key("alt+F4")
	eventually(t, "closing hides the window again", func() bool { return p.visible() == "" })
	p.startAgain()
	p.waitFor("the same torrent as before", rowIs("abababab", "3.00 MiB", size(reported), "+"+size(reported-3*mib)))
}

// size returns a number of bytes as the window shows it; only for a few MiB.
func size(n uint64) string {
	decimals := 2
	if float64(n)/mib >= 9.995 {
		decimals = 1
	}
	return strconv.FormatFloat(float64(n)/mib, 'f', decimals, 64) + " MiB"
}

// TestATakenPortIsReplacedByOneClick checks that one click replaces a taken port by a free one.
func TestATakenPortIsReplacedByOneClick(t *testing.T) {
	d := newDesktop(t, stubHost)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	d.settings(fmt.Sprintf(`{"listen": %q}`, l.Addr().String()))
	p := d.launch()
	p.click("power", 0.5, 0.5)
	_, taken, _ := net.SplitHostPort(l.Addr().String())
	s := p.waitFor("the dialog with the taken port", func(s windowState) bool { return s.hasText("Port " + taken + " is taken") })
	d.shot("port-taken")
	var button string
	for name := range s.Places {
		if strings.HasPrefix(name, "button:Use port ") {
			button = name
		}
	}
	p.click(button, 0.5, 0.5)
	free := "127.0.0.1:" + strings.TrimPrefix(button, "button:Use port ")
	p.waitFor("that it is on, at the free port", func(s windowState) bool { return s.On && s.hasText("On, "+free) })
	announceAndCheck(t, free, newTracker(t), transmission, 0, "started", 0)
	p.waitFor("the torrent", func(s windowState) bool { return len(s.Rows) == 1 })
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()
}

// TestClosingAsksInADesktopWithoutATray checks that closing asks instead of hiding the window if there is no tray to
// bring it back.
func TestClosingAsksInADesktopWithoutATray(t *testing.T) {
	d := newDesktop(t, noHost)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "system"}}`, freePort(t)))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	p.key("alt+F4")
	p.waitFor("the question whether to quit", func(s windowState) bool { return s.hasText("Quit BittOratio?") })
	d.shot("no-tray")
	p.click("button:Keep the window", 0.5, 0.5)
	p.waitFor("that it is still on", func(s windowState) bool { return s.On && !s.hasText("Quit BittOratio?") })
	p.key("alt+F4")
	p.click("button:Quit", 0.5, 0.5)
	p.waitForExit()
}

// TestAHiddenStartShowsOnlyTheTray checks that -hidden shows the tray only.
func TestAHiddenStartShowsOnlyTheTray(t *testing.T) {
	d := newDesktop(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q}`, freePort(t)))
	p := d.spawn("-hidden")
	d.choose("Start")
	d.item("Stop")
	if p.visible() != "" {
		t.Error("the window is visible in spite of -hidden")
	}
	d.choose("Quit")
	p.waitForExit()
}

// TestARestartRestoresTheWindowAndItsTorrents checks that a restart restores the window's size, page and sort order,
// the multiplier, and the announces of a torrent.
func TestARestartRestoresTheWindowAndItsTorrents(t *testing.T) {
	d := newDesktop(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "dark"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceAndCheck(t, addr, tr, qbittorrent, 7*mib, "started", 7*mib)
	p.waitFor("a torrent", func(s windowState) bool { return len(s.Rows) == 1 })
	announceAndCheck(t, addr, tr, transmission, 5*mib, "started", 5*mib)
	announceAndCheck(t, addr, tr, qbittorrent, 9*mib, "", 11*mib)
	announceAndCheck(t, addr, tr, transmission, 6*mib, "", 7*mib)
	p.waitFor("both torrents, by name", func(s windowState) bool { return len(s.Rows) == 2 && s.Rows[0][0] == "3c3c3c3c" })
	p.click("header:hash", 0.5, 0.5)
	p.waitFor("both torrents, by name in reverse", func(s windowState) bool { return s.Rows[0][0] == "abababab" })
	p.click("header:seen", 0.5, 0.5)
	p.waitFor("largest first", func(s windowState) bool { return s.Rows[0][0] == "3c3c3c3c" })
	p.click("header:seen", 0.5, 0.5)
	p.waitFor("smallest first", func(s windowState) bool { return s.Rows[0][0] == "abababab" })
	p.click("figure", 0.5, 0.5)
	p.waitFor("the dialog for the multiplier", func(s windowState) bool { return s.Places["button:Set"].W > 0 })
	p.d.run("xdotool", "type", "--delay", "40", "12.345")
	p.key("Return")
	p.waitFor("the exact factor", func(s windowState) bool { return s.Factor == "12.345×" })
	p.resize("1100", "700")
	p.key("ctrl+5")
	p.waitFor("the page Settings", func(s windowState) bool { return s.hasText("Connection") })
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()

	p = d.launch()
	p.waitFor("the page Settings and the multiplier of before", func(s windowState) bool { return s.hasText("Connection") && s.Factor == "12.345×" })
	if got := d.run("xdotool", "getwindowgeometry", p.win); !strings.Contains(got, "1100x700") {
		t.Errorf("the window has the size %s, want 1100x700 as before", got)
	}
	p.key("ctrl+1")
	p.waitFor("smallest first", func(s windowState) bool { return len(s.Rows) == 2 && s.Rows[0][0] == "abababab" })
	p.clickRow(0)
	p.waitFor("the announce from before the restart, in the detail", func(s windowState) bool { return s.hasText("5.00 MiB, baseline") })
	announceAndCheck(t, addr, tr, transmission, 7*mib, "", 7*mib+12_944_670)
	p.waitFor("the announces from before and after the restart, with their reasons", func(s windowState) bool {
		return s.hasText("5.00 MiB, baseline") && s.hasText("+1.00 MiB × 12.345 = +12.3 MiB")
	})
	d.shot("detail-after-a-restart")
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()
}

// TestTheSwitchTheSliderAndThePagesWorkByKeyboard operates the switch, the slider and the pages by keyboard.
func TestTheSwitchTheSliderAndThePagesWorkByKeyboard(t *testing.T) {
	d := newDesktop(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q}`, freePort(t)))
	p := d.launch()
	p.key("Tab", "space")
	p.waitFor("that it is on: the first Tab selects the switch", func(s windowState) bool { return s.On })
	p.key("Tab", "Tab", "Tab", "Right", "Right", "Right") // past the address and the status light
	p.waitFor("a factor of 2.3×: each arrow key adds a tenth", func(s windowState) bool { return s.Factor == "2.3×" })
	p.key("shift+Right", "shift+Right")
	p.waitFor("a factor of 2.302×: with Shift it adds a thousandth", func(s windowState) bool { return s.Factor == "2.302×" })
	p.key("End")
	p.waitFor("a factor of 10×, the end of the slider", func(s windowState) bool { return s.Factor == "10×" })
	for i, text := range []string{"Waiting for the first announce", "Nothing has happened yet", "Ask the swarm", "My client is", "Connection"} {
		p.key(fmt.Sprintf("ctrl+%d", i+1))
		p.waitFor(text, func(s windowState) bool { return s.hasText(text) })
	}
	p.click("entry:127.0.0.1", 0.5, 0.5)
	p.key("ctrl+1") // works while an entry has the focus, too
	p.waitFor("the page Torrents", func(s windowState) bool { return s.hasText("Waiting for the first announce") })
	p.key("ctrl+q")
	p.waitForExit()
}

// TestSIGTERMEndsTheProgramInOrder checks that the program ends in an orderly way with its desktop session. It must not
// write that Fyne was late to catch the signals, which would mean that Fyne does it in another function now.
func TestSIGTERMEndsTheProgramInOrder(t *testing.T) {
	for i, h := range []host{stubHost, noHost, noHost, noHost} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			d := newDesktop(t, h)
			d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "system"}}`, freePort(t)))
			p := d.launch()
			p.waitFor("that it is on", func(s windowState) bool { return s.On })
			must(t, p.cmd.Process.Signal(syscall.SIGTERM))
			p.waitForExit()
			if out := p.out.String(); strings.Contains(out, "panic") || strings.Contains(out, "signals") {
				t.Errorf("the program wrote\n%s", out)
			}
		})
	}
}

// TestQuittingShowsTheDeliveriesAndCanBeCutShort checks that quitting shows the progress of the deliveries and can be
// cut short.
func TestQuittingShowsTheDeliveriesAndCanBeCutShort(t *testing.T) {
	d := newDesktop(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceAndCheck(t, addr, tr, transmission, mib, "started", mib)
	p.waitFor("the answer", func(s windowState) bool { return s.hasText("Last announce") }) // with an answer in the cache the next announce is pending sooner
	stuckUntil := make(chan struct{})
	tr.setStuck(stuckUntil)
	stopped := make(chan error, 1)
	go func() {
		_, _, err := announce(addr, tr, transmission, mib, "stopped")
		stopped <- err
	}()
	p.waitFor("a pending announce", func(s windowState) bool { return s.hasText("1 announce pending") })
	d.shot("waiting")
	p.key("ctrl+q")
	p.waitFor("the progress", func(s windowState) bool { return s.hasText("0 of 1 pending announces delivered") })
	d.capture("root", "quitting") // not picture, which takes several: the program quits in a few seconds
	p.click("button:Quit now, send the rest next time", 0.5, 0.5)
	p.waitForExit()
	close(stuckUntil)
	<-stopped
}

// TestPendingAnnouncesCanBeDeliveredOrDropped also checks that the list shows the tracker, since when announces are
// pending for it, and when the next try is.
func TestPendingAnnouncesCanBeDeliveredOrDropped(t *testing.T) {
	d := newDesktop(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	leavePending := func(s session) {
		t.Helper()
		announceAndCheck(t, addr, tr, s, mib, "started", mib)
		tr.setAway(true)
		if status, _, err := announce(addr, tr, s, mib, "stopped"); status != 200 || err != nil {
			t.Fatalf("the announce to the tracker that is away: status %d, %v", status, err)
		}
		p.waitFor("a pending announce", func(s windowState) bool { return s.hasText(", 1 announce pending") })
	}
	leavePending(transmission)
	p.click("button:1 announce pending for the tracker", 0.5, 0.5)
	p.waitFor("the list of pending announces", func(s windowState) bool {
		return s.hasText(tr.host+", for ") && s.hasText("next try in ") && s.hasText("stopped, 1.00 MiB: abababab")
	})
	d.shot("waiting-list")
	tr.setAway(false)
	p.click("button:Deliver now", 0.5, 0.5)
	p.waitFor("no pending announce", func(s windowState) bool { return !s.hasText(", 1 announce pending") })

	leavePending(qbittorrent)
	before := tr.received()
	p.click("button:Drop…", 0.5, 0.5)
	p.waitFor("the question whether to drop it", func(s windowState) bool { return s.hasText("Drop this pending announce?") })
	d.shot("forget")
	p.click("button:Drop", 0.5, 0.5)
	p.waitFor("no pending announce", func(s windowState) bool { return !s.hasText(", 1 announce pending") })
	if n := tr.received(); n != before {
		t.Errorf("the tracker received %d announces that were dropped, want 0", n-before)
	}
	p.key("ctrl+q")
	p.waitForExit()
}
