package engine

import (
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
)

// remember keeps an exchange for the user: in memory, and soon on the disk.
func (e *Engine) remember(n exchange.Entry) { e.archive.Add(e.activity.Add(n)) }

// note is told of every exchange that is over.
func (e *Engine) note(n exchange.Entry) {
	e.remember(n)
	e.logEntry(&n)
	if n.Reason == exchange.ReasonNew && e.names.Lookup(n.InfoHash).Name == "" {
		e.watcher.Look()
	}
	if n.Reason == exchange.ReasonLimit && !e.limitSaid.Swap(true) {
		e.log.Warn("a total has reached the largest number that trackers can read, and stays there", "tracker", n.Tracker, "info_hash", n.InfoHash.String())
	}
	e.watchDisk()
	if e.noted.Add(1)%512 == 0 {
		e.wakeKeeper()
	}
	e.publish.mark()
}

// noteDelivery is told of every delivery that ended, well or not.
func (e *Engine) noteDelivery(k announce.Pending, n exchange.Entry) {
	n.Session = report.SessionID(k.Key)
	e.remember(n)
	e.logEntry(&n)
	if n.Outcome == exchange.OutcomeForwarded {
		e.reporter.Answered(k.Key, &n)
	}
	e.watchDisk()
	e.publish.mark()
}

func (e *Engine) gaveUp(k announce.Pending) {
	e.log.Warn("given up: a tracker was away for a day", "tracker", k.Host, "info_hash", k.Key.InfoHash.String(), "event", k.Event.String(), "reported", k.Reported)
	e.remember(exchange.Entry{
		At: time.Now(), Kind: exchange.KindRedelivered, Outcome: exchange.OutcomeFailed, Tracker: k.Host,
		InfoHash: k.Key.InfoHash, Event: k.Event, Reported: k.Reported, Problem: exchange.ProblemGivenUp,
	})
	e.publish.mark()
}
