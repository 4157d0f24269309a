package announce

import (
	"math/rand/v2"
	"sync"
	"time"

	"bittoratio/engine/exchange"
)

// How a tracker that fails is treated.
const (
	AwayAfter = 3                // failures in a row until it is answered for at once
	minPause  = 30 * time.Second // between tries, doubling
	maxPause  = 15 * time.Minute
	maxSick   = 1000 // hosts remembered; clients may ask for any name
)

// Health is which tracker hosts answer. It holds something only for those that do not. Safe for concurrent use.
type Health struct {
	mu    sync.Mutex
	hosts map[string]*sickness // guarded by mu; by line: a host as shown, since passkeys in a subdomain are one tracker, and a way to it
}

type sickness struct {
	failures int // in a row
	pauses   int // begun since it last answered
	problem  exchange.Problem
	since    time.Time
	next     time.Time // of the next probe
	hold     time.Time // Retry-After: nothing of ours before
}

// NewHealth takes every tracker for healthy.
func NewHealth() *Health { return &Health{hosts: map[string]*sickness{}} }

// Away is whether a tracker failed three times in a row. An announce is then answered for and kept, and what is kept
// is the probe.
func (h *Health) Away(host string) (exchange.Problem, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.hosts[host]
	if !ok || s.failures < AwayAfter {
		return 0, false
	}
	return s.problem, true
}

// AwayOrProbe is Away for what cannot be kept, a scrape: the first caller after the next probe is due gets false, and
// is the probe.
func (h *Health) AwayOrProbe(host string, now time.Time) (exchange.Problem, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.hosts[host]
	if !ok || s.failures < AwayAfter {
		return 0, false
	}
	if now.Before(s.next) {
		return s.problem, true
	}
	s.next = now.Add(minPause)
	return 0, false
}

// Failed notes that a tracker did not answer. Only what fails after the last pause lengthens the next one: fifty
// torrents that announce at the same moment are one failure of their tracker.
func (h *Health) Failed(host string, p exchange.Problem, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sick(host)
	if s.failures == 0 {
		s.since = now
	}
	s.failures++
	s.problem = p
	if p == exchange.ProblemNoRoute {
		s.pauses = min(s.pauses, 1) // it is this computer that is cut off, and it will soon not be
	}
	if !now.Before(s.next) {
		s.next = now.Add(pause(s.pauses))
		s.pauses++
	}
}

// pause is 30 s doubling to 15 min, up to a fifth more so that torrents do not march in step.
func pause(before int) time.Duration {
	if before >= 5 {
		return maxPause - rand.N(maxPause/5)
	}
	d := minPause << max(0, before)
	return d + rand.N(d/5)
}

// Answered notes that a tracker answered anything at all; back is whether it had failed before.
func (h *Health) MarkUp(host string, now time.Time) (back bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.hosts[host]
	if !ok {
		return false
	}
	back = s.failures > 0
	s.failures, s.pauses, s.next = 0, 0, time.Time{}
	if now.After(s.hold) {
		delete(h.hosts, host)
	}
	return back
}

// Hold notes a Retry-After: kept announces wait, the client's own still pass.
func (h *Health) Hold(host string, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sick(host).hold = until
}

func (h *Health) sick(host string) *sickness {
	s, ok := h.hosts[host]
	if !ok {
		for other := range h.hosts {
			if len(h.hosts) < maxSick {
				break
			}
			delete(h.hosts, other)
		}
		s = &sickness{}
		h.hosts[host] = s
	}
	return s
}

// Held is whether the tracker asked to be left alone for now (Retry-After).
func (h *Health) Held(host string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.hosts[host]
	return ok && now.Before(s.hold)
}

// Next is when something kept may be sent to a tracker, and whether only one at a time may, as a probe.
func (h *Health) Next(host string) (at time.Time, probe bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.hosts[host]
	if !ok {
		return time.Time{}, false
	}
	if s.failures > 0 {
		at = s.next
	}
	if s.hold.After(at) {
		at = s.hold
	}
	return at, s.failures > 0
}

// Sickness is one failing tracker, for the window.
type Sickness struct {
	Away    bool // failed three times in a row or more
	Problem exchange.Problem
	Since   time.Time
	Next    time.Time
}

// State is how a tracker fares; ok is false for one that answers.
func (h *Health) State(host string) (s Sickness, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.hosts[host]
	if !ok || v.failures == 0 {
		return s, false
	}
	return Sickness{v.failures >= AwayAfter, v.problem, v.since, v.next}, true
}

// ClearBackoff makes every probe due: a network that came back is noticed at once, and so is a user's "deliver now".
func (h *Health) ClearBackoff(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.hosts[host]; ok {
		s.next, s.hold = time.Time{}, time.Time{}
	}
}
