package ledger_test

import (
	"bytes"
	"math"
	"math/big"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// FuzzHistories plays a history, three bytes for each step and 50 steps at most, and checks the laws after each
// announce: Reported never falls within a session, is never below Seen and never above the largest total; a duplicate
// reports the same total; no more is added than a ceiling allows; and without credit, at a factor of 1, Reported is
// Seen.
func FuzzHistories(f *testing.F) {
	f.Fuzz(func(t *testing.T, steps []byte) {
		o := at(t, policy.One)
		steps = steps[:min(len(steps), 3*50)]
		for len(steps) >= 3 {
			what, size, unit := steps[0], uint64(steps[1]), steps[2]
			steps = steps[3:]
			size <<= unit % 56
			switch what % 16 {
			case 0:
				o.rule.Factor = policy.One + policy.Factor(size%99_001)
			case 12:
				o.rule.Alone = size%2 == 0
			case 1:
				o.rule.Global.PerSecond = size
			case 2:
				o.rule.Factor = policy.One
			case 3:
				o.restart()
			case 4:
				o.now = o.now.Add(time.Duration(size))
			case 5:
				o.now = o.now.Add(-time.Duration(size))
			case 6:
				o.announce(started, size)
			case 7:
				o.announce(started, o.s.Seen+size)
			case 8:
				o.announce(plain, o.s.Seen)
			case 9, 10:
				o.announce(plain, o.s.Seen-min(size, o.s.Seen))
			case 11:
				o.announce(stopped, o.s.Seen+size)
			default:
				o.announce(bittorrent.Event(what%5), o.s.Seen+size)
			}
		}
	})
}

// announce checks the laws for one announce.
func (o *one) announce(e bittorrent.Event, uploaded uint64) {
	o.t.Helper()
	uploaded = min(uploaded, math.MaxInt64)
	before, known := o.s, o.known
	a := bittorrent.Announce{Event: e, Counters: bittorrent.Counters{Uploaded: uploaded}}
	after, c := before.Announce(a, known, o.rule, o.now)
	o.s, o.known = after, true

	if after.Reported < after.Seen || after.Reported > ledger.MaxReported || after.Carry > 999 {
		o.t.Fatalf("%q with %d uploaded made an impossible session: %+v", e, uploaded, after)
	}
	fresh := !known || e == started && uploaded < before.Seen
	if fresh {
		if after.Seen != uploaded || after.Reported != uploaded || after.Carry != 0 || c.New != 0 || c.Held != 0 {
			o.t.Fatalf("a new session at %d is %+v, %+v; want that total, and nothing new or held", uploaded, after, c)
		}
	} else {
		o.mustNotFall(before, after, uploaded, c)
	}
	again, c := after.Announce(a, true, policy.Rule{Factor: policy.MaxFactor}, o.now.Add(time.Hour))
	if again.Reported != after.Reported || again.Seen != after.Seen || c.New != 0 {
		o.t.Fatalf("a duplicate made the session %+v, want %+v as before", again, after)
	}
}

// mustNotFall checks the laws within a session.
func (o *one) mustNotFall(before, after ledger.Session, uploaded uint64, c ledger.Change) {
	o.t.Helper()
	if after.Seen != max(before.Seen, uploaded) || after.Reported < before.Reported || after.First != before.First {
		o.t.Fatalf("%d uploaded changed %+v to %+v: a total fell", uploaded, before, after)
	}
	fresh, grown := after.Seen-before.Seen, after.Reported-before.Reported
	if c.New != fresh || grown < fresh && after.Reported != ledger.MaxReported {
		o.t.Fatalf("%+v became %+v with %d new bytes: %+v", before, after, fresh, c)
	}
	if before.Reported-before.Seen == 0 && o.rule.Factor == policy.One && after.Reported != after.Seen {
		o.t.Fatalf("at factor 1 without credit %+v became %+v", before, after)
	}
	// All in thousandths of a byte, as numbers of any size.
	product := new(big.Int).Mul(new(big.Int).SetUint64(fresh), big.NewInt(int64(o.rule.Factor)))
	product.Add(product, big.NewInt(int64(before.Carry)))
	reported := new(big.Int).SetUint64(grown)
	reported.Mul(reported, big.NewInt(1000)).Add(reported, big.NewInt(int64(after.Carry)))
	switch c.Reason {
	case exchange.ReasonMultiplied, exchange.ReasonSame, exchange.ReasonStale:
		if reported.Cmp(product) != 0 && fresh > 0 || c.Held != 0 {
			o.t.Fatalf("%+v became %+v: reported %s thousandths, want %s", before, after, reported, product)
		}
	default:
		if reported.Cmp(product) > 0 {
			o.t.Fatalf("%+v became %+v: reported %s thousandths, want at most %s", before, after, reported, product)
		}
	}
	if seconds := max(0, after.Last-before.Last); o.rule.Global.PerSecond > 0 {
		limit := new(big.Int).Mul(new(big.Int).SetUint64(o.rule.Global.PerSecond), big.NewInt(seconds))
		if limit.Div(limit, big.NewInt(1000)); limit.Cmp(new(big.Int).SetUint64(grown)) < 0 && grown > fresh {
			o.t.Fatalf("%+v became %+v: over the ceiling of %d", before, after, o.rule.Global.PerSecond)
		}
	}
}

// FuzzParseRecord checks that no record causes a panic, and that what is read is written the same.
func FuzzParseRecord(f *testing.F) {
	f.Fuzz(func(t *testing.T, record []byte) {
		k, s, host, err := ledger.ParseRecord(record)
		if err != nil {
			return
		}
		if s.Reported < s.Seen || s.Reported > ledger.MaxReported || s.Carry > 999 || s.First < 0 || s.Last < 0 || s.Event > bittorrent.EventPaused {
			t.Fatalf("record %q is read as the impossible session %+v", record, s)
		}
		if len(host) > 0 && !bytes.Contains(record, host) {
			t.Fatalf("record %q is read with the host %q, which it does not have", record, host)
		}
		k2, s2, host2, err := ledger.ParseRecord(ledger.AppendRecord(nil, k, &s, string(host)))
		if err != nil || k2 != k || s2 != s || !bytes.Equal(host2, host) {
			t.Fatalf("record %q is read as %+v, and when it is written again as %+v (%v)", record, s, s2, err)
		}
	})
}
