package swarm

// Known is what is known of a torrent's private flag (BEP 27).
type Known int

// What is known.
const (
	Unknown Known = iota
	Public
	Private
)

// Subject is a hash that somebody wants to be looked for.
type Subject struct {
	Known     Known
	Keyed     bool // an address of its trackers seems to hold a key of the user
	Confirmed bool // the user read that it looks private and wants it all the same; for this one time
	Automatic bool // nobody clicked: a name is wanted for a hash that a client announces
	Names     bool // the setting that allows automatic searches
}

// Verdict is what may be done for a [Subject].
type Verdict int

// The verdicts.
const (
	Refused     Verdict = iota // nothing, and no button
	OwnTrackers                // its own trackers may be asked, and nobody else
	Warn                       // only after the user read that it looks private
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
