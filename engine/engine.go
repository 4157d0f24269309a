package engine

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/feed"
	"bittoratio/engine/instance"
	"bittoratio/engine/names"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/redelivery"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
	"bittoratio/engine/swarmask"
)

// activityKept is the most exchanges in the activity list.
const activityKept = 2000

// Options are how a process is started; they do not change.
type Options struct {
	Folder     string        // the data folder
	Log        *slog.Logger  // nil drops the program's log records
	Listen     string        // host:port for this run, in place of the setting; empty for the setting
	Multiplier policy.Factor // for this run, in place of the setting; 0 for the setting

	AllowNetworks []string // networks that may connect in this run, in place of the setting; empty for the setting

	TorrentFolders []string // where clients store their torrents, in addition to the setting

	Show func() // called when a second start requests that this one comes to the front; nil without a window

	// Unwatched is true without a window. Then activity on the disk and the points of charts, which only a window
	// shows, are not stored. The log is written.
	Unwatched bool

	// Only is the one tracker that a demonstration may reach; the zero value allows all.
	Only netip.AddrPort

	Roots *x509.CertPool // the authorities to verify https trackers with; nil for the system's

	Patience announce.Patience // how long clients wait; the zero value is announce.DefaultPatience, tests set smaller ones
}

// Engine is the program without its window. Make it with New; the caller must call Close.
type Engine struct {
	*local.Clients // on this computer

	options  Options
	log      *slog.Logger
	folder   *store.Folder
	journals []*store.Journal

	reporter  *report.Reporter
	answers   *announce.Answers
	spool     *announce.Spool
	health    *announce.Health
	turns     *announce.Gate[ledger.Key]
	deliverer *announce.Deliverer
	sender    *redelivery.Sender
	secure    *tls.Config // for https trackers
	opening   *intercept.Interception
	activity  *activity.Log
	archive   *activity.Archive
	names     *names.Book
	watcher   *names.Watcher
	publish   *feed.Publisher[Snapshot]
	rows      rowCache // used only by build
	swarm     *swarmask.Part
	second    *instance.Listener // nil if nothing can come to the front

	authority *intercept.Authority
	settings  *settings.Choices

	maintenance struct {
		wake chan struct{} // one slot: settings to save, a disk to retry, a journal to compact
		stop context.CancelFunc
		done sync.WaitGroup
	}
	busy       chan struct{} // one slot: there was work; see runMemory
	namesSaved uint64        // the value of names.Changes when they were saved; only maintenance uses it

	limitLogged atomic.Bool // it has been logged that a total was clamped (rule 6)
	udp         atomic.Int32
	noted       atomic.Uint64

	watching sync.Mutex    // held during a check of the disk
	failures atomic.Uint64 // of the folder, at the last check of the disk
	troubled bool          // guarded by watching; it has been logged that the disk cannot be written

	mu          sync.Mutex
	notices     []Notice // guarded by mu
	state       State    // guarded by mu
	passthrough bool     // guarded by mu; see SetPassthrough
	addr        string   // guarded by mu; the bound address, while on
	run         *run     // guarded by mu; nil while off

	closed    bool       // guarded by switching
	switching sync.Mutex // held by Start, Stop, Close and Change
	delivery  atomic.Pointer[Delivery]
}

// New opens the data folder and reads its files. It opens no port. The error is an *[AlreadyRunningError], a
// *[settings.Error] about Options, or the system's.
func New(o Options) (*Engine, error) {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.Patience = cmp.Or(o.Patience, announce.DefaultPatience)
	folder, err := store.Open(o.Folder)
	if err != nil {
		var held *store.LockedError
		if errors.As(err, &held) {
			return nil, &AlreadyRunningError{Folder: held.Path, PID: held.PID}
		}
		return nil, folderFault(err)
	}
	e := &Engine{
		options: o, log: o.Log, folder: folder,
		reporter: report.New(), answers: announce.NewAnswers(), spool: announce.NewSpool(), health: announce.NewHealth(),
		turns: announce.NewGate[ledger.Key](1), names: names.NewBook(),
	}
	if folder.IsOpen() {
		e.log.Warn("others on this computer can list the data folder; its files are closed to them", "folder", o.Folder, "todo", "chmod 700")
	}
	if o.Unwatched {
		e.reporter.KeepNoHistory()
	}
	e.publish = feed.New(e.build)
	e.Clients = e.newClients()
	e.settings = settings.NewChoices(folder, settings.Run{Listen: o.Listen, AllowNetworks: o.AllowNetworks, Multiplier: o.Multiplier}, e.publish.Mark)
	e.watcher = names.NewWatcher(e.names, e.learned)
	e.reporter.SetSizes(func(h bittorrent.InfoHash) uint64 { return e.names.Lookup(h).Size })
	e.opening = intercept.New(e.publish.Mark)
	e.authority = intercept.NewAuthority(folder, e.log, e.opening)
	e.swarm = swarmask.New(swarmask.Parts{
		Folder: folder, Log: e.log, Changed: e.publish.Mark, Names: e.names, Learned: e.learned, Gateway: e.gateway,
		Local: func() bool { return len(e.settings.InForce().AllowNetworks) == 0 },
		Named: func(h bittorrent.InfoHash) []netip.AddrPort { return e.answers.Peers(h, time.Now()) },
	})
	e.maintenance.wake = make(chan struct{}, 1)
	e.busy = make(chan struct{}, 1)
	lost, err := e.open()
	if err != nil {
		return nil, errors.Join(err, e.closeFiles())
	}
	var last uint64
	e.archive, last = activity.OpenArchive(folder, e.keptActivity(e.settings.Saved()))
	e.activity = activity.NewLog(activityKept, last)
	if lost {
		e.recoverTotals(time.Now())
	}
	_ = e.setInterception(time.Now()) // an error has been logged and is shown; everything else works
	e.secure = &tls.Config{RootCAs: o.Roots, ClientSessionCache: tls.NewLRUClientSessionCache(64)}
	e.sender = &redelivery.Sender{Dialer: &upstream.Dialer{TLS: e.secure}, Answers: e.answers, Health: e.health, Reported: e.reporter.Reported, Led: e.led, Note: e.recordDelivery}
	e.deliverer = announce.NewDeliverer(e.spool, e.health, e.turns, e.sender.Send, e.gaveUp, e.publish.Mark)
	e.loadNames()
	e.setFolders(e.settings.Saved())
	e.begin()
	if o.Show != nil {
		if e.second, err = instance.Listen(folder, o.Show); err != nil {
			e.log.Warn("a second start of the program cannot bring this one to the front", "cause", err.Error())
		}
	}
	return e, nil
}

