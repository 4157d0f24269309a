// Package local has what can be done with the clients on this computer: find them, connect one by its settings file and
// undo that, start one with the proxy set, and explain how to make the system trust the local authority. It combines
// packages find, file, change and launch.
package local

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/remote"
)

// ErrOff means that the engine must be on first.
var ErrOff = errors.New("the engine is off")

// Here is where clients should connect at present.
type Here struct {
	Addr   string // host:port where clients connect, or would
	On     bool   // the engine accepts clients
	Bundle string // path of the certificates that clients must trust; empty while no https tracker is decrypted
	Name   string // of the local authority; empty if there is none
}

// Clients are the clients on this computer. Its methods are safe for concurrent use.
type Clients struct {
	Log         *slog.Logger
	Settings    string       // path of this program's settings file
	Certificate string       // path of the local authority's certificate
	Here        func() Here  // where clients should connect, now
	Trusted     func() error // called before a client starts that trusts the authority; it brings the bundle up to date

	mu       sync.Mutex
	over     bool           // guarded by mu; no change may begin any more
	applying sync.WaitGroup // for the changes that have begun
}

// Found is a client that is installed or runs on this computer, with the way to set its version up.
type Found struct {
	find.Client
	Way     find.Way
	Pointed bool // its settings or its environment lead to BittOratio
	Undo    bool // the change for it can be undone
	Census  find.Census
}

// Enclosed returns the sandbox in which this program runs.
func (c *Clients) Enclosed() file.Enclosure { return file.Enclosed() }

// FindClients checks what is installed and what runs. It only reads, and runs programs of the system's owner to get
// their versions; it may take seconds. In a Flatpak, which hides both, it finds none.
func (c *Clients) FindClients(ctx context.Context) []Found {
	if c.Enclosed().Flatpak != "" {
		return nil // what shows there is not this computer's
	}
	addr := c.Here().Addr
	if a, err := clients.ParseAddress(addr); err == nil { // otherwise the port is not chosen yet, and no way exists
		addr = a.Addr
	}
	here := find.Here()
	all := find.Find(ctx, here)
	found := make([]Found, len(all))
	for i, client := range all {
		found[i] = newFound(client, client.Way(addr, file.Here()), addr)
		found[i].Census = here.Census(&all[i])
	}
	return found
}

// newFound returns a client with its way, but without its torrents.
func newFound(client find.Client, way find.Way, addr string) Found {
	started := strings.TrimSuffix(client.Proxy, "/") == "http://"+addr
	f := Found{Client: client, Way: way, Undo: change.Undoable(way) || (started || client.Restarted) && way.Means == find.ByRestart}
	f.Pointed = started || f.isFilePointed()
	return f
}

// isFilePointed reports whether the file that would be changed is already set up.
func (f *Found) isFilePointed() bool {
	return len(f.Way.File) > 0 && file.Leads(f.Way.File[0], f.Way.Edit)
}

// PlanSetup plans the change that makes a client announce through BittOratio, or with back its undo; it changes nothing
// yet. login is for the client's remote access, if the change uses that. The error is [change.ErrByHand], a
// *[file.FormatError], a *[file.VersionError], a *[remote.Error], or the disk's.
func (c *Clients) PlanSetup(ctx context.Context, f *Found, login remote.Access, back bool) (*change.Plan, error) {
	login.Address = f.Way.Remote.Address
	return change.New(ctx, file.Here(), change.Wanted{Client: f.Client, Way: f.Way, Access: login, Back: back})
}

// ApplySetup carries the plan out. The error is a *[file.RunningError], [file.ErrChanged], a *[change.CommandError] if
// the change was made but a command after it failed, a *[change.StartError] if the client ended but did not start in
// that way, [change.ErrSupervised], a *[remote.Error], a *[change.NotTakenError], or the system's.
func (c *Clients) ApplySetup(ctx context.Context, p *change.Plan) error {
	if !c.begin() {
		return context.Canceled
	}
	defer c.applying.Done()
	err := p.Apply(ctx)
	switch {
	case err != nil:
		c.Log.Warn("a client's settings were not changed", "cause", err.Error())
	case p.Undo && p.Means == find.ByRestart:
		c.Log.Info("a client was restarted as it was before", "variables", len(p.Changes))
	case p.Undo:
		c.Log.Info("a client's settings were put back", "settings", len(p.Changes))
	default:
		c.Log.Info("a client's settings were changed", "settings", len(p.Changes))
	}
	return err
}

