package engine

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/engine/swarmview"
)

// State is whether and how the engine runs.
type State uint8

// The states.
const (
	Off      State = iota // no port is open
	On                    // listening
	Degraded              // listening, but the user should know that something is wrong: see Snapshot.Trouble
	Stopping              // stopping: pending announces are delivered
)

// Snapshot is the whole state at one moment. It never changes. Sizes are in bytes.
type Snapshot struct {
	At            time.Time
	State         State
	Addr          string // the bound host:port; while Off, the one that would be bound
	Trouble       Trouble
	Notices       []Notice              // what was repaired at the start, oldest first
	Factor        policy.Factor         // the global one, also while Passthrough
	SettingsFault *settings.SyntaxError // why settings.json cannot be read; then the state is Off: see Engine.StartOver
	UDPRefused    bool                  // the settings did not allow a client's datagrams through SOCKS5: see Engine.LeaveUDP
	Passthrough   bool                  // everything is forwarded at 1×, whatever Factor says: see Engine.SetPassthrough
	Hashes        int                   // how many torrents there are; one on three trackers has three rows and counts once
	Torrents      []*Torrent            // a row that has not changed since the last snapshot is the same pointer
	Trackers      []Tracker
	Pending       []Pending        // oldest first
	Totals        exchange.Sums    // over all torrents; for one on several trackers, those of the tracker with the most upload
	Day           exchange.LastDay // the upload of the last 24 hours
	Seq           uint64           // number of the newest activity entry
	Names         uint64           // grows with each new name of a torrent
	HTTPS         exchange.HTTPS

	Swarm *swarmview.Status // nil while the user has it off

	// Settings are the user's choices that are saved. The pointer differs from the last snapshot's exactly if they were
	// set since then. The value never changes.
	Settings *settings.Settings

	// Run has the command line's overrides of Settings for this run, until the user changes them.
	Run settings.Run

	// Databases are the paths of files in which clients store their torrents and which BittOratio cannot read, so the
	// names of those torrents are missing.
	Databases []string

	Delivery *Delivery // while Stopping: the progress of delivering; otherwise nil
}

// Trouble is why the state is Degraded; the zero value means that it is not.
type Trouble struct {
	Kind   TroubleKind
	Detail string // the cause, as in the log
}

// TroubleKind is what is wrong.
type TroubleKind uint8

// The troubles.
const (
	NoTrouble   TroubleKind = iota
	TroubleDisk             // the data folder cannot be written: factor 1 until it can
)

// Notice is something that the user should know once.
type Notice struct {
	Kind NoticeKind
	File string // name in the data folder of the file that was set aside
	Lost int    // how many records
}

// NoticeKind is what a notice is about.
type NoticeKind uint8

// The notices.
const (
	NoticeTorn      NoticeKind = iota // a crash cut off the last record; nothing that was sent is lost
	NoticeDamaged                     // a file was damaged: what could be read is used, and the original is beside it
	NoticeLedger                      // the ledger had lost as many sessions as Lost: they continue from totals found elsewhere
	NoticeAuthority                   // the local authority could not be read: there is a new one, which clients must trust
)

// Torrent is one torrent on one tracker, with all its sessions: each start of a client begins a new one. Fields that
// are not sums belong to the session that last announced.
type Torrent struct {
	ID       string // stable, for selection; reveals no secret
	InfoHash bittorrent.InfoHash
	Name     string // cleaned for a line of a window; empty if unknown
	Size     uint64 // bytes; 0 if unknown
	Private  bool   // BEP 27
	Tracker  string // host[:port], masked
	Client   string // "Transmission 4.1.4"
	Clients  int    // how many clients share it now
	Sessions int    // how many are listed
	Event    bittorrent.Event

	Seen       uint64        // uploaded since first sight, in all sessions
	Reported   uint64        // the upload total sent to the tracker, counted in the same way
	Downloaded uint64        // since first sight, in all sessions
	Left       uint64        // what the client still lacks, from its last announce
	Factor     policy.Factor // in force for this torrent
	Own        policy.Factor // the torrent's own factor, 0 if it has none; at 1 it is excluded
	Swarm      bittorrent.Swarm
	Points     int // how many announces [Engine.History] has

	First, Last time.Time        // first and last announce
	Next        time.Time        // when the next is due by the tracker's interval; zero if unknown
	Outcome     exchange.Outcome // of the last announce
	Answered    bool             // since this program started, an announce of it has ended
	Failure     string           // the tracker's last failure reason
	Warning     string           // the tracker's last warning
	Problem     exchange.Problem // why the tracker did not answer the last one
	Pending     int              // announces pending for it
	Away        bool             // its tracker is away: see Tracker
	Reason      exchange.Reason  // of the last total
	Status      int              // HTTP status of the last answer

	Noticed checks.Set // which of the five checks could have fired at its tracker in this run: see Engine.Noticed
}

// Session is one client process sharing one torrent on one tracker, from one start to the next. Sizes are in bytes,
// since first sight of the client.
type Session struct {
	Client      string
	Event       bittorrent.Event // of the last announce
	Sums        exchange.Sums
	Left        uint64
	First, Last time.Time // first and last announce
}

// Credit returns Reported − Seen, which is never negative.
func (t *Torrent) Credit() uint64 { return t.Reported - t.Seen }

// Tracker is one tracker host.
type Tracker struct {
	Host     string // host[:port], masked
	Torrents int
	Away     bool      // it failed three times in a row
	Since    time.Time // since when it is away
	Problem  exchange.Problem
	NextTry  time.Time          // of the next probe
	Own      policy.TrackerRule // its own rules
}

// Pending is one announce that its tracker has not received yet.
type Pending struct {
	ID       uint64
	torrent  string // its Torrent's ID, which is then computed only once
	InfoHash bittorrent.InfoHash
	Name     string // of the torrent; empty if unknown
	Tracker  string
	Event    bittorrent.Event
	Reported uint64
	Since    time.Time
	NextTry  time.Time
	Tries    int
	Problem  exchange.Problem
}

// Delivery is the progress of delivering pending announces during a stop.
type Delivery struct{ Delivered, Left int }
