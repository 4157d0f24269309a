package engine

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"bittoratio/engine/store"
)

// Settings is a copy of the user's choices, as they are saved.
func (e *Engine) Settings() Settings {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settings.clone()
}

// Change makes new settings of those in force, which are the saved ones with what [Options] say for this run: do changes
// what the user chose and leaves the rest as it finds it, since it may be called twice, and what was set meanwhile
// stays. The new ones are checked whole, saved, and each part is handed its piece. Only what changed is restarted:
// another address to listen on closes the port and opens the new one; if that fails the old one is opened again and
// nothing is saved. The error is a *[SettingsError], a *[ListenError], or what the disk said.
func (e *Engine) Change(do func(*Settings)) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	e.mu.Lock()
	old, r := e.inForce(), e.run
	s := old.clone()
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
		r.server.way.SetJoinDoubled(s.JoinDoubled)
	}
	e.mu.Lock()
	reopen := s.OpenHTTPS != e.settings.OpenHTTPS || !slices.Equal(s.OpenHosts, e.settings.OpenHosts)
	now := e.inForce() // a slider may have moved since
	s = now.clone()
	do(&s)
	e.settings, e.override = e.chosen(now, s)
	e.shared, e.unsaved = nil, true
	e.mu.Unlock()
	e.setRules()
	e.archive.SetKeep(e.keptActivity(&s))
	e.setFolders(&s)
	e.publish.mark()
	err := e.saveSettings()
	if err != nil {
		e.wakeKeeper()
	}
	if reopen {
		err = errors.Join(err, e.setOpening(time.Now()))
	}
	return err
}

// inForce are the settings with what holds for this run only; the caller holds mu.
func (e *Engine) inForce() Settings {
	s := e.settings.clone()
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
func (e *Engine) chosen(inForce, s Settings) (Settings, Options) {
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
func (e *Engine) relisten(r *run, s, old Settings) error {
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
func (e *Engine) SetMultiplier(f Factor) error {
	if !f.Valid() {
		return &SettingsError{"multiplier", "is not from 1 to 100"}
	}
	e.mu.Lock()
	e.settings.Multiplier, e.override.Multiplier = f, 0
	e.shared, e.unsaved = nil, true
	e.mu.Unlock()
	e.setRules()
	e.wakeKeeper()
	e.publish.mark()
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
	s, err := parseSettings(b)
	if err != nil {
		return err
	}
	saved := e.Settings()
	return e.Change(func(now *Settings) {
		next := s.clone()
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

// loadSettings reads settings.json; a first run has none, a damaged one is set aside with a notice. One that a person
// wrote and that cannot be is an error: better to say so than to run with other choices.
func (e *Engine) loadSettings() error {
	e.settings = DefaultSettings()
	b, err := e.folder.ReadFile(store.SettingsFile)
	if errors.Is(err, fs.ErrNotExist) {
		e.unsaved = true
		_ = e.saveSettings() // a full disk is shown and tried again, and keeps nobody from announcing
		return nil
	}
	if err != nil {
		return folderFault(err)
	}
	s, err := parseSettings(b)
	if err == nil {
		e.settings = s
		return nil
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	aside, err := e.folder.SetAside(store.SettingsFile)
	if err != nil {
		return folderFault(err)
	}
	e.notices = append(e.notices, Notice{Kind: NoticeSettings, File: aside})
	e.log.Warn("settings.json could not be read; defaults are used", "aside", aside)
	e.unsaved = true
	_ = e.saveSettings()
	return nil
}

// parseSettings reads settings.json: keys that are missing have their defaults. The version is read first, since a
// newer one may have given any other key another meaning.
func parseSettings(b []byte) (Settings, error) {
	s := DefaultSettings()
	version := struct {
		Version int `json:"version"`
	}{SettingsVersion}
	if err := json.Unmarshal(b, &version); err != nil {
		return s, settingsFault(err)
	}
	if version.Version > SettingsVersion {
		return s, &SettingsError{"version", fmt.Sprintf("is %d, written by a newer version of this program, and this one knows %d", version.Version, SettingsVersion)}
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, settingsFault(err)
	}
	return s, s.Validate()
}

// settingsFault tells text that is no JSON, as a crash of another program leaves it, from what a person wrote.
func settingsFault(err error) error {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) {
		return fmt.Errorf("settings.json: %w", err)
	}
	reason := "is not of the right kind (" + kind.Value + ")"
	if kind.Type == reflect.TypeFor[Factor]() {
		reason = "is not a number from 1 to 100 with at most three decimals"
	}
	if kind.Type == reflect.TypeFor[Ratio]() {
		reason = "is not a number from 0.1 to 1000 with at most three decimals, nor 0"
	}
	return &SettingsError{cmp.Or(kind.Field, "settings.json"), reason}
}

// saveSettings writes settings.json if something changed. A disk that refuses is remembered, shown, and tried again.
func (e *Engine) saveSettings() error {
	e.saving.Lock()
	defer e.saving.Unlock()
	e.mu.Lock()
	if !e.unsaved {
		e.mu.Unlock()
		return nil
	}
	e.unsaved = false
	s := e.settings.clone()
	e.mu.Unlock()
	old, err := e.folder.ReadFile(store.SettingsFile)
	if err != nil {
		old = nil
	}
	var b []byte
	if b, err = formatSettings(&s, old); err == nil {
		err = e.folder.WriteFile(store.SettingsFile, b)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if (err == nil) != (e.fileErr == nil) {
		e.publish.mark()
	}
	e.fileErr = err
	e.unsaved = e.unsaved || err != nil
	return err
}

// formatSettings is the file's text: our keys in their order, then those of the old text that we do not know.
func formatSettings(s *Settings, old []byte) ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if b, err = keepUnknown(b, old, "window"); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// keepUnknown adds to a JSON object the keys of an older text of it that it lacks, and does the same inside the
// objects named. Keys of ours that may be left out when empty do not come back.
func keepUnknown(b, old []byte, inside ...string) ([]byte, error) {
	var before map[string]json.RawMessage
	if json.Unmarshal(old, &before) != nil {
		return b, nil
	}
	var now map[string]json.RawMessage
	if err := json.Unmarshal(b, &now); err != nil {
		return nil, err
	}
	for _, key := range inside {
		inner, err := keepUnknown(now[key], before[key])
		if err != nil {
			return nil, err
		}
		b = bytes.Replace(b, now[key], inner, 1)
	}
	ours := append(slices.Collect(maps.Keys(now)), "tracker_multipliers", "torrent_multipliers", "tracker_ceilings", "tracker_stop_ratios", "allow_networks", "torrent_folders", "open_hosts")
	var unknown []string
	for key := range before {
		// Ours is also what the decoder takes for ours, whatever its case: kept behind ours, it would win the next time.
		if !slices.ContainsFunc(ours, func(o string) bool { return strings.EqualFold(o, key) }) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	b = slices.Clip(bytes.TrimSuffix(b, []byte("}"))) // the caller still needs what follows
	for _, key := range unknown {
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		b = append(append(append(append(b, ','), name...), ':'), before[key]...)
	}
	return append(b, '}'), nil
}
