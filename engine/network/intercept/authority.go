package intercept

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/localca"
	"bittoratio/engine/store"
)

// Authority keeps the local authority in line with the settings, and sets what is decrypted with it. It is safe for
// concurrent use.
type Authority struct {
	folder       *store.Folder
	log          *slog.Logger
	interception *Interception

	mu    sync.Mutex
	state exchange.HTTPS     // guarded by mu; Seen is empty
	local *localca.Authority // guarded by mu; nil while off
}

// NewAuthority returns an authority that is off until Set is called.
func NewAuthority(folder *store.Folder, log *slog.Logger, i *Interception) *Authority {
	return &Authority{folder: folder, log: log, interception: i}
}

// Set reads or makes the authority for these hosts, and decrypts with it; if off, nothing is decrypted. Clients that
// rejected a certificate are tried again. aside is the new name of a file that could not be read.
func (a *Authority) Set(on bool, hosts []localca.Host, now time.Time) (aside string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state, a.local = exchange.HTTPS{Certificate: a.folder.Path(store.CertificateFile)}, nil
	for _, h := range hosts {
		a.state.Hosts = append(a.state.Hosts, h.String())
	}
	if on && len(hosts) > 0 {
		aside, err = a.open(hosts, now)
	}
	if a.local == nil {
		a.state.Name = localca.Name(a.folder) // the user must still be able to remove it from programs that trust it
	}
	_, missing := os.Lstat(a.folder.Path(store.AuthorityFile))
	a.state.Stored = !errors.Is(missing, fs.ErrNotExist)
	a.interception.Set(a.local, hosts)
	return aside, err
}

// open opens the authority; the caller holds mu.
func (a *Authority) open(hosts []localca.Host, now time.Time) (aside string, err error) {
	local, aside, err := localca.Open(a.folder, hosts, now)
	if aside != "" {
		a.log.Warn("the local authority could not be read; a new one was made, and clients must trust it", "aside", aside)
	}
	if err != nil {
		a.state.Trouble = err.Error()
		a.log.Warn("https trackers cannot be decrypted; announces to them pass untouched", "cause", err.Error())
		return aside, err
	}
	a.local = local
	a.state.On, a.state.Name, a.state.Fingerprint, a.state.Until = true, local.String(), local.Fingerprint(), local.Until()
	if err := local.WriteBundle(a.folder); err == nil {
		a.state.Bundle = a.folder.Path(store.BundleFile)
	} else {
		a.log.Warn("the bundle of certificates was not written; clients that need it will not trust the local authority", "cause", err.Error())
	}
	return aside, nil
}

// Stale reports whether the authority is about to expire, and Set must be called.
func (a *Authority) Stale(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.local != nil && a.local.Stale(now)
}

// RefreshBundle writes the bundle again, because the system's authorities may have changed.
func (a *Authority) RefreshBundle() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.local == nil || a.state.Bundle == "" {
		return nil
	}
	return a.local.WriteBundle(a.folder)
}

// Remove deletes the authority, its key, and files of it that were set aside. The authority must be off.
func (a *Authority) Remove() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := localca.Remove(a.folder)
	a.state.Stored, a.state.Name = err != nil, localca.Name(a.folder)
	return err
}

// State returns what is decrypted, and with which certificate.
func (a *Authority) State() exchange.HTTPS {
	a.mu.Lock()
	s := a.state
	a.mu.Unlock()
	s.Seen = a.interception.Seen()
	return s
}
