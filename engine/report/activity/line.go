package activity

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/wire/jsontext"
)

// line is an entry in the form on the disk. The numbers of kinds, outcomes, reasons and problems must never change
// their meaning.
type line struct {
	Seq         uint64           `json:"q"`
	At          int64            `json:"t"` // Unix milliseconds
	Kind        exchange.Kind    `json:"k"`
	Outcome     exchange.Outcome `json:"o"`
	Tracker     string           `json:"h"`
	InfoHash    string           `json:"i"`
	Client      string           `json:"c"`
	Event       uint8            `json:"e"`
	Seen        uint64           `json:"s"`
	Reported    uint64           `json:"r"`
	New         uint64           `json:"n"`
	Held        uint64           `json:"d"`
	Grown       uint64           `json:"g"`
	Factor      uint32           `json:"f"`
	Own         bool             `json:"u"`
	Reason      exchange.Reason  `json:"w"`
	Status      int              `json:"st"`
	Took        int64            `json:"ms"`
	Interval    int64            `json:"iv"` // seconds
	MinInterval int64            `json:"mi"`
	Seeders     *int64           `json:"se"`
	Leechers    *int64           `json:"le"`
	Downloads   *int64           `json:"do"`
	Failure     string           `json:"ff"`
	Warning     string           `json:"fw"`
	Problem     exchange.Problem `json:"p"`
	Detail      string           `json:"x"`
	Duplicate   bool             `json:"b"`
	Session     string           `json:"z"`
}

// longest limits how much of a tracker's own text goes to the disk, in bytes.
const longest = 1 << 10

// appendLine appends an entry as JSON, without zero fields. It runs for each announce, so it does not allocate.
func appendLine(b []byte, e *exchange.Entry) []byte {
	b = strconv.AppendUint(append(b, `{"q":`...), e.Seq, 10)
	b = strconv.AppendInt(append(b, `,"t":`...), e.At.UnixMilli(), 10)
	number := func(key string, n uint64) {
		if n != 0 {
			b = append(append(append(b, `,"`...), key...), `":`...)
			b = strconv.AppendUint(b, n, 10)
		}
	}
	words := func(key, s string) {
		if s != "" {
			b = append(append(append(b, `,"`...), key...), `":`...)
			b = jsontext.AppendString(b, s[:min(len(s), longest)])
		}
	}
	number("k", uint64(e.Kind))
	number("o", uint64(e.Outcome))
	words("h", e.Tracker)
	if e.InfoHash != (bittorrent.InfoHash{}) {
		b = append(hex.AppendEncode(append(b, `,"i":"`...), e.InfoHash[:]), '"')
	}
	words("c", e.Client)
	number("e", uint64(e.Event))
	number("s", e.Seen)
	number("r", e.Reported)
	number("n", e.New)
	number("d", e.Held)
	number("g", e.Grown)
	number("f", uint64(e.Factor))
	number("w", uint64(e.Reason))
	number("st", uint64(max(e.Status, 0)))
	number("ms", uint64(max(e.Took.Milliseconds(), 0)))
	number("iv", uint64(max(e.Interval, 0)/time.Second))
	number("mi", uint64(max(e.MinInterval, 0)/time.Second))
	for _, c := range [...]struct {
		key string
		n   int64
	}{{"se", e.Swarm.Seeders}, {"le", e.Swarm.Leechers}, {"do", e.Swarm.Downloads}} {
		if c.n >= 0 { // a known 0 is written; an unknown number is not
			b = append(append(append(b, `,"`...), c.key...), `":`...)
			b = strconv.AppendInt(b, c.n, 10)
		}
	}
	words("ff", e.Failure)
	words("fw", e.Warning)
	number("p", uint64(e.Problem))
	words("x", e.Detail)
	if e.Own {
		b = append(b, `,"u":true`...)
	}
	if e.Duplicate {
		b = append(b, `,"b":true`...)
	}
	words("z", e.Session)
	return append(b, '}')
}

// entry returns the entry of a line.
func (l *line) entry() (exchange.Entry, error) {
	var h bittorrent.InfoHash
	if n, err := hex.Decode(h[:], []byte(l.InfoHash[:min(len(l.InfoHash), 2*len(h))])); err != nil || l.InfoHash != "" && n != len(h) {
		return exchange.Entry{}, fmt.Errorf("an info hash of %d digits", len(l.InfoHash))
	}
	if !l.Outcome.Valid() {
		return exchange.Entry{}, fmt.Errorf("an outcome that is none: %d", l.Outcome)
	}
	known := func(n *int64) int64 {
		if n == nil {
			return -1
		}
		return *n
	}
	return exchange.Entry{
		Seq: l.Seq, At: time.UnixMilli(l.At), Kind: l.Kind, Outcome: l.Outcome, Tracker: l.Tracker, InfoHash: h, Client: l.Client,
		Event: bittorrent.Event(l.Event), Seen: l.Seen, Reported: l.Reported, New: l.New, Held: l.Held, Grown: l.Grown,
		Factor: policy.Factor(l.Factor), Reason: l.Reason, Status: l.Status, Took: time.Duration(l.Took) * time.Millisecond,
		Interval: time.Duration(l.Interval) * time.Second, MinInterval: time.Duration(l.MinInterval) * time.Second,
		Swarm:   bittorrent.Swarm{Seeders: known(l.Seeders), Leechers: known(l.Leechers), Downloads: known(l.Downloads)},
		Failure: l.Failure, Warning: l.Warning, Problem: l.Problem, Detail: l.Detail, Duplicate: l.Duplicate,
		Own: l.Own, Session: l.Session,
	}, nil
}
