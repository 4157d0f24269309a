package outage

import (
	"math/rand/v2"
	"sync"
	"time"

	"bittoratio/engine/report/activity"
)

// How a tracker that fails is treated.
const (
	AwayAfter = 3                // failures in a row until it is answered for at once
	minPause  = 30 * time.Second // between tries, doubling
	maxPause  = 15 * time.Minute
)

// Health is which tracker hosts answer. It holds something only for those that do not. Safe for concurrent use.
type Health struct {
	mu    sync.Mutex
	hosts map[string]*sickness // guarded by mu; by host as shown: passkeys in a subdomain are one tracker
}

type sickness struct {
	failures int
	problem  activity.Problem
	since    time.Time
	next     time.Time // of the next probe
	hold     time.Time // Retry-After: nothing of ours before
}

// NewHealth takes every tracker for healthy.
func NewHealth() *Health { return &Health{hosts: map[string]*sickness{}} }

// Away is whether a tracker failed three times in a row and its next probe is not due. A caller that gets false when
// the probe is due is the probe: others are told true until it ended.
func (h *Health) Away(host string, now time.Time) (activity.Problem, bool) {
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

// Failed notes that a tracker did not answer.
func (h *Health) Failed(host string, p activity.Problem, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sick(host)
	if s.failures == 0 {
		s.since = now
	}
	s.failures++
	s.problem = p
	s.next = now.Add(pause(s.failures))
}

// pause is 30 s doubling to 15 min, a fifth more or less so that torrents do not march in step.
func pause(failures int) time.Duration {
	d := maxPause
	if shift := max(0, failures-AwayAfter); shift < 5 {
		d = minPause << shift
	}
	return d - d/5 + rand.N(2*d/5)
}

// Answered notes that a tracker answered anything at all; back is whether it had failed before.
func (h *Health) Answered(host string, now time.Time) (back bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.hosts[host]
	if !ok {
		return false
	}
	back = s.failures > 0
	s.failures = 0
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
		s = &sickness{}
		h.hosts[host] = s
	}
	return s
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
	Problem activity.Problem
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

// Forgive makes every probe due: a network that came back is noticed at once, and so is a user's "deliver now".
func (h *Health) Forgive(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.hosts[host]; ok {
		s.next, s.hold = time.Time{}, time.Time{}
	}
}
