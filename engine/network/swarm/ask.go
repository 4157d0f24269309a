package swarm

// Known is what is known of a torrent's private flag (BEP 27).
type Known int

// What is known.
const (
	Unknown Known = iota
	Public
	Private
)

// Subject is a hash to be looked up, with what is known about it.
type Subject struct {
	Known     Known
	Keyed     bool // one of its trackers' addresses seems to hold a key of the user
	Confirmed bool // the user was warned that it looks private, and confirmed this one look-up
	Automatic bool // nobody clicked: a client announces the hash, and its name is missing
	Names     bool // the setting allows automatic searches
}

// Verdict is what may be done about a [Subject].
type Verdict int

// The verdicts.
const (
	Refused     Verdict = iota // nothing, and no button
	OwnTrackers                // only its own trackers may be asked
	Warn                       // only after a warning that it looks private
	Allowed                    // the DHT and strangers may be asked
)

// Ask decides what may be done. A lookup shows strangers that this address is interested in the hash.
func Ask(s Subject) Verdict {
	switch {
	case s.Known == Private && s.Automatic:
		return Refused
	case s.Known == Private:
		return OwnTrackers
	case s.Automatic && (s.Keyed || !s.Names):
		return Refused
	case s.Keyed && s.Known == Unknown && !s.Confirmed:
		return Warn
	}
	return Allowed
}
