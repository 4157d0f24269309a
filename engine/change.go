package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

// Settings returns a copy of the user's choices that are saved.
func (e *Engine) Settings() settings.Settings { return e.settings.Saved().Clone() }

// Change changes the settings. do gets those in force (the saved ones, with the overrides of [Options] for this run)
// and changes only what the user chose; it may be called twice. Simultaneous changes by others stay. The new settings
// are checked as a whole and saved, and then applied to each part of the engine. Only what has changed restarts: for
// another address to listen on, the old port is closed and the new one opened. If that fails, the old one is opened
// again and nothing is saved. The error is a *[settings.Error], a *[listen.Error], or the system's.
func (e *Engine) Change(do func(*settings.Settings)) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	old, s, err := e.settings.Try(do)
	if err != nil {
		return err
	}
	e.mu.Lock()
	r := e.run
	e.mu.Unlock()
	if r != nil && (s.Listen != old.Listen || !slices.Equal(s.AllowNetworks, old.AllowNetworks)) {
		if err := s.Validate(); err != nil {
			return err
		}
		if err := e.relisten(r, s, old); err != nil {
			return err
		}
	} else if r != nil {
		r.server.set(&s)
	}
	before := e.settings.Saved()
	s = e.settings.Set(do) // the slider may have moved meanwhile
	e.applySettings(&s)
	if err = e.settings.Save(); err != nil {
		e.wakeMaintenance()
	}
	if s.OpenHTTPS != before.OpenHTTPS || !slices.Equal(s.OpenHosts, before.OpenHosts) {
		err = errors.Join(err, e.setInterception(time.Now()))
	}
	return err
}

// applySettings applies the settings in force to each part, except ports and https.
func (e *Engine) applySettings(s *settings.Settings) {
	e.setRules()
	e.archive.SetKeep(e.keptActivity(s))
	e.setFolders(s)
	e.swarm.Apply(s.Swarm)
	e.publish.Mark()
}

// relisten closes the port and opens that of s. Pending announces are delivered meanwhile. If the new port cannot be
// opened, the old one is opened again.
func (e *Engine) relisten(r *run, s, old settings.Settings) error {
	r.stop()
	r.done.Wait()
	err := e.start(s)
	if err == nil {
		return nil
	}
	e.off()
	return errors.Join(err, e.start(old))
}

// SetMultiplier changes the factor for all later upload. It is fast: the file is written a moment later.
func (e *Engine) SetMultiplier(f policy.Factor) error {
	if !f.Valid() {
		return &settings.Error{Field: "multiplier", Reason: "is not from 1 to 100"}
	}
	if err := e.settings.SetMultiplier(f); err != nil {
		return err
	}
	e.setRules()
	e.wakeMaintenance()
	e.publish.Mark()
	return nil
}

// Reload reads settings.json again and applies it. It also decrypts clients again that rejected the certificate,
// because without a window there is no other way to request that.
func (e *Engine) Reload() error {
	defer e.RetryClients()
	b, err := e.folder.ReadFile(store.SettingsFile)
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	s, err := settings.Parse(b)
	if err != nil {
		return err
	}
	saved := e.Settings()
	return e.Change(func(now *settings.Settings) {
		next := s.Clone()
		if next.Listen == saved.Listen { // the command line still overrides it
			next.Listen = now.Listen
		}
		if slices.Equal(next.AllowNetworks, saved.AllowNetworks) {
			next.AllowNetworks = now.AllowNetworks
		}
		if next.Multiplier == saved.Multiplier {
			next.Multiplier = now.Multiplier
		}
		*now = next
	})
}

// setRules sets the reporter's rules to those in force. It reads and sets them in one step, so that of two simultaneous
// changes the later one applies.
func (e *Engine) setRules() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reporter.SetRules(e.rulesInForce())
}

// loadSettings reads settings.json. If it is not JSON and a window can show that, the engine opens nevertheless, off
// and at 1×: see [Engine.StartOver].
func (e *Engine) loadSettings() error {
	err := e.settings.Load()
	if fault := e.settings.Fault(); fault != nil && !e.options.Unwatched {
		e.log.Warn("settings.json cannot be read; the engine stays off until it can", "cause", fault.Error())
		return nil
	}
	return settingsFault(err)
}

// settingsFault turns an error of the disk into one of the data folder.
func settingsFault(err error) error {
	var disk *store.Error
	if errors.As(err, &disk) {
		return folderFault(err)
	}
	return err
}

// keepUDP allows datagrams through SOCKS5 if an earlier version, which always allowed them, carried announces that way.
// It recognises that by cached answers that are datagrams; those of converted torrents are not. A pending announce does
// not show how it came.
func (e *Engine) keepUDP() {
	isUDP := func(k announce.Pending) bool { return k.Scheme == "udp" }
	if !e.answers.HasDatagram() && !slices.ContainsFunc(e.spool.All(), isUDP) {
		return
	}
	if e.settings.Update(func(s *settings.Settings) { s.UDPTrackers = true }) == nil {
		_ = e.settings.Save() // a full disk is shown, and saving is tried again; clients announce meanwhile
		e.log.Info("datagrams go through SOCKS5 as before, since clients have used udp trackers that way", "setting", "udp_trackers")
	}
}

// readFaultyAgain reads settings.json again if it could not be read before, because the user may have corrected it. The
// error is a *[settings.SyntaxError] or a *[settings.Error]; then nothing has changed. The caller holds switching.
func (e *Engine) readFaultyAgain() error {
	if e.settings.Fault() == nil {
		return nil
	}
	defer e.publish.Mark()
	if err := e.settings.LoadAgain(); err != nil {
		return settingsFault(err)
	}
	return e.recovered()
}

// StartOver sets aside a settings.json that cannot be read, and writes the defaults with multiplier 1, at the user's
// request. It does nothing if the file can be read.
func (e *Engine) StartOver() error {
	e.switching.Lock()
	defer e.switching.Unlock()
	if e.settings.Fault() == nil {
		return nil
	}
	aside, err := e.settings.StartOver()
	if err != nil {
		return folderFault(err)
	}
	e.log.Info("settings.json was put aside; the defaults at 1x take its place", "aside", aside)
	return errors.Join(e.recovered(), e.settings.Save())
}

// recovered applies settings that replace those that could not be read. The engine is off.
func (e *Engine) recovered() error {
	e.applySettings(e.settings.Saved())
	return e.setInterception(time.Now())
}
