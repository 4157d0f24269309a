package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/network/localca"
	"bittoratio/engine/store"
)

// The words of clients' files and commands, for the window.
type (
	ClientFile         = file.File
	ClientPlan         = file.Plan
	ClientChange       = file.Change
	ClientRunningError = file.RunningError
	ClientFormatError  = file.FormatError
	ClientVersionError = file.VersionError
	Launch             = launch.Command
	SystemTrust        = localca.SystemTrust
	ClientWay          = find.Way
)

// FoundClient is a client that is installed or runs on this computer, with the way that brings its version here.
type FoundClient struct {
	find.Client
	Way     ClientWay
	Pointed bool // its settings file, or its environment, leads here
	Census  find.Census
}

// FindClients looks at what is installed and what runs. It reads, and asks programs of the system's owner for their
// versions; it takes up to seconds.
func (e *Engine) FindClients(ctx context.Context) []FoundClient {
	addr := e.Snapshot().Addr
	if a, err := clients.ParseAddress(addr); err == nil { // else the port is not chosen yet, and no way can be told
		addr = a.Addr
	}
	here := find.Here()
	all := find.Find(ctx, here)
	found := make([]FoundClient, len(all))
	for i, c := range all {
		found[i] = FoundClient{Client: c, Way: c.Way(addr, e.ClientFiles), Pointed: strings.TrimSuffix(c.Proxy, "/") == "http://"+addr}
		found[i].Census = here.Census(&found[i].Client)
		if g, err := found[i].Way.Generation.Render(clients.Values{Addr: addr}); err == nil && found[i].Way.Means == find.ByFile {
			for _, f := range found[i].Way.File {
				plan, err := file.Point(f, *g.Apply)
				found[i].Pointed = found[i].Pointed || err == nil && len(plan.Changes) == 0
			}
		}
	}
	return found
}

// ErrNotFound is a client that is not on this computer, or not where programs are looked for.
var ErrNotFound = launch.ErrNotFound

// ErrOff is an engine that must be on first.
var ErrOff = errors.New("the engine is off")

// ErrClientChanged is a client's file that was changed since it was shown.
var ErrClientChanged = file.ErrChanged

// ClientFiles are the settings files of a guide's client on this computer; none where the guide says of no change that
// is safe.
func (e *Engine) ClientFiles(g clients.Guide) []ClientFile {
	if g.Apply == nil {
		return nil
	}
	return file.Here().Find(g)
}

// PlanClient is what would change in the file so that its client comes here, or with back what would take that back;
// nothing is changed yet. The error is a *[ClientFormatError], a
// *[ClientVersionError], or what the disk said.
func (e *Engine) PlanClient(f ClientFile, g clients.Guide, back bool) (*ClientPlan, error) {
	if back {
		return file.Back(f, *g.Apply)
	}
	return file.Point(f, *g.Apply)
}

// ClientClosed is whether the file's client does not run; the error is a *[ClientRunningError].
func (e *Engine) ClientClosed(f ClientFile) error { return file.Here().Closed(f) }

// ApplyClient does what the plan says, with a backup beside the file. The error is a *[ClientRunningError],
// [ErrClientChanged], or what the disk said; the file is then as it was.
func (e *Engine) ApplyClient(p *ClientPlan) error {
	err := p.Apply(file.Here())
	switch {
	case err != nil:
		e.log.Warn("a client's settings were not changed", "client", p.File.System, "cause", err.Error())
	case p.Undo:
		e.log.Info("a client's settings were put back", "client", p.File.System, "settings", len(p.Changes))
	default:
		e.log.Info("a client was pointed here", "client", p.File.System, "settings", len(p.Changes))
	}
	return err
}

// Launches are all clients that can be started so that they come here, in the order of a list of them. While no https
// tracker is opened there is nothing to trust, and what names certificates is left out.
func (e *Engine) Launches() []Launch { return launch.All(e.Snapshot().Addr, e.https().Bundle) }

// LaunchClient starts a client that comes through here by it and trusts the authority, whose bundle is written anew. It
// goes on when this program ends. The error is [ErrOff], [ErrNotFound], a *[ClientRunningError], since a second start of
// a client only raises the first, or what the system said.
func (e *Engine) LaunchClient(key string) error {
	l, ok := launch.Find(e.Launches(), key)
	if !ok || !l.Found {
		return ErrNotFound
	}
	if s := e.Snapshot().State; s == Off || s == Stopping {
		return ErrOff
	}
	program := strings.TrimSuffix(filepath.Base(l.Program), ".exe")
	usual := []ClientFile{{Path: e.folder.Path(store.SettingsFile), Programs: []string{program}}}
	if c, ok := clients.Launching(key); ok {
		if own := file.Here().Usual(&c, program); len(own) > 0 {
			usual = own // one that was started with another folder is another client
		}
	}
	for _, f := range usual {
		if err := file.Here().Closed(f); err != nil {
			return err
		}
	}
	if err := e.refreshBundle(); err != nil {
		return err
	}
	e.RetryClients() // it may have refused before, and trusts us now
	e.log.Info("a client was started", "client", l.Client)
	return l.Start()
}

// refreshBundle writes the bundle anew, since the system's authorities change.
func (e *Engine) refreshBundle() error {
	e.authority.mu.Lock()
	defer e.authority.mu.Unlock()
	if e.authority.local == nil || e.authority.state.Bundle == "" {
		return nil
	}
	return e.authority.local.WriteBundle(e.folder)
}

// SystemTrust is how the whole system, or its user, is made to trust the authority; the zero value is none that is known.
func (e *Engine) SystemTrust() SystemTrust {
	return localca.TrustOn(runtime.GOOS, e.folder.Path(store.CertificateFile), e.https().Name, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
}
