//go:build swarm && linux

// This needs root, ip(8) and tc(8): it makes three network namespaces, two ends with a router between them.

package utp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bittoratio/engine/network/udp"
)

// The link: the uplink of a home router, with a buffer far too large.
const (
	linkRate   = 8_000_000 // bits a second
	linkBuffer = 600 * time.Millisecond
	linkTime   = 45 * time.Second
	tcpBegins  = 15 * time.Second
	tcpEnds    = 30 * time.Second
	sampleTime = 250 * time.Millisecond
	roleKey    = "BITTORATIO_LINK_ROLE"
)

var linkEnd = netip.MustParseAddrPort("10.9.2.2:7001")

// TestUTPGivesWayToTCP sends µTP over a shaped link for 45 s, with a flow of TCP beside it for a third of the time.
func TestUTPGivesWayToTCP(t *testing.T) {
	switch os.Getenv(roleKey) {
	case "receive":
		receiveBoth(t)
		return
	case "send":
		sendBoth(t)
		return
	}
	makeLink(t)
	receiver, lines := startRole(t, "bo-b", "receive")
	if !lines.Scan() { // it is listening
		t.Fatal("the receiver wrote nothing")
	}
	sender, _ := startRole(t, "bo-a", "send")
	var flows []sample
	for lines.Scan() {
		var s sample
		if n, _ := fmt.Sscanf(lines.Text(), "%f %f %f", &s.at, &s.utp, &s.tcp); n == 3 {
			flows = append(flows, s)
		}
	}
	if err := sender.Wait(); err != nil {
		t.Errorf("sender: %v", err)
	}
	if err := receiver.Wait(); err != nil {
		t.Errorf("receiver: %v", err)
	}
	alone, beside, tcp, back := mean(flows, 5, 15).utp, mean(flows, 25, 30).utp, mean(flows, 25, 30).tcp, mean(flows, 33, 43).utp
	t.Logf("Mbit/s: alone %.2f; ten seconds beside TCP %.2f (TCP %.2f); three seconds after %.2f", alone, beside, tcp, back)
	const all = linkRate / 1e6
	if alone < .9*all || beside > .1*all || back < .9*all {
		t.Error("µTP does not use the whole link alone, yield to TCP, or recover after it")
	}
	if file := os.Getenv("BITTORATIO_LINK_PICTURE"); file != "" {
		if err := os.WriteFile(file, []byte(picture(flows)), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// sample is what arrived in one interval, in Mbit/s.
type sample struct{ at, utp, tcp float64 }

func mean(list []sample, from, to float64) (m sample) {
	n := 0.
	for _, s := range list {
		if s.at > from && s.at <= to {
			m.utp, m.tcp, n = m.utp+s.utp, m.tcp+s.tcp, n+1
		}
	}
	return sample{to, m.utp / max(n, 1), m.tcp / max(n, 1)}
}

// makeLink makes the namespaces. The shaper is on a router: TCP limits the queue of its own host, and the test would
// show nothing.
func makeLink(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		for _, n := range []string{"bo-a", "bo-r", "bo-b"} {
			_ = exec.Command("ip", "netns", "del", n).Run()
		}
	})
	for _, line := range strings.Split(strings.TrimSpace(`
ip netns add bo-a
ip netns add bo-r
ip netns add bo-b
ip -n bo-a link add a0 type veth peer name ra netns bo-r
ip -n bo-b link add b0 type veth peer name rb netns bo-r
ip -n bo-a addr add 10.9.1.2/24 dev a0
ip -n bo-r addr add 10.9.1.1/24 dev ra
ip -n bo-b addr add 10.9.2.2/24 dev b0
ip -n bo-r addr add 10.9.2.1/24 dev rb
ip -n bo-a link set lo up
ip -n bo-b link set lo up
ip -n bo-a link set a0 up
ip -n bo-b link set b0 up
ip -n bo-r link set ra up
ip -n bo-r link set rb up
ip -n bo-a link set a0 gso_max_size 1500 gso_max_segs 1
ip -n bo-r link set rb gso_max_size 1500 gso_max_segs 1
ip -n bo-a route add default via 10.9.1.1
ip -n bo-b route add default via 10.9.2.1
ip netns exec bo-r sysctl -q -w net.ipv4.ip_forward=1
`+fmt.Sprintf("tc -n bo-r qdisc add dev rb root tbf rate %dbit burst 5kb latency %dms", linkRate, linkBuffer.Milliseconds())), "\n") {
		words := strings.Fields(line)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: CombinedOutput returned %v\n%s", line, err, out)
		}
	}
}

