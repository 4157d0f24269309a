// Package local is what can be done with the clients on this computer: find them, connect one by its settings file and
// undo that, start one with the proxy set, and explain how the system is made to trust the local authority. It combines
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

// Here is where clients are to come, as it is now.
type Here struct {
	Addr   string // host:port where clients connect, or would
	On     bool   // it accepts clients
	Bundle string // path of the certificates that clients are to trust; empty while no https tracker is decrypted
	Name   string // of the local authority; empty if there is none
}

// Clients are the clients on this computer. Its methods are safe for concurrent use.
type Clients struct {
	Log         *slog.Logger
	Settings    string       // path of this program's settings file
	Certificate string       // path of the local authority's certificate
	Here        func() Here  // where clients are to come, now
	Trusted     func() error // called before a client starts that trusts the authority: its bundle is to be up to date

	mu       sync.Mutex
	over     bool           // guarded by mu; no change begins any more
	applying sync.WaitGroup // for the changes that have begun
}

// Found is a client that is installed or runs on this computer, with the way that brings its version here.
type Found struct {
	find.Client
	Way     find.Way
	Pointed bool // its settings, or its environment, lead here
	Undo    bool // the change for it can be undone
	Census  find.Census
}

// FindClients looks at what is installed and what runs. It reads, and asks programs of the system's owner for their
// versions; it takes up to seconds.
func (c *Clients) FindClients(ctx context.Context) []Found {
	addr := c.Here().Addr
	if a, err := clients.ParseAddress(addr); err == nil { // otherwise the port is not chosen yet, and there is no way to return
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

// newFound returns what was found of a client, without its torrents.
func newFound(client find.Client, way find.Way, addr string) Found {
	started := strings.TrimSuffix(client.Proxy, "/") == "http://"+addr
	f := Found{Client: client, Way: way, Undo: change.Undoable(way) || (started || client.Restarted) && way.Means == find.ByRestart}
	f.Pointed = started || f.isFilePointed()
	return f
}

// isFilePointed reports whether the file that would be changed is set up already.
func (f *Found) isFilePointed() bool {
	return len(f.Way.File) > 0 && file.Leads(f.Way.File[0], f.Way.Edit)
}

// PlanSetup returns the change that makes a client that was found announce through BittOratio, or with back the one
// that undoes it; it changes nothing yet. login is for the client's remote access, if the change uses that. The error
// is [change.ErrByHand], a *[file.FormatError], a *[file.VersionError], a *[remote.Error], or the disk's.
func (c *Clients) PlanSetup(ctx context.Context, f *Found, login remote.Access, back bool) (*change.Plan, error) {
	login.Address = f.Way.Remote.Address
	return change.New(ctx, file.Here(), change.Wanted{Client: f.Client, Way: f.Way, Access: login, Back: back})
}

// ApplySetup does what the plan says. The error is a *[file.RunningError], [file.ErrChanged], a *[change.CommandError] where
// the change was made and a command after it failed, a *[change.StartError] where the client ended and did not start in that
// way, [change.ErrSupervised], a *[remote.Error], a *[change.NotTakenError], or the system's.
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

// Finish waits for the changes that have begun, so that no client is left between its end and its start when this program
// ends; none begins any more. Each takes a minute or two at most.
func (c *Clients) Finish() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.applying.Wait()
}

// ClientFiles returns the settings files of a guide's client on this computer; none if the guide has no change that is
// safe.
func (c *Clients) ClientFiles(g clients.Guide) []file.File {
	if g.Apply == nil {
		return nil
	}
	return file.Here().Find(g)
}

// PlanClient returns the change of the file that makes its client announce through BittOratio, or with back the one
// that undoes it; it changes nothing yet. The error is a *[file.FormatError], a *[file.VersionError], or the disk's.
func (c *Clients) PlanClient(f file.File, g clients.Guide, back bool) (*file.Plan, error) {
	if back {
		return file.Back(f, *g.Apply)
	}
	return file.Point(f, *g.Apply)
}

// ClientClosed returns nil where the file's client does not run; else the error is a *[file.RunningError].
func (c *Clients) ClientClosed(f file.File) error { return file.Here().Closed(f) }

// ApplyClient does what the plan says, with a backup beside the file. The error is a *[file.RunningError],
// [file.ErrChanged], or the disk's; the file is then as it was.
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
// running when this program ends. The error is [ErrOff], [launch.ErrNotFound], a *[file.RunningError], since a second
// start of a client only shows the window of the first, or the system's.
func (c *Clients) LaunchClient(key string) error { return c.start(key, "") }

// StartFound starts a client that was found, as LaunchClient does: its own program, where another one of the same client is
// installed too.
func (c *Clients) StartFound(f *Found) error {
	if f.Program != "" && filepath.Base(f.Path) == f.Program {
		return c.start(f.Way.Launch, f.Path)
	}
	return c.start(f.Way.Launch, "")
}

// start starts the client of a launch by a program; "" means the first program of the launch that exists.
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
			usual = own // a client that was started with another folder is another one
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

// SystemTrust returns how the whole system, or its user, is made to trust the authority; the zero value where no way is
// known.
func (c *Clients) SystemTrust() SystemTrust {
	return TrustOn(runtime.GOOS, c.Certificate, c.Here().Name, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
}
