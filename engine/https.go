package engine

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"bittoratio/engine/clients/local"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/localca"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

// HTTPS is what is opened of https trackers, and by which certificate.
type HTTPS struct {
	On          bool      // connections to the listed hosts are opened
	Kept        bool      // there is an authority in the data folder, be it on or off
	Name        string    // of the certificate that is kept, as lists of certificates show it
	Fingerprint string    // of the certificate in use, SHA-256; empty while off
	Until       time.Time // when it ends; it is made anew long before
	Certificate string    // path of the public certificate
	Bundle      string    // path of the same with the system's authorities; empty if those were not found
	Trouble     string    // why it is not on although it should be, in the log's words

	Hosts []string             // the list, each as it is written and once, be it on or off
	Seen  []exchange.TLSClient // who went where over TLS, the last one first
}

// authority is the part of the engine that opens https.
type authority struct {
	mu    sync.Mutex
	state HTTPS              // guarded by mu; Seen is empty
	local *localca.Authority // guarded by mu; nil while off
}

// setOpening makes the authority what the settings ask for, and has it used. Clients that refused are asked again.
func (e *Engine) setOpening(now time.Time) error {
	s := e.settings.Saved()
	hosts, err := s.Hosts()
	if err != nil {
		return err
	}
	e.authority.mu.Lock()
	defer e.authority.mu.Unlock()
	defer e.publish.Mark()
	state := HTTPS{Certificate: e.folder.Path(store.CertificateFile)}
	for _, h := range hosts {
		state.Hosts = append(state.Hosts, h.String())
	}
	e.authority.local = nil
	if s.OpenHTTPS && len(hosts) > 0 {
		var aside string
		e.authority.local, aside, err = localca.Open(e.folder, hosts, now)
		if aside != "" {
			e.mu.Lock()
			e.notices = append(e.notices, Notice{Kind: NoticeAuthority, File: aside})
			e.mu.Unlock()
			e.log.Warn("the local authority could not be read; a new one was made, which clients must trust anew", "aside", aside)
		}
		if err != nil {
			state.Trouble, e.authority.local = err.Error(), nil
			e.log.Warn("https trackers cannot be opened", "cause", err.Error())
		}
	}
	if a := e.authority.local; a != nil {
		state.On, state.Name, state.Fingerprint, state.Until = true, a.String(), a.Fingerprint(), a.Until()
		if err := a.WriteBundle(e.folder); err == nil {
			state.Bundle = e.folder.Path(store.BundleFile)
		} else {
			e.log.Warn("no bundle of certificates was made for clients that need one", "cause", err.Error())
		}
	}
	if e.authority.local == nil {
		state.Name = localca.Name(e.folder) // what trusts it must still be told to forget it
	}
	_, missing := os.Lstat(e.folder.Path(store.AuthorityFile))
	state.Kept = !errors.Is(missing, fs.ErrNotExist)
	e.authority.state = state
	e.opening.Set(e.authority.local, hosts)
	return err
}

// renewAuthority makes the authority anew when its end is near; maintenance asks.
func (e *Engine) renewAuthority(now time.Time) {
	e.authority.mu.Lock()
	stale := e.authority.local != nil && e.authority.local.Stale(now)
	e.authority.mu.Unlock()
	if stale && e.setOpening(now) == nil {
		e.log.Info("the local authority was made anew before its end; clients must trust the new certificate")
	}
}

// RemoveAuthority opens nothing any more and deletes the authority, its key and what was set aside of it. The list of
// hosts stays.
func (e *Engine) RemoveAuthority() error {
	if err := e.Change(func(s *settings.Settings) { s.OpenHTTPS = false }); err != nil {
		return err
	}
	e.authority.mu.Lock()
	err := localca.Remove(e.folder)
	e.authority.state.Kept, e.authority.state.Name = err != nil, localca.Name(e.folder)
	e.authority.mu.Unlock()
	e.publish.Mark()
	return err
}

// RetryClients has clients that refused the certificate asked again, as after the user made them trust it.
func (e *Engine) RetryClients() { e.opening.Retry() }

// https is the part of a snapshot.
func (e *Engine) https() HTTPS {
	e.authority.mu.Lock()
	h := e.authority.state
	e.authority.mu.Unlock()
	h.Seen = e.opening.Seen()
	return h
}

// newClients is what can be done with the clients on this computer.
func (e *Engine) newClients() *local.Clients {
	return &local.Clients{
		Log: e.log, Settings: e.folder.Path(store.SettingsFile), Certificate: e.folder.Path(store.CertificateFile),
		Here: func() local.Here {
			s := e.Snapshot()
			h := e.https()
			return local.Here{Addr: s.Addr, On: s.State == On || s.State == Degraded, Bundle: h.Bundle, Name: h.Name}
		},
		Trusted: func() error {
			err := e.refreshBundle()
			if err == nil {
				e.RetryClients() // one may have refused before, and trusts us now
			}
			return err
		},
	}
}

// refreshBundle writes the bundle again, since the system's authorities change.
func (e *Engine) refreshBundle() error {
	e.authority.mu.Lock()
	defer e.authority.mu.Unlock()
	if e.authority.local == nil || e.authority.state.Bundle == "" {
		return nil
	}
	return e.authority.local.WriteBundle(e.folder)
}
