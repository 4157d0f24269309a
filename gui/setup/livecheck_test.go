package setup

import (
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/clients"
)

// aClient is a client of the list with its newest guide.
func aClient(t *testing.T, key string) (clients.Client, clients.Guide) {
	t.Helper()
	for _, c := range clients.All() {
		if c.Key == key {
			g, err := c.Generations[0].Render(clients.Values{Addr: "127.0.0.1:8080"})
			if err != nil {
				t.Fatal(err)
			}
			return c, g
		}
	}
	t.Fatalf("no client %s", key)
	return clients.Client{}, clients.Guide{}
}

func TestLiveCheckNamesTheReasonThatFits(t *testing.T) {
	heard := engine.Entry{Kind: engine.KindAnnounce, Client: "Transmission 4.1.4", Tracker: "t.example", Status: 200}
	refused, away, stranger, untouched := heard, heard, heard, heard
	refused.Failure = "unregistered torrent"
	away.Outcome, away.Status, away.Problem = engine.OutcomeCached, 0, engine.ProblemRefused
	stranger.Client = "qBittorrent 5.3.0"
	untouched.Outcome = engine.OutcomePassed
	tunnel := engine.Entry{Kind: engine.KindTunnel, Outcome: engine.OutcomePassed, Client: "Transmission/4.1.4", Tracker: "t.example:443"}
	nameless, theirs := tunnel, tunnel
	nameless.Client, theirs.Client = "", "curl/8.0"
	untrusted := nameless
	untrusted.Problem = engine.ProblemUntrusted
	page := engine.Entry{Kind: engine.KindPassed, Outcome: engine.OutcomePassed, Client: "Transmission/4.1.4"}
	for _, c := range []struct {
		what, client string
		off          bool
		seen         []engine.Entry
		waited       time.Duration
		want         Verdict
	}{
		{"the first announce turns it green", "transmission", false, []engine.Entry{tunnel, heard}, 0, CheckHeard},
		{"an announce that went well outweighs one that did not", "transmission", false, []engine.Entry{heard, refused, away}, 0, CheckHeard},
		{"any client's announce is another client's", "other", false, []engine.Entry{stranger}, 0, CheckHeard},
		{"the tracker's refusal is told", "transmission", false, []engine.Entry{refused}, 0, CheckRefused},
		{"a tracker that is away is no fault of the set-up", "transmission", false, []engine.Entry{away}, 0, CheckAway},
		{"an announce that came before the switch went off still counts", "transmission", true, []engine.Entry{heard}, time.Hour, CheckHeard},
		{"off", "transmission", true, nil, 0, CheckOff},
		{"early", "transmission", false, nil, 10 * time.Second, CheckWaiting},
		{"a tunnel is no reason yet", "transmission", false, []engine.Entry{tunnel}, time.Second, CheckWaiting},
		{"only tunnels", "transmission", false, []engine.Entry{page, tunnel}, time.Minute, CheckTunnels},
		{"only tunnels, of a client that tells no name", "qbittorrent", false, []engine.Entry{nameless}, time.Minute, CheckTunnels},
		{"another program's tunnels say nothing", "qbittorrent", false, []engine.Entry{theirs}, time.Minute, CheckNothing},
		{"a certificate that is refused is told at once", "transmission", false, []engine.Entry{untrusted, tunnel}, 0, CheckUntrusted},
		{"another client", "transmission", false, []engine.Entry{tunnel, stranger}, time.Minute, CheckStranger},
		{"no announce among what came", "transmission", false, []engine.Entry{page}, time.Minute, CheckRequests},
		{"what was not certainly an announce", "transmission", false, []engine.Entry{untouched}, time.Minute, CheckRequests},
		{"nothing, and udp goes past", "transmission", false, nil, time.Minute, CheckUDP},
		{"nothing, and udp would come too", "deluge", false, nil, time.Minute, CheckNothing},
		{"nothing, and nothing can without conversion", "ktorrent", false, nil, time.Minute, CheckConvert},
	} {
		client, guide := aClient(t, c.client)
		got := judge(client, guide, !c.off, c.seen, c.waited)
		if got.Verdict != c.want {
			t.Errorf("%s: verdict %d, not %d", c.what, got.Verdict, c.want)
		}
		if got.Verdict == CheckHeard && got.Client == "" {
			t.Errorf("%s: green without a name", c.what)
		}
	}
}
