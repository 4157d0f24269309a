package engine

import (
	"time"

	"bittoratio/engine/clients/local"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

// setInterception makes or removes the authority according to the settings, and sets what is decrypted. Clients that
// rejected the certificate are decrypted again.
func (e *Engine) setInterception(now time.Time) error {
	s := e.settings.Saved()
	hosts, err := s.Hosts()
	if err != nil {
		return err
	}
	defer e.publish.Mark()
	aside, err := e.authority.Set(s.OpenHTTPS, hosts, now)
	if aside != "" {
		e.mu.Lock()
		e.notices = append(e.notices, Notice{Kind: NoticeAuthority, File: aside})
		e.mu.Unlock()
	}
	return err
}

// renewAuthority renews the authority when it is about to expire; maintenance calls it.
func (e *Engine) renewAuthority(now time.Time) {
	if e.authority.Stale(now) && e.setInterception(now) == nil {
		e.log.Info("the local authority was renewed before it expired; clients must trust the new certificate")
	}
}

// RemoveAuthority stops decrypting, and deletes the authority, its key, and files of it that were set aside. The list
// of hosts stays.
func (e *Engine) RemoveAuthority() error {
	if err := e.Change(func(s *settings.Settings) { s.OpenHTTPS = false }); err != nil {
		return err
	}
	defer e.publish.Mark()
	return e.authority.Remove()
}

// RetryClients decrypts clients again that rejected the certificate, because the user has made them trust it.
func (e *Engine) RetryClients() { e.opening.Retry() }

// newClients returns what can be done with the clients on this computer.
func (e *Engine) newClients() *local.Clients {
	return &local.Clients{
		Log: e.log, Settings: e.folder.Path(store.SettingsFile), Certificate: e.folder.Path(store.CertificateFile),
		Here: func() local.Here {
			s := e.Snapshot()
			h := e.authority.State()
			return local.Here{Addr: s.Addr, On: s.State == On || s.State == Degraded, Bundle: h.Bundle, Name: h.Name}
		},
		Trusted: func() error {
			err := e.authority.RefreshBundle()
			if err == nil {
				e.RetryClients() // a client that rejected the certificate may trust it now
			}
			return err
		},
	}
}
