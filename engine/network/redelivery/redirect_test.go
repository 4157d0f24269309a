package redelivery_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/redelivery"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/udptracker"
)

// tracker runs a tracker that answers every request with what answer returns for its head, and closes; it sends the
// heads to heads.
func tracker(t *testing.T, answer func(head string) string) (addr string, heads chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	heads = make(chan string, 20)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				r, head := bufio.NewReader(c), ""
				for !strings.HasSuffix(head, "\r\n\r\n") {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					head += line
				}
				heads <- head
				_, _ = io.WriteString(c, answer(head))
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return l.Addr().String(), heads
}

func redirect(to string) func(string) string {
	return func(string) string {
		return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n"
	}
}

func TestAPendingAnnounceFollowsRedirects(t *testing.T) {
	good := func(string) string {
		const body = "d8:intervali1800e5:peers0:e"
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	at, lastHeads := tracker(t, good)
	first, firstHeads := tracker(t, redirect("http://"+at+"/new?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=7"))
	endless, requests := tracker(t, redirect("/again"))
	var notes []exchange.Entry
	answers := announce.NewAnswers()
	answers.SetJournal(enginetest.NoJournal{}, time.Now())
	post := redelivery.Sender{
		Dialer: &upstream.Dialer{}, Answers: answers, Health: announce.NewHealth(),
		Reported: func(ledger.Key) (uint64, bool) { return 0, false },
		Led:      func(announce.Pending, bittorrent.TrackerURL, bool) uint64 { return 0 },
		Note:     func(_ announce.Pending, e exchange.Entry) { notes = append(notes, e) },
	}
	k := announce.Pending{Event: bittorrent.EventStopped, Reported: 7, DecidedAt: time.Now(), Address: first, Host: first}
	k.Request = []byte("GET /old?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=5 HTTP/1.1\r\nhOST:  " + first + "\r\nX-Odd:  kept \r\n\r\n")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if d := post.Send(ctx, k); !d.Delivered {
		t.Errorf("not delivered: %+v", d)
	}
	if head := <-firstHeads; !strings.HasPrefix(head, "GET /old?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=7 HTTP/1.1\r\n") {
		t.Errorf("the first tracker received %q", head)
	}
	want := "GET /new?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=7 HTTP/1.1\r\nhOST:  " + at + "\r\nX-Odd:  kept \r\n\r\n"
	if head := <-lastHeads; head != want {
		t.Errorf("the second tracker received %q, want %q", head, want)
	}
	k.Address, k.Host = endless, endless
	if d := post.Send(ctx, k); d.Delivered || !d.Reached {
		t.Errorf("a circle of redirects ended with %+v", d)
	}
	if n := len(requests); n != 6 {
		t.Errorf("a circle of redirects was followed %d times, want 6", n)
	}
	if len(notes) != 2 || notes[0].Outcome != exchange.OutcomeForwarded || notes[1].Problem != exchange.ProblemAnswer {
		t.Errorf("the report has %+v", notes)
	}
}

// TestADeliveryReachesOnlyWhatItsClientCouldReach: a name may have another address when its announce is delivered, and
// a tracker may redirect it.
func TestADeliveryReachesOnlyWhatItsClientCouldReach(t *testing.T) {
	at, heads := tracker(t, redirect("http://127.0.0.2:22/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=7"))
	var notes []exchange.Entry
	post := redelivery.Sender{
		Dialer: &upstream.Dialer{}, Answers: announce.NewAnswers(), Health: announce.NewHealth(),
		Reported: func(ledger.Key) (uint64, bool) { return 0, false },
		Led:      func(announce.Pending, bittorrent.TrackerURL, bool) uint64 { return 0 },
		Note:     func(_ announce.Pending, e exchange.Entry) { notes = append(notes, e) },
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	datagram := udptracker.AppendAnnounce(nil, 0, 0, &udptracker.Announce{})
	for _, fence := range []announce.Fence{{Remote: true}, {PublicOnly: true}} {
		for scheme, request := range map[string][]byte{"http": []byte("GET /a?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=5 HTTP/1.1\r\nHost: a\r\n\r\n"), "udp": datagram} {
			notes = nil
			k := announce.Pending{Event: bittorrent.EventStopped, Scheme: scheme, DecidedAt: time.Now(), Address: at, Host: at, Request: request, Fence: fence}
			if d := post.Send(ctx, k); d.Delivered || d.Problem != exchange.ProblemClosed || len(notes) != 1 {
				t.Errorf("%s, %+v: Send returned %+v, the report has %+v", scheme, fence, d, notes)
			}
		}
	}
	if len(heads) != 0 {
		t.Errorf("the tracker received %q, want nothing", <-heads)
	}
	k := announce.Pending{Event: bittorrent.EventStopped, DecidedAt: time.Now(), Address: at, Host: at, Request: []byte("GET /a?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=5 HTTP/1.1\r\nHost: a\r\n\r\n")}
	if d := post.Send(ctx, k); d.Delivered || !d.Page {
		t.Errorf("after a redirect to a closed port: %+v", d)
	}
}

// TestCredentialsStayWithTheirHost: a redirect's address is resolved against the request, and its target gets no lower
// total than its own session has reported.
func TestCredentialsStayWithTheirHost(t *testing.T) {
	at, lastHeads := tracker(t, func(string) string {
		return "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\nd8:intervali1800e5:peers0:e"
	})
	first, firstHeads := tracker(t, func(head string) string {
		if strings.HasPrefix(head, "GET /k/announce?") {
			return "HTTP/1.1 308 Moved\r\nLocation: announce.php?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=7\r\nContent-Length: 0\r\n\r\n"
		}
		return "HTTP/1.1 302 Found\r\nLocation: //" + at + "/new?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=7\r\nContent-Length: 0\r\n\r\n"
	})
	answers := announce.NewAnswers()
	answers.SetJournal(enginetest.NoJournal{}, time.Now())
	var targets []string
	post := redelivery.Sender{
		Dialer: &upstream.Dialer{}, Answers: answers, Health: announce.NewHealth(),
		Reported: func(ledger.Key) (uint64, bool) { return 0, false },
		Led: func(_ announce.Pending, to bittorrent.TrackerURL, redirect bool) uint64 {
			targets = append(targets, fmt.Sprint(to.Secret(), redirect))
			return 9 * uint64(len(targets)-1)
		},
		Note: func(announce.Pending, exchange.Entry) {},
	}
	k := announce.Pending{Event: bittorrent.EventCompleted, Reported: 7, DecidedAt: time.Now(), Address: first, Host: first}
	const secrets = "Cookie: a=b\r\nAUTHORIZATION: Basic eA==\r\nProxy-Authorization: Basic eQ==\r\n"
	query := func(path, uploaded string) string {
		return "GET " + path + "?info_hash=aaaaaaaaaaaaaaaaaaaa&uploaded=" + uploaded + " HTTP/1.1\r\nHost: "
	}
	k.Request = []byte(query("/k/announce", "7") + first + "\r\n" + secrets + "X: y\r\n\r\n")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if d := post.Send(ctx, k); !d.Delivered {
		t.Fatalf("not delivered: %+v", d)
	}
	if head := <-firstHeads; head != string(k.Request) {
		t.Errorf("the tracker received %q, want the request unchanged", head)
	}
	if head, want := <-firstHeads, query("/k/announce.php", "7")+first+"\r\n"+secrets+"X: y\r\n\r\n"; head != want {
		t.Errorf("the same host received %q, want %q", head, want)
	}
	if head, want := <-lastHeads, query("/new", "9")+at+"\r\nX: y\r\n\r\n"; head != want {
		t.Errorf("another host received %q, want %q", head, want)
	}
	if want := fmt.Sprint("http://", first, "/k/announce.phptrue http://", at, "/newfalse"); strings.Join(targets, " ") != want {
		t.Errorf("Led was called for %q, want %q", targets, want)
	}
}
