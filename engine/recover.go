package engine

import (
	"context"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
)

// recoverTotals looks for the sessions of a missing or damaged ledger in past activity and among the pending announces,
// and recovers the largest totals that their trackers may have received. Otherwise such a session would begin at its
// client's own total, and its tracker would see the total fall. At a first start it finds none.
func (e *Engine) recoverTotals(now time.Time) {
	all := map[string]report.Recovered{}
	err := e.archive.Totals(context.Background(), now.Add(-report.Silent), func(n *exchange.Entry) {
		known, had := all[n.Session]
		fresh := n.Reason == exchange.ReasonNew || n.Reason == exchange.ReasonRestart // the client counts from its start
		if n.Kind == exchange.KindAnnounce && (!had || fresh || n.Reported >= known.Reported) && n.Reported >= n.Seen {
			all[n.Session] = report.Recovered{Seen: n.Seen, Reported: n.Reported}
		}
	})
	if err != nil {
		e.log.Warn("the ledger has lost sessions, and the activity on the disk, which may have their totals, could not be read", "cause", err.Error())
	}
	for _, k := range e.spool.All() {
		id := report.SessionID(k.Key)
		if known := all[id]; k.Reported > known.Reported {
			all[id] = report.Recovered{Seen: k.Seen, Reported: k.Reported}
		}
	}
	if lost := e.reporter.Recover(all); lost > 0 {
		e.notices = append(e.notices, Notice{Kind: NoticeLedger, Lost: lost})
		e.log.Warn("the ledger has lost sessions; each continues from the largest total that its tracker may have received", "sessions", lost)
	}
}