// startRole runs this test again inside a namespace, as one end.
func startRole(t *testing.T, namespace, name string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*linkTime)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, "ip", "netns", "exec", namespace, os.Args[0], "-test.run", "^TestUTPGivesWayToTCP$")
	c.Env = append(os.Environ(), roleKey+"="+name)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewScanner(out)
}

// open makes a socket on an end of the link.
func open(t *testing.T, at netip.AddrPort, accept bool) *Socket {
	t.Helper()
	u, err := udp.Listen(udp.Options{Bind: udp.Bind{V4: at.Addr()}, Port: at.Port(), Filter: &udp.Filter{LocalNetworks: true}})
	if err != nil {
		t.Fatal(err)
	}
	s := New(u, accept)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = u.Run(ctx, nil, s.Receive) })
	running.Go(func() { _ = s.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return s
}

// counted counts the bytes that are read.
type counted struct{ n *atomic.Int64 }

func (c counted) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}

func receiveBoth(t *testing.T) {
	s := open(t, linkEnd, true)
	l, err := net.Listen("tcp4", linkEnd.String())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var byUTP, byTCP atomic.Int64
	go func() { // both end with the process
		if c, err := s.Accept(context.Background()); err == nil {
			_, _ = io.Copy(counted{&byUTP}, c)
		}
	}()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = io.Copy(counted{&byTCP}, c)
		}
	}()
	fmt.Println("ready")
	for byUTP.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	begin := time.Now()
	var was [2]int64
	for at := sampleTime; at <= linkTime; at += sampleTime {
		time.Sleep(time.Until(begin.Add(at)))
		now := [2]int64{byUTP.Load(), byTCP.Load()}
		mbit := func(i int) float64 { return float64(now[i]-was[i]) * 8 / sampleTime.Seconds() / 1e6 }
		fmt.Printf("%.2f %.3f %.3f\n", at.Seconds(), mbit(0), mbit(1))
		was = now
	}
}

func sendBoth(t *testing.T) {
	s := open(t, netip.MustParseAddrPort("10.9.1.2:7002"), false)
	c, err := s.Dial(context.Background(), linkEnd)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	var running sync.WaitGroup
	running.Go(func() {
		time.Sleep(time.Until(begin.Add(tcpBegins)))
		d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) { // the kernel's default may be one that fills no queue
			set := c.Control(func(fd uintptr) {
				err = unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "cubic")
			})
			return errors.Join(set, err)
		}}
		c, err := d.Dial("tcp4", linkEnd.String())
		if err != nil {
			t.Error(err)
			return
		}
		_ = c.SetDeadline(begin.Add(tcpEnds))
		b := make([]byte, 64<<10)
		for err == nil {
			_, err = c.Write(b)
		}
		_ = c.(*net.TCPConn).SetLinger(0) // what is queued here is dropped
		_ = c.Close()
	})
	_ = c.SetWriteDeadline(begin.Add(linkTime + time.Second))
	b := make([]byte, 64<<10)
	for err == nil {
		_, err = c.Write(b)
	}
	running.Wait()
}

// picture draws both flows as SVG.
func picture(flows []sample) string {
	const width, height = 900., 300.
	line := func(value func(s sample) float64) string {
		var b strings.Builder
		for _, s := range flows {
			fmt.Fprintf(&b, "%.1f,%.1f ", s.at/linkTime.Seconds()*width, height-value(s)/(linkRate/1e6)*height*.9)
		}
		return b.String()
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -20 %.0f %.0f" font-family="sans-serif" font-size="13">`+
		`<rect y="-20" width="100%%" height="100%%" fill="#fff"/><text x="8" y="-4">A link of 8 Mbit/s: µTP (green) gives way to TCP (red) from second 15 to 30</text>`+
		`<polyline fill="none" stroke="#2a7" stroke-width="2" points="%s"/><polyline fill="none" stroke="#c33" stroke-width="2" points="%s"/></svg>`+"\n",
		width, height+20, line(func(s sample) float64 { return s.utp }), line(func(s sample) float64 { return s.tcp }))
}