func (c *Clients) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.applying.Add(1)
	}
	return !c.over
}

// Finish waits for the changes that have begun, so that no client is left stopped when this program ends; no other
// change may begin. Each takes at most a minute or two.
func (c *Clients) Finish() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.applying.Wait()
}

// ClientFiles returns the settings files of a guide's client on this computer; none if the guide has no safe change.
func (c *Clients) ClientFiles(g clients.Guide) []file.File {
	if g.Apply == nil {
		return nil
	}
	return file.Here().Find(g)
}

// PlanClient plans the change of a file that makes its client announce through BittOratio, or with back its undo; it
// changes nothing yet. The error is a *[file.FormatError], a *[file.VersionError], or the disk's.
func (c *Clients) PlanClient(f file.File, g clients.Guide, back bool) (*file.Plan, error) {
	if back {
		return file.Back(f, *g.Apply)
	}
	return file.Point(f, *g.Apply)
}

// ClientClosed returns nil if the file's client does not run, otherwise a *[file.RunningError].
func (c *Clients) ClientClosed(f file.File) error { return file.Here().Closed(f) }

// ApplyClient carries the plan out, with a backup beside the file. After an error the file is as it was. The error is a
// *[file.RunningError], [file.ErrChanged], or the disk's.
func (c *Clients) ApplyClient(p *file.Plan) error {
	err := p.Apply(file.Here())
	switch {
	case err != nil:
		c.Log.Warn("a client's settings were not changed", "client", p.File.System, "cause", err.Error())
	case p.Undo:
		c.Log.Info("a client's settings were put back", "client", p.File.System, "settings", len(p.Changes))
	default:
		c.Log.Info("a client's settings were changed", "client", p.File.System, "settings", len(p.Changes))
	}
	return err
}

// Launches returns the clients that can be started so that they announce through BittOratio, sorted for a list. If no
// https tracker is decrypted, there is no certificate to trust, and the variables for certificates are left out.
func (c *Clients) Launches() []launch.Command {
	here := c.Here()
	return launch.All(here.Addr, here.Bundle)
}

// LaunchClient starts a client so that it announces through BittOratio and trusts the authority. The client keeps
// running when this program ends. The error is [ErrOff], [launch.ErrNotFound], a *[file.RunningError] (a second start
// of a client would only show the first one's window), or the system's.
func (c *Clients) LaunchClient(key string) error { return c.start(key, "") }

// StartFound is LaunchClient for a found client: it starts the program that was found, even if the client has others.
func (c *Clients) StartFound(f *Found) error {
	if f.Program != "" && filepath.Base(f.Path) == f.Program {
		return c.start(f.Way.Launch, f.Path)
	}
	return c.start(f.Way.Launch, "")
}

// start starts the client of a launch. at is its program; "" means the first program of the launch that exists.
func (c *Clients) start(key, at string) error {
	l, ok := launch.Find(c.Launches(), key)
	if ok && at != "" {
		_, err := os.Stat(at)
		l.Program, l.Found = at, err == nil
	}
	if !ok || !l.Found {
		return launch.ErrNotFound
	}
	if !c.Here().On {
		return ErrOff
	}
	program := strings.TrimSuffix(filepath.Base(l.Program), ".exe")
	usual := []file.File{{Path: c.Settings, Programs: []string{program}}}
	if known, ok := clients.Launching(key); ok {
		if own := file.Here().Usual(&known, program); len(own) > 0 {
			usual = own // a client with another folder is another instance
		}
	}
	for _, f := range usual {
		if err := file.Here().Closed(f); err != nil {
			return err
		}
	}
	if err := c.Trusted(); err != nil {
		return err
	}
	c.Log.Info("a client was started", "client", l.Client)
	return l.Start()
}

// SystemTrust returns how to make the whole system, or its user, trust the authority; the zero value if no way is
// known.
func (c *Clients) SystemTrust() SystemTrust {
	return TrustOn(runtime.GOOS, c.Certificate, c.Here().Name, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
}
