package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

// Settings is a copy of the user's choices, as they are saved.
func (e *Engine) Settings() settings.Settings {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settings.Clone()
}

// Change makes new settings of those in force, which are the saved ones with what [Options] say for this run: do changes
// what the user chose and leaves the rest as it finds it, since it may be called twice, and what was set meanwhile
// stays. The new ones are checked whole, saved, and each part is handed its piece. Only what changed is restarted:
// another address to listen on closes the port and opens the new one; if that fails the old one is opened again and
// nothing is saved. The error is a *[SettingsError], a *[listen.Error], or what the disk said.
func (e *Engine) Change(do func(*settings.Settings)) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	if err := e.faulty(); err != nil {
		return err
	}
	e.mu.Lock()
	old, r := e.inForce(), e.run
	s := old.Clone()
	do(&s)
	saved, _ := e.chosen(old, s)
	e.mu.Unlock()
	if err := saved.Validate(); err != nil {
		return err
	}
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
	e.mu.Lock()
	reopen := s.OpenHTTPS != e.settings.OpenHTTPS || !slices.Equal(s.OpenHosts, e.settings.OpenHosts)
	now := e.inForce() // a slider may have moved since
	s = now.Clone()
	do(&s)
	e.settings, e.override = e.chosen(now, s)
	e.shared, e.unsaved = nil, true
	e.mu.Unlock()
	e.setRules()
	e.archive.SetKeep(e.keptActivity(&s))
	e.setFolders(&s)
	e.swarm.Apply(s.Swarm)
	e.publish.Mark()
	err := e.saveSettings()
	if err != nil {
		e.wakeMaintenance()
	}
	if reopen {
		err = errors.Join(err, e.setOpening(time.Now()))
	}
	return err
}

// inForce are the settings with what holds for this run only; the caller holds mu.
func (e *Engine) inForce() settings.Settings {
	s := e.settings.Clone()
	if e.override.Listen != "" {
		s.Listen = e.override.Listen
	}
	if len(e.override.AllowNetworks) > 0 {
		s.AllowNetworks = slices.Clone(e.override.AllowNetworks)
	}
	if e.override.Multiplier != 0 {
		s.Multiplier = e.override.Multiplier
	}
	return s
}

// chosen is what to save, and what still holds for this run only, when those in force become s: what was chosen now
// wins over the command line. The caller holds mu.
func (e *Engine) chosen(inForce, s settings.Settings) (settings.Settings, Options) {
	override := e.override
	if s.Listen != inForce.Listen {
		override.Listen = ""
	} else {
		s.Listen = e.settings.Listen
	}
	if !slices.Equal(s.AllowNetworks, inForce.AllowNetworks) {
		override.AllowNetworks = nil
	} else {
		s.AllowNetworks = slices.Clone(e.settings.AllowNetworks)
	}
	if s.Multiplier != inForce.Multiplier {
		override.Multiplier = 0
	} else {
		s.Multiplier = e.settings.Multiplier
	}
	return s, override
}

// relisten closes the port and opens that of s, without delivering what is kept: that goes on. If it cannot, the one
// of old is opened again.
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

// SetMultiplier changes the factor for all that comes after. It is quick: the disk hears of it a moment later.
func (e *Engine) SetMultiplier(f policy.Factor) error {
	if !f.Valid() {
		return &settings.Error{Field: "multiplier", Reason: "is not from 1 to 100"}
	}
	if err := e.faulty(); err != nil {
		return err
	}
	e.mu.Lock()
	e.settings.Multiplier, e.override.Multiplier = f, 0
	e.shared, e.unsaved = nil, true
	e.mu.Unlock()
	e.setRules()
	e.wakeMaintenance()
	e.publish.Mark()
	return nil
}

// Reload reads settings.json again, as after a person edited it, and applies it. Clients that refused the certificate are
// asked again: without a window there is no other way to say so.
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
		if next.Listen == saved.Listen { // what the command line says still holds
			next.Listen = now.Listen
		}
		if next.Multiplier == saved.Multiplier {
			next.Multiplier = now.Multiplier
		}
		*now = next
	})
}

// setRules hands on what is in force. Both happen in one step: of two changes at once, the later is the one obeyed.
func (e *Engine) setRules() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reporter.SetRules(e.rulesInForce())
}