// folderFault turns an error of the system into one of the data folder.
func folderFault(err error) error {
	fault := &FolderError{Reason: err.Error(), Err: err}
	var disk *store.Error
	if errors.As(err, &disk) {
		fault.File, fault.Reason = disk.File, disk.Err.Error()
	}
	return fault
}

// begin starts the goroutines that run as long as the engine; Close waits for them.
func (e *Engine) begin() {
	ctx, stop := context.WithCancel(context.Background())
	e.maintenance.stop = stop
	e.maintenance.done.Go(func() { e.runMaintenance(ctx) })
	e.wakeMaintenance() // journals may have grown, and sessions expired, before this start
	e.maintenance.done.Go(func() { e.publish.Run(ctx) })
	e.maintenance.done.Go(func() { e.watcher.Run(ctx) })
	e.maintenance.done.Go(func() { e.archive.Run(ctx) })
	e.swarm.Apply(e.settings.Saved().Swarm)
	if e.options.Unwatched {
		e.wakeMemory()
		e.maintenance.done.Go(func() { e.runMemory(ctx) })
	} else {
		e.maintenance.done.Go(func() { e.recallDay(ctx) })
	}
}

// open reads the folder's files. lost reports whether the ledger may have had sessions that it no longer has.
func (e *Engine) open() (lost bool, err error) {
	text, _ := e.folder.ReadFile(store.SettingsFile) // loadSettings reports what is wrong with the file
	if err := e.loadSettings(); err != nil {
		return false, err
	}
	for _, j := range []struct {
		name   string
		replay func([]byte) error
		use    func(store.Recorder, time.Time)
	}{
		{store.LedgerFile, e.reporter.Restore, e.reporter.SetJournal},
		{store.SpoolFile, e.spool.Restore, e.spool.SetJournal},
		{store.AnswersFile, e.answers.Restore, e.answers.SetJournal},
	} {
		journal, rec, err := e.folder.OpenJournal(j.name, j.replay)
		if err != nil {
			return false, folderFault(err)
		}
		if j.name == store.LedgerFile {
			lost = rec.Empty || rec.Lost > 0
		}
		e.journals = append(e.journals, journal)
		j.use(journal, time.Now())
		e.noticeRecovery(j.name, rec)
	}
	if !settings.Has(text, "udp_trackers") {
		e.keepUDP()
	}
	e.setRules()
	return lost, nil
}

func (e *Engine) noticeRecovery(name string, rec store.Recovery) {
	if rec.Lost > 0 {
		e.notices = append(e.notices, Notice{Kind: NoticeDamaged, File: rec.Aside, Lost: rec.Lost})
		e.log.Warn("a file of the data folder was damaged; what could be read is used", "file", name, "aside", rec.Aside, "lost", rec.Lost)
	} else if rec.Torn {
		e.notices = append(e.notices, Notice{Kind: NoticeTorn, File: name})
		e.log.Warn("a file of the data folder ended in the middle of a record, as after a crash; nothing that was sent is lost", "file", name)
	}
}

// Close stops the engine and releases the data folder. It ends subscriptions. A second Close does nothing.
func (e *Engine) Close(ctx context.Context) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.Finish() // changes of clients end first, while the clients still reach their trackers
	err := e.stop(ctx)
	if e.second != nil {
		e.second.Close()
	}
	e.swarm.Close()
	e.maintenance.stop()
	e.maintenance.done.Wait()
	err = errors.Join(err, e.settings.Save())
	e.saveNames()
	e.compactJournals()
	kept := e.spool.Len()
	err = errors.Join(err, e.closeFiles())
	e.log.Info("stopped", "kept", kept)
	return err
}

func (e *Engine) closeFiles() error {
	var err error
	for _, j := range e.journals {
		err = errors.Join(err, j.Close())
	}
	return errors.Join(err, e.folder.Close())
}

// Swarm returns the part for the swarm: searches, measuring the DHT, and whether the window shows the DHT.
func (e *Engine) Swarm() *swarmask.Part { return e.swarm }

// gateway returns the address at which clients reach this program, host:port.
func (e *Engine) gateway() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return cmp.Or(e.addr, e.settings.InForce().Listen)
}

// Folder returns the path of the data folder.
func (e *Engine) Folder() string { return e.options.Folder }

// ErrOn means that the engine must be off first.
var ErrOn = errors.New("the engine is on")

// Reset empties the ledger, the spool and the cache of answers. The engine must be off, because the totals of running
// clients would fall.
func (e *Engine) Reset() error {
	e.switching.Lock()
	defer e.switching.Unlock()
	e.mu.Lock()
	on := e.run != nil
	e.mu.Unlock()
	if on {
		return ErrOn
	}
	err := errors.Join(e.reporter.Forget(), e.spool.Forget(), e.answers.Forget(), e.archive.Forget())
	e.publish.Mark()
	return err
}
