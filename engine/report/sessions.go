package report

import (
	"bittoratio/engine/clients"
	"bittoratio/engine/report/ledger"
)

// touch records that a session has changed since the last call of [Reporter.Changes]. The caller holds mu.
func (r *Reporter) touch(s *session) {
	if !r.all && !s.changed {
		s.changed = true
		r.changed = append(r.changed, s)
	}
}

// Changes calls do for each session that keep accepts and that has changed since its last call. If all is true, or if a
// change does not concern only single sessions, it visits every session that keep accepts, by first sight; whole
// reports that. The *Session is reused after do returns. do must be fast, and must not call the Reporter. Only one
// goroutine at a time may call Changes.
func (r *Reporter) Changes(all bool, keep func(*ledger.Session) bool, do func(s *Session, whole bool)) (whole bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.changed
	if whole = all || r.all; whole {
		list = r.order
	}
	var out Session
	for _, s := range list {
		if !s.torrent.remainder && keep(&s.Session) {
			r.show(s, &out)
			do(&out, whole)
		}
	}
	for _, s := range r.changed {
		s.changed = false
	}
	clear(r.changed)
	r.changed, r.all = r.changed[:0], false
	return whole
}

// Sessions copies every session that keep accepts, by first sight.
func (r *Reporter) Sessions(keep func(*ledger.Session) bool) (out []Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.order {
		if !s.torrent.remainder && keep(&s.Session) {
			out = append(out, Session{})
			r.show(s, &out[len(out)-1])
		}
	}
	return out
}

// SessionsOf copies the sessions of one torrent, by first sight; none for an unknown ID.
func (r *Reporter) SessionsOf(id string) (out []Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.find(id)
	if v == nil {
		return nil
	}
	out = make([]Session, len(v.sessions))
	for i, s := range v.sessions {
		r.show(s, &out[i])
	}
	return out
}

// show copies a session as the window shows it; the caller holds mu.
func (r *Reporter) show(s *session, out *Session) {
	if s.client == "" {
		s.client = clients.NameOf(s.key.PeerID)
	}
	h, host := s.key.InfoHash, s.torrent.tracker.host
	*out = Session{
		s.Session, s.name(), h, host, s.client, r.rules.For(host, h).Factor, r.rules.Torrents[h], len(s.series), s.status, 0,
		Torrent{s.torrent.sums, s.torrent.name(), s.torrent.first()},
	}
	if s.watch != nil {
		out.Noticed = s.watch.fired
	}
}