// loadSettings reads settings.json; a first run has none. A file that cannot be used stays where it is, and is an error:
// other choices than its own could make a total that its writer forbids. Only where a window can show the error, and the
// file is not JSON, the engine comes up all the same: off, at 1×, and with fault set; see [Engine.StartOver].
func (e *Engine) loadSettings() error {
	e.settings = settings.Default()
	b, err := e.folder.ReadFile(store.SettingsFile)
	if errors.Is(err, fs.ErrNotExist) {
		e.unsaved = true
		_ = e.saveSettings() // a full disk is shown and tried again, and keeps nobody from announcing
		return nil
	}
	if err != nil {
		return folderFault(err)
	}
	s, err := settings.Parse(b)
	if err == nil {
		e.settings = s
		return nil
	}
	var syntax *settings.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	syntax.File = e.folder.Path(store.SettingsFile)
	if e.options.Unwatched {
		return syntax
	}
	e.settings.Multiplier, e.fault = policy.One, syntax
	e.log.Warn("settings.json cannot be read; the engine stays off until it can", "cause", syntax.Error())
	return nil
}

// keepUDP lets datagrams through SOCKS5 where an earlier version, which always did, carried announces of udp trackers so:
// their answers are remembered as datagrams, those of converted torrents are not. A pending announce does not show how it
// came.
func (e *Engine) keepUDP() {
	isUDP := func(k announce.Pending) bool { return k.Scheme == "udp" }
	if e.fault != nil || !e.answers.HasDatagram() && !slices.ContainsFunc(e.spool.All(), isUDP) {
		return
	}
	e.settings.UDPTrackers, e.unsaved = true, true
	_ = e.saveSettings() // as in loadSettings
	e.log.Info("datagrams go through SOCKS5 as before, since clients have used udp trackers that way", "setting", "udp_trackers")
}

// readFaultyAgain reads settings.json again if it could not be read before, as a person may have corrected it. The error
// is a *[SettingsSyntaxError] or a *[SettingsError]; nothing has then changed. The caller holds switching.
func (e *Engine) readFaultyAgain() error {
	if e.faulty() == nil {
		return nil
	}
	b, err := e.folder.ReadFile(store.SettingsFile)
	if err != nil {
		return folderFault(err)
	}
	s, err := settings.Parse(b)
	var syntax *settings.SyntaxError
	if errors.As(err, &syntax) {
		syntax.File = e.folder.Path(store.SettingsFile)
		e.mu.Lock()
		e.fault = syntax
		e.mu.Unlock()
		e.publish.Mark()
	}
	if err != nil {
		return err
	}
	return e.takeSettings(s)
}

// StartOver puts a settings.json that cannot be read aside and writes the defaults with multiplier 1, as the user asked
// for. It does nothing where the file could be read.
func (e *Engine) StartOver() error {
	e.switching.Lock()
	defer e.switching.Unlock()
	if e.faulty() == nil {
		return nil
	}
	aside, err := e.folder.SetAside(store.SettingsFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return folderFault(err)
	}
	e.log.Info("settings.json was put aside; the defaults at 1x take its place", "aside", aside)
	s := settings.Default()
	s.Multiplier = policy.One
	err = e.takeSettings(s)
	e.mu.Lock()
	e.unsaved = true
	e.mu.Unlock()
	return errors.Join(err, e.saveSettings())
}

// takeSettings puts settings in force in place of those that could not be read. The engine is off.
func (e *Engine) takeSettings(s settings.Settings) error {
	e.mu.Lock()
	e.settings, e.shared, e.fault = s, nil, nil
	e.mu.Unlock()
	e.setRules()
	e.archive.SetKeep(e.keptActivity(&s))
	e.setFolders(&s)
	e.swarm.Apply(s.Swarm)
	e.publish.Mark()
	return e.setOpening(time.Now())
}

// faulty is why settings.json cannot be read; nil if it could.
func (e *Engine) faulty() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fault == nil {
		return nil
	}
	return e.fault
}

// saveSettings writes settings.json if something changed. A disk that refuses is remembered, shown, and tried again.
func (e *Engine) saveSettings() error {
	e.saving.Lock()
	defer e.saving.Unlock()
	e.mu.Lock()
	if !e.unsaved || e.fault != nil {
		e.mu.Unlock()
		return nil
	}
	e.unsaved = false
	s := e.settings.Clone()
	e.mu.Unlock()
	old, err := e.folder.ReadFile(store.SettingsFile)
	if err != nil {
		old = nil
	}
	var b []byte
	if b, err = settings.Format(&s, old); err == nil {
		err = e.folder.WriteFile(store.SettingsFile, b)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if (err == nil) != (e.fileErr == nil) {
		e.publish.Mark()
	}
	e.fileErr = err
	e.unsaved = e.unsaved || err != nil
	return err
}
