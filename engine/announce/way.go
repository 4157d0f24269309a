package announce

import (
	"context"
	"errors"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

// Order is one announce or scrape that the desk carries out.
type Order struct {
	Tracker  bittorrent.TrackerURL // to which it is sent
	Ledger   bittorrent.TrackerURL // whose session counts: Tracker, or the tracker that redirected the announce to Tracker
	Announce bittorrent.Announce   // as it counts in the ledger
	Session  ledger.Key            // of an announce
	Cache    AnswerKey             // the key for caching its answer
	Identity uint64                // of the announce's bytes, from [Hash]; equal for duplicates
	Fence    Fence                 // which addresses it must not reach

	NamesLibtorrent bool // the client's User-Agent names libtorrent, so it gives up sooner

	Entry     exchange.Entry // what the window and the log will show
	Total     report.Total   // decided in the session's turn
	DecidedAt time.Time      // of Total
	Until     time.Time      // the end of the client's patience
	Sent      bool           // bytes of it may have reached the tracker; set by the Way

	arrival
}

// Fence is which addresses an announce must not reach, whatever its tracker's name resolves to. It also applies to a
// later delivery, when the name may resolve to another address.
type Fence struct {
	Remote     bool `json:",omitempty"` // the client is another computer: nothing that serves only this computer
	PublicOnly bool `json:",omitempty"` // a public tracker redirected there: nothing on this computer or in a local network
}

// Scrape reports whether the order is a scrape. A scrape has no turn, no total and is never pending.
func (o *Order) Scrape() bool { return o.Entry.Kind == exchange.KindScrape }

// Shared reports whether duplicates may get the answer.
func (o *Order) Shared() bool { return o.flight != nil }

// Way carries one announce to its tracker, and an answer to its client. It handles bytes and sockets; the [Desk]
// decides. Only one goroutine at a time uses a Way.
type Way interface {
	// Report makes the request with the order's total.
	Report(o *Order)

	// Pending returns a copy of the request as it is sent, for the spool.
	Pending(o *Order) []byte

	// Send sends the request, passes the tracker's answer on to the client as it arrives, and returns its content.
	// After an error the client has received nothing, unless the [Fault] reports that the answer has begun. If the
	// client's patience ended before the tracker's answer, the Fault may have a Rest.
	Send(ctx context.Context, o *Order) (Answer, error)

	// CanReplay reports whether the client understands a cached answer.
	CanReplay(raw []byte) bool

	// Replay sends the client a cached answer, or the answer to a duplicate.
	Replay(raw []byte)

	// Defer returns a cached answer with another interval; if it cannot be changed, raw.
	Defer(raw []byte, after time.Duration) []byte

	// Fail sends the client a readable error in place of an answer, and returns what duplicates get.
	Fail(p exchange.Problem) (raw []byte)

	// Gone reports whether the client has left.
	Gone() bool

	// Finish completes the entry with what only the Way knows, after the exchange.
	Finish(e *exchange.Entry)
}

// Rest is an exchange that continues after the client's patience has ended.
type Rest interface {
	// Await returns the tracker's answer, or an error when ctx ends.
	Await(ctx context.Context) (Answer, error)
}

// Answer is a tracker's answer.
type Answer struct {
	bittorrent.AnnounceResponse

	Status int           // of HTTP
	Raw    []byte        // the whole answer; valid until the Way is used again; nil if it was not kept
	Took   time.Duration // from the client's request to the last byte

	Files map[bittorrent.InfoHash]bittorrent.Swarm // of a scrape

	Known   bool             // it equals the cached answer, byte for byte, and Raw is the cached one
	Good    bool             // worth caching
	Problem exchange.Problem // the answer's problem
	Detail  string

	// Delivered reports whether the tracker has processed the announce: it sent peers, or a failure reason about the
	// announce.
	Delivered bool

	// Pends reports whether the announce must be sent again, because the answer is a server error or a page.
	Pends bool

	Aside bool // as in [Fault]
}

// Fault is why there is no answer.
type Fault struct {
	Problem exchange.Problem
	Err     error
	Dialled bool // it failed before any byte of the request was sent
	Lasting bool // another try soon would not help

	Counted   bool // the tracker's health has recorded it, or it does not count against the tracker
	Cut       bool // the wait was cut short, which does not count against the tracker
	Reached   bool // the tracker has answered something
	Begun     bool // the client has part of the tracker's answer
	Delivered bool // the tracker has processed the announce, but its answer cannot be passed on
	Answered  bool // the request was refused: the client has its answer, and that is recorded
	Aside     bool // the client's next connections to the tracker pass this program by: it will announce there itself

	Rest Rest // of an exchange that is still in flight; nil if it has ended
}

func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// faultOf returns the Fault in err.
func faultOf(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{Problem: exchange.ProblemReset, Err: err}
}
