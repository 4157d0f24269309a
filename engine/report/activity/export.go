package activity

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"bittoratio/engine/exchange"
)

// exported is an entry in the form for other programs: names instead of numbers, sizes in bytes, times as in RFC 3339.
type exported struct {
	Time     string  `json:"time"`
	Kind     string  `json:"kind"`
	Event    string  `json:"event,omitempty"`
	Outcome  string  `json:"outcome"`
	Tracker  string  `json:"tracker"` // masked
	InfoHash string  `json:"info_hash,omitempty"`
	Client   string  `json:"client,omitempty"`
	Seen     uint64  `json:"seen"`
	Reported uint64  `json:"reported"`
	New      uint64  `json:"new"`
	Held     uint64  `json:"held"`
	Factor   float64 `json:"factor,omitempty"`
	Status   int     `json:"status,omitempty"`
	TookMS   int64   `json:"took_ms"`
	Interval int64   `json:"interval,omitempty"` // seconds
	Seeders  int64   `json:"seeders"`            // -1 if the tracker did not report it
	Leechers int64   `json:"leechers"`
	Failure  string  `json:"failure,omitempty"`
	Warning  string  `json:"warning,omitempty"`
	Cause    string  `json:"cause,omitempty"`
}

var kindNames = [...]string{"announce", "scrape", "redelivered", "passed", "tunnel", "refused"}

func export(e *exchange.Entry) exported {
	x := exported{
		Time: e.At.Format(time.RFC3339Nano), Kind: kindNames[min(int(e.Kind), len(kindNames)-1)], Outcome: e.Outcome.String(),
		Tracker: e.Tracker, Client: e.Client, Seen: e.Seen, Reported: e.Reported, New: e.New, Held: e.Held,
		Factor: e.Factor.Float(), Status: e.Status, TookMS: e.Took.Milliseconds(), Interval: int64(e.Interval / time.Second),
		Seeders: e.Swarm.Seeders, Leechers: e.Swarm.Leechers, Failure: e.Failure, Warning: e.Warning, Cause: e.Detail,
	}
	if e.Kind == exchange.KindAnnounce || e.Kind == exchange.KindRedelivered {
		x.InfoHash, x.Event = e.InfoHash.String(), e.Event.String()
	}
	return x
}

// WriteCSV writes the entries of each as a table with a head (RFC 4180). A cell that a spreadsheet would take for a
// formula gets an apostrophe in front, since a tracker can send one in its texts.
func WriteCSV(w io.Writer, each func(do func(*exchange.Entry) error) error) error {
	out := csv.NewWriter(w)
	err := out.Write([]string{
		"time", "kind", "event", "outcome", "tracker", "info_hash", "client", "seen", "reported", "new", "held", "factor",
		"status", "took_ms", "interval", "seeders", "leechers", "failure", "warning", "cause",
	})
	if err != nil {
		return err
	}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	err = each(func(e *exchange.Entry) error {
		x := export(e)
		return out.Write([]string{
			x.Time, x.Kind, x.Event, x.Outcome, harmless(x.Tracker), x.InfoHash, harmless(x.Client), number(x.Seen), number(x.Reported),
			number(x.New), number(x.Held), e.Factor.String(), strconv.Itoa(x.Status), strconv.FormatInt(x.TookMS, 10),
			strconv.FormatInt(x.Interval, 10), strconv.FormatInt(x.Seeders, 10), strconv.FormatInt(x.Leechers, 10),
			harmless(x.Failure), harmless(x.Warning), harmless(x.Cause),
		})
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// harmless returns a text that no spreadsheet takes for a formula.
func harmless(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + s
	}
	return s
}

// WriteJSON writes the entries of each as a JSON array of objects, one per line.
func WriteJSON(w io.Writer, each func(do func(*exchange.Entry) error) error) error {
	before := "[\n"
	err := each(func(e *exchange.Entry) error {
		b, err := json.Marshal(export(e))
		if err != nil {
			return err
		}
		_, err = w.Write(append([]byte(before), b...))
		before = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	end := "\n]\n"
	if before == "[\n" {
		end = "[]\n"
	}
	_, err = io.WriteString(w, end)
	return err
}
