package announce

import (
	"math/rand/v2"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// How failing trackers are treated.
const (
	AwayAfter    = 3                // failed dials in a row before the tracker is away
	silencesAway = 2                // torrents in a row whose announces it did not answer before it is away
	minPause     = 30 * time.Second // between tries; it doubles
	maxPause     = 15 * time.Minute
	eagerTime    = 10 * time.Minute // for this long after the first failure the pauses are at most eagerPause
	eagerPause   = time.Minute
	maxSick      = 1000 // the most trackers; clients may name any
)

// Health records which trackers do not answer, by their health keys ([bittorrent.HealthKey]). Resets and 5xx answers do
// not count: the tracker was reached, and the cause may be a single torrent. It is safe for concurrent use.
type Health struct {
	mu       sync.Mutex
	trackers map[string]*sickness // guarded by mu
}

type sickness struct {
	dials    int                 // failed ones in a row
	silences int                 // unanswered torrents since the last answer, up to silencesAway
	silent   bittorrent.InfoHash // the first of them
	pauses   int                 // that have begun since it last answered
	problem  exchange.Problem
	since    time.Time
	next     time.Time     // of the next probe
	probing  time.Time     // until then one probe may be in flight
	tried    chan struct{} // closed when that probe ends or its dial fails; nil if nobody waits
	hold     time.Time     // Retry-After: before that no pending announce is sent
}

func (s *sickness) fails() bool { return s.dials > 0 || s.silences > 0 }

func (s *sickness) away() bool { return s.dials >= AwayAfter || s.silences >= silencesAway }

// NewHealth returns a Health in which every tracker answers.
func NewHealth() *Health { return &Health{trackers: map[string]*sickness{}} }

// Away reports whether a tracker is away, and its problem: three dials in a row have failed, or it has not answered the
// announces of two torrents. Then clients are answered at once.
func (h *Health) Away(key string) (exchange.Problem, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.trackers[key]
	if !ok || !s.away() {
		return 0, false
	}
	return s.problem, true
}

// AwayOrProbe is Away for an announce that is about to be sent: once the next probe is due, the first caller gets
// false, and its announce is the probe. If no answer is cached, the client would get an error, so its announce is a probe
// whenever no other one is in flight. Otherwise the caller may wait for that probe: tried is closed once it ends, or could
// not connect and tries again.
func (h *Health) AwayOrProbe(key string, cached bool, now time.Time) (p exchange.Problem, away bool, tried <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.trackers[key]
	switch {
	case !ok || !s.away():
		return 0, false, nil
	case now.Before(s.hold) || cached && (now.Before(s.next) || now.Before(s.probing)):
		return s.problem, true, nil
	case now.Before(s.probing):
		if s.tried == nil {
			s.tried = make(chan struct{})
		}
		return s.problem, true, s.tried
	}
	s.probing = now.Add(minPause)
	return 0, false, nil
}

// Redials records that an announce, which may be a probe, could not connect and tries again: nobody waits for it longer.
func (h *Health) Redials(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.trackers[key]; ok {
		s.wake()
	}
}

// wake ends the wait for the probe in flight. The caller holds the mutex of the Health, as for endProbe.
func (s *sickness) wake() {
	if s.tried != nil {
		close(s.tried)
		s.tried = nil
	}
}

func (s *sickness) endProbe() {
	s.probing = time.Time{}
	s.wake()
}

// FailedDial records that a tracker could not be reached: no request was sent.
func (h *Health) FailedDial(key string, p exchange.Problem, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sick(key)
	h.fail(s, p, now)
	s.dials++
}

// Silent records that a tracker did not answer an announce of a torrent.
func (h *Health) Silent(key string, torrent bittorrent.InfoHash, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sick(key)
	h.fail(s, exchange.ProblemTimeout, now)
	switch {
	case s.silences == 0:
		s.silences, s.silent = 1, torrent
	case s.silent != torrent:
		s.silences = silencesAway
	}
}

// fail begins the next pause. Only a failure after the last pause lengthens the next one: if fifty torrents announce at
// the same moment, that is one failure of their tracker. The caller holds mu.
func (h *Health) fail(s *sickness, p exchange.Problem, now time.Time) {
	if !s.fails() {
		s.since = now
	}
	s.problem = p
	s.endProbe()
	if p == exchange.ProblemNoRoute {
		s.pauses = min(s.pauses, 1) // this computer has no network, probably for a short time
	}
	if !now.Before(s.next) {
		most := maxPause
		if now.Sub(s.since) < eagerTime {
			most = eagerPause
		}
		s.next = now.Add(pause(s.pauses, most))
		s.pauses++
	}
}

// pause returns 30 s, doubled for each pause before, up to most. A random part adds up to a fifth, or at the maximum
// subtracts it, so that probes of many trackers do not coincide, and a probe does not wait until a client that
// announces every minute does so itself.
func pause(before int, most time.Duration) time.Duration {
	d := minPause << min(max(0, before), 5)
	if d >= most {
		return most - rand.N(most/5)
	}
	return d + rand.N(d/5)
}

// MarkUp records that a tracker has answered something; back reports whether it had failed before.
func (h *Health) MarkUp(key string, now time.Time) (back bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.trackers[key]
	if !ok {
		return false
	}
	back = s.fails()
	s.dials, s.silences, s.pauses, s.next = 0, 0, 0, time.Time{}
	s.endProbe()
	if now.After(s.hold) {
		delete(h.trackers, key)
	}
	return back
}

// Hold records a Retry-After: pending announces wait, but the client's own are still sent.
func (h *Health) Hold(key string, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sick(key).hold = until
}

func (h *Health) sick(key string) *sickness {
	s, ok := h.trackers[key]
	if !ok {
		for other := range h.trackers {
			if len(h.trackers) < maxSick {
				break
			}
			delete(h.trackers, other)
		}
		s = &sickness{}
		h.trackers[key] = s
	}
	return s
}

// Held reports whether a pause that the tracker requested (Retry-After) has not ended.
func (h *Health) Held(key string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.trackers[key]
	return ok && now.Before(s.hold)
}

// Next returns when a pending announce may be sent to a tracker, and whether it must be the only one, a probe.
func (h *Health) Next(key string) (at time.Time, probe bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.trackers[key]
	if !ok {
		return time.Time{}, false
	}
	if s.fails() {
		at = s.next
		if s.probing.After(at) {
			at = s.probing
		}
	}
	if s.hold.After(at) {
		at = s.hold
	}
	return at, s.fails()
}

// Probe begins a probe of a tracker: no other begins until it has ended, or the pause is over.
func (h *Health) Probe(key string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.trackers[key]; ok {
		s.probing = now.Add(minPause)
	}
}

// Sickness is one failing tracker, for the window.
type Sickness struct {
	Away    bool // see [Health.Away]
	Dials   int  // failed ones in a row
	Problem exchange.Problem
	Since   time.Time
	Next    time.Time
}

// State returns what is known about a failing tracker; ok is false for one that answers.
func (h *Health) State(key string) (s Sickness, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.trackers[key]
	if !ok || !v.fails() {
		return s, false
	}
	return Sickness{v.away(), v.dials, v.problem, v.since, v.next}, true
}

// ClearBackoff makes every probe due: when a network is back, or when the user presses "Deliver now".
func (h *Health) ClearBackoff(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.trackers[key]; ok {
		s.next, s.hold = time.Time{}, time.Time{}
		s.endProbe()
	}
}
