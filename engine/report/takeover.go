package report

import (
	"cmp"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
)

// predecessor returns the session that a session at a new path of its tracker may continue: the newest of the same
// torrent and peer id at the same scheme, host and port; nil if there is none. The caller holds mu.
func (r *Reporter) predecessor(u bittorrent.TrackerURL, k ledger.Key) *session {
	t, ok := r.trackers[u.Host()]
	if !ok {
		return nil
	}
	v, ok := r.torrents[torrentOf(t, k)]
	if !ok {
		return nil
	}
	origin := u.Origin()
	var newest *session
	for _, s := range v.sessions {
		if s.key.PeerID == k.PeerID && s.Origin == origin && (newest == nil || s.Last >= newest.Last) {
			newest = s
		}
	}
	return newest
}

// waits reports whether an announce must wait for another announce of its session, or of the session from which it may
// take over. The caller holds mu.
func (r *Reporter) waits(u bittorrent.TrackerURL, k ledger.Key) bool {
	if r.listing || r.decides(k) {
		return true
	}
	if _, known := r.sessions[k]; known || len(r.deciding) == 0 {
		return false
	}
	from := r.predecessor(u, k)
	return from != nil && r.decides(from.key)
}

// begin looks up the session. The caller holds mu.
func (r *Reporter) begin(d *decision, u bittorrent.TrackerURL) {
	if old, known := r.sessions[d.key]; known {
		d.old, d.tracker, d.before, d.counted = old, old.torrent.tracker, old.Session, true
	} else {
		d.tracker = r.tracker(u.Host())
		if d.before, d.counted = r.before(d.key, &d.announce.Counters, d.now); !d.counted {
			r.takeOver(d, u)
		}
	}
	if d.before.Origin == (bittorrent.TrackerID{}) {
		d.before.Origin = u.Origin()
	}
	if s := cmp.Or(d.old, d.from); s != nil && !s.announced.IsZero() {
		d.before.Last = onClock(s.announced, d.now)
	}
}

// takeOver lets an unknown session continue from its predecessor, as after the user's passkey has changed. A client that
// counts each address of a tracker separately announces a smaller total at the new one; there its session begins. The
// caller holds mu.
func (r *Reporter) takeOver(d *decision, u bittorrent.TrackerURL) {
	from := r.predecessor(u, d.key)
	if from == nil || d.announce.Counters.Uploaded < from.Seen {
		return
	}
	d.from, d.before, d.counted = from, from.TakenOver(d.now), true
}

// Moved records that a tracker permanently redirected an announce of a session to another address. If no session is
// known there, the first one that announces within [Silent] continues from this one.
func (r *Reporter) Moved(k ledger.Key, to bittorrent.TrackerURL, now time.Time) {
	r.lead(k, to, true, false, now)
}

// Followed records that an announce of a session follows its tracker's redirect, and returns the least total to report
// at the new address, so that no total falls: the session at that address is raised to this one's total. restart is
// true if the announce may begin a session. Followed returns 0 if no session is known there.
func (r *Reporter) Followed(k ledger.Key, to bittorrent.TrackerURL, restart bool, now time.Time) uint64 {
	return r.lead(k, to, false, restart, now)
}

// lead is Moved or Followed. As in Announce, the record is written before the total is given out, and not under mu.
func (r *Reporter) lead(k ledger.Key, to bittorrent.TrackerURL, moved, restart bool, now time.Time) uint64 {
	target := k
	target.Tracker = to.ID()
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.listing || r.decides(target) {
		r.decided.Wait()
	}
	from, known := r.sessions[k]
	if !known || target == k {
		return 0
	}
	own, known := r.sessions[target]
	if !known {
		r.leadOn(&from.Session, target, moved, restart, now)
		return 0
	}
	next := own.Session
	if !moved {
		next = own.Raised(&from.Session, restart)
	}
	if next.Seen == own.Seen && next.Reported == own.Reported {
		return own.Reported
	}
	r.record(target, ledger.AppendRecord(nil, target, &next, own.torrent.tracker.host))
	if r.sessions[target] == own { // the session was not removed meanwhile
		r.put(target, next, own.torrent.tracker)
	}
	return next.Reported
}

// leadOn stores the totals from which a session that is not known yet will continue. The caller holds mu.
func (r *Reporter) leadOn(from *ledger.Session, target ledger.Key, moved, restart bool, now time.Time) {
	id := SessionID(target)
	known, waits := r.recovered[id]
	if !waits && !moved {
		return
	}
	next := Recovered{Seen: from.Seen, Reported: from.Reported, Moved: known.Moved}
	if waits && !restart {
		next.Seen, next.Reported = max(next.Seen, known.Seen), max(next.Reported, known.Reported)
	}
	if moved && (!waits || known.Moved > 0) {
		next.Moved = max(1, now.UnixMilli())
	}
	if next == known {
		return
	}
	if r.recovered == nil {
		r.recovered = map[string]Recovered{}
	}
	r.recovered[id] = next
	r.record(target, appendRecovered(nil, id, next))
}

// record writes a session's record while no announce of it is being decided. The caller holds mu, but not during the
// write.
func (r *Reporter) record(k ledger.Key, record []byte) {
	r.deciding[k] = 0
	r.mu.Unlock()
	err := r.journal.Append(record)
	r.mu.Lock()
	if r.trouble = err; err != nil {
		r.behind = true
	}
	delete(r.deciding, k)
	r.decided.Broadcast()
}

// old reports whether the move is older than [Silent]: then the ledger has dropped the session to which it leads.
func (known Recovered) old(now time.Time) bool {
	return known.Moved > 0 && now.UnixMilli()-known.Moved > Silent.Milliseconds()
}

// decides reports whether an announce of a session is between decide and store. The caller holds mu.
func (r *Reporter) decides(k ledger.Key) bool {
	_, ok := r.deciding[k]
	return ok
}
