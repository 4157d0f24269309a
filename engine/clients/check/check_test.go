package check

import (
	"testing"
	"time"

	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
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

func TestTheVerdictFitsTheExchanges(t *testing.T) {
	announced := exchange.Entry{Kind: exchange.KindAnnounce, Client: "Transmission 4.1.4", Tracker: "t.example", Status: 200}
	refused, away, stranger, untouched := announced, announced, announced, announced
	refused.Failure = "unregistered torrent"
	away.Outcome, away.Status, away.Problem = exchange.OutcomeCached, 0, exchange.ProblemRefused
	stranger.Client = "qBittorrent 5.3.0"
	untouched.Outcome = exchange.OutcomePassed
	tunnel := exchange.Entry{Kind: exchange.KindTunnel, Outcome: exchange.OutcomePassed, Client: "Transmission/4.1.4", Tracker: "t.example:443"}
	nameless, theirs := tunnel, tunnel
	nameless.Client, theirs.Client = "", "curl/8.0"
	untrusted := nameless
	untrusted.Problem = exchange.ProblemUntrusted
	page := exchange.Entry{Kind: exchange.KindPassed, Outcome: exchange.OutcomePassed, Client: "Transmission/4.1.4"}
	for _, c := range []struct {
		what, client string
		off          bool
		seen         []exchange.Entry
		waited       time.Duration
		want         Verdict
	}{
		{"the first announce is connected", "transmission", false, []exchange.Entry{tunnel, announced}, 0, Connected},
		{"one successful announce counts more than failed announces", "transmission", false, []exchange.Entry{announced, refused, away}, 0, Connected},
		{"any client's announce is another client's", "other", false, []exchange.Entry{stranger}, 0, Connected},
		{"the tracker refuses the announce", "transmission", false, []exchange.Entry{refused}, 0, Refused},
		{"the tracker is away", "transmission", false, []exchange.Entry{away}, 0, Away},
		{"an announce that came before the switch went off still counts", "transmission", true, []exchange.Entry{announced}, time.Hour, Connected},
		{"the engine is off", "transmission", true, nil, 0, Off},
		{"nothing yet", "transmission", false, nil, 10 * time.Second, Waiting},
		{"a tunnel, too early for a reason", "transmission", false, []exchange.Entry{tunnel}, time.Second, Waiting},
		{"only tunnels", "transmission", false, []exchange.Entry{page, tunnel}, time.Minute, Tunnels},
		{"only tunnels, of a client without a name", "qbittorrent", false, []exchange.Entry{nameless}, time.Minute, Tunnels},
		{"only another program's tunnels", "qbittorrent", false, []exchange.Entry{theirs}, time.Minute, Nothing},
		{"a rejected certificate is reported at once", "transmission", false, []exchange.Entry{untrusted, tunnel}, 0, Untrusted},
		{"another client", "transmission", false, []exchange.Entry{tunnel, stranger}, time.Minute, Stranger},
		{"requests, none of them an announce", "transmission", false, []exchange.Entry{page}, time.Minute, Requests},
		{"a request that is not certainly an announce", "transmission", false, []exchange.Entry{untouched}, time.Minute, Requests},
		{"nothing, from a client whose udp bypasses the proxy", "transmission", false, nil, time.Minute, UDP},
		{"nothing, from a client whose udp uses the proxy", "deluge", false, nil, time.Minute, Nothing},
		{"nothing, from a client that needs converted torrents", "ktorrent", false, nil, time.Minute, Convert},
	} {
		client, guide := aClient(t, c.client)
		got := Judge(client, guide, !c.off, c.seen, c.waited)
		if got.Verdict != c.want {
			t.Errorf("%s: verdict %d, not %d", c.what, got.Verdict, c.want)
		}
		if got.Verdict == Connected && got.Client == "" {
			t.Errorf("%s: connected, without the client's name", c.what)
		}
	}
}
