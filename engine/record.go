package engine

import (
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report"
)

// store stores an exchange for the window: in memory, and soon on the disk.
func (e *Engine) store(n exchange.Entry) {
	e.archive.Add(e.activity.Add(n))
	e.wakeMemory()
}

// record records an exchange that has ended.
func (e *Engine) record(n exchange.Entry) {
	e.store(n)
	linelog.Entry(e.log, &n)
	if n.Reason == exchange.ReasonNew && e.names.Lookup(n.InfoHash).Name == "" {
		e.watcher.Look()
	}
	if n.Reason == exchange.ReasonLimit && !e.limitLogged.Swap(true) {
		e.log.Warn("a total has reached the largest number that trackers can read, and stays there", "tracker", n.Tracker, "info_hash", n.InfoHash.String())
	}
	if n.Problem == exchange.ProblemUDP {
		e.udp.CompareAndSwap(udpUnasked, udpRefused)
	}
	e.watchDisk()
	if e.noted.Add(1)%512 == 0 {
		e.wakeMaintenance()
	}
	e.publish.Mark()
}

// The state of datagrams through SOCKS5 in this run; see Engine.udp.
const (
	udpUnasked = iota
	udpRefused // a client's request was refused
	udpLeft    // the user has seen that, and does not allow them
)

// LeaveUDP is the user's "no" to Snapshot.UDPRefused: the window does not ask again in this run.
func (e *Engine) LeaveUDP() {
	e.udp.Store(udpLeft)
	e.publish.Mark()
}

// led records the address to which a delivery is redirected, and returns the least total to report there.
func (e *Engine) led(k announce.Pending, to bittorrent.TrackerURL, moved bool) uint64 {
	now := time.Now()
	if moved {
		e.reporter.Moved(k.Key, to, now)
	}
	return e.reporter.Followed(k.Key, to, k.Event == bittorrent.EventStarted, now)
}

// recordDelivery records a delivery that has ended, successful or not.
func (e *Engine) recordDelivery(k announce.Pending, n exchange.Entry) {
	n.Session = report.SessionID(k.Key)
	e.store(n)
	linelog.Entry(e.log, &n)
	if n.Outcome == exchange.OutcomeForwarded {
		e.reporter.Answered(k.Key, &n)
	}
	e.watchDisk()
	e.publish.Mark()
}

func (e *Engine) gaveUp(k announce.Pending) {
	e.log.Warn("a pending announce was dropped: its tracker was unreachable for a day", "tracker", k.Host, "info_hash", k.Key.InfoHash.String(), "event", k.Event.String(), "reported", k.Reported)
	e.store(exchange.Entry{
		At: time.Now(), Kind: exchange.KindRedelivered, Outcome: exchange.OutcomeFailed, Tracker: k.Host,
		InfoHash: k.Key.InfoHash, Event: k.Event, Reported: k.Reported, Problem: exchange.ProblemGivenUp,
	})
	e.publish.Mark()
}
