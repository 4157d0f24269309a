package settings

import (
	"errors"
	"io/fs"
	"slices"
	"sync"

	"bittoratio/engine/report/policy"
	"bittoratio/engine/store"
)

// Run has the choices of the command line, which override the user's for one run. A zero field overrides nothing.
type Run struct {
	Listen        string
	AllowNetworks []string
	Multiplier    policy.Factor
}

// Choices are the user's choices in settings.json, and the overrides for this run. It is safe for concurrent use.
type Choices struct {
	folder  *store.Folder
	changed func() // called when Trouble appears or disappears

	mu      sync.Mutex
	saved   *Settings    // guarded by mu; the value that it points to never changes: new choices are another value
	run     Run          // guarded by mu
	unsaved bool         // guarded by mu; the file has older choices
	fault   *SyntaxError // guarded by mu; why the file cannot be read; nil if it can
	trouble error        // guarded by mu; why the file could not be written; nil if it could

	saving sync.Mutex // held while the file is written, so that the newest choices are written last
}

// NewChoices returns the defaults. Load reads the file of the folder.
func NewChoices(folder *store.Folder, run Run, changed func()) *Choices {
	s := Default()
	return &Choices{folder: folder, changed: changed, saved: &s, run: run}
}

// Load reads the file; at a first run it makes one. A file that cannot be used stays as it is, and no other choices
// replace it, because they could report a total that the user does not want. If the file is not JSON, Fault returns
// that, and the multiplier is 1. The error is a *[SyntaxError], an *[Error], or the system's.
func (c *Choices) Load() error {
	s, err := c.read()
	var syntax *SyntaxError
	c.mu.Lock()
	switch {
	case err == nil:
		c.saved = s
	case errors.Is(err, fs.ErrNotExist):
		c.unsaved, err = true, nil
	case errors.As(err, &syntax):
		one := c.saved.Clone()
		one.Multiplier = policy.One
		c.saved, c.fault = &one, syntax
	}
	c.mu.Unlock()
	_ = c.Save() // a full disk is shown, and saving is tried again; clients announce meanwhile
	return err
}

// LoadAgain reads a file that could not be read before, because the user may have corrected it. The error is a
// *[SyntaxError], an *[Error], or the system's; then only the Fault has changed.
func (c *Choices) LoadAgain() error {
	s, err := c.read()
	var syntax *SyntaxError
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.saved, c.fault = s, nil
	} else if errors.As(err, &syntax) {
		c.fault = syntax
	}
	return err
}

func (c *Choices) read() (*Settings, error) {
	b, err := c.folder.ReadFile(store.SettingsFile)
	if err != nil {
		return nil, err
	}
	s, err := Parse(b)
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		syntax.File = c.folder.Path(store.SettingsFile)
	}
	return &s, err
}

// StartOver sets aside a file that cannot be read, and uses the defaults with multiplier 1. aside is the new name of
// the file. StartOver does not write the new file yet.
func (c *Choices) StartOver() (aside string, err error) {
	if aside, err = c.folder.SetAside(store.SettingsFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	s := Default()
	s.Multiplier = policy.One
	c.mu.Lock()
	defer c.mu.Unlock()
	c.saved, c.fault, c.unsaved = &s, nil, true
	return aside, nil
}

// Fault returns why the file cannot be read; nil if it could.
func (c *Choices) Fault() *SyntaxError {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

// Trouble returns why the file could not be written; nil if it could.
func (c *Choices) Trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble
}

// Saved returns the choices that are saved, or soon will be. The value never changes. The pointer differs from an
// earlier one exactly if the choices were set since.
func (c *Choices) Saved() *Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.saved
}

// Run returns what still overrides the saved choices in this run. Its list must not be changed.
func (c *Choices) Run() Run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run
}

// InForce returns the choices with the overrides for this run. Its lists and maps must not be changed.
func (c *Choices) InForce() Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inForce()
}

func (c *Choices) inForce() Settings {
	s := *c.saved
	if c.run.Listen != "" {
		s.Listen = c.run.Listen
	}
	if len(c.run.AllowNetworks) > 0 {
		s.AllowNetworks = c.run.AllowNetworks
	}
	if c.run.Multiplier != 0 {
		s.Multiplier = c.run.Multiplier
	}
	return s
}

// Try returns the choices in force, and what they would be after do. It changes nothing. The error is an *[Error] if
// the new ones cannot be saved, and a *[SyntaxError] while the file cannot be read.
func (c *Choices) Try(do func(*Settings)) (old, next Settings, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return old, next, c.fault
	}
	old = c.inForce()
	next = old.Clone()
	do(&next)
	saved, _ := c.split(old, next)
	return old, next, saved.Validate()
}

// Set changes the choices in force by do, and returns the new ones. They take precedence over the command line.
func (c *Choices) Set(do func(*Settings)) Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.inForce()
	next := old.Clone()
	do(&next)
	saved, run := c.split(old, next)
	c.saved, c.run, c.unsaved = &saved, run, true
	return c.inForce()
}

// split separates new choices s into those to save and those that still come from the command line: where s equals
// inForce, an override stays in force for this run and is not saved.
func (c *Choices) split(inForce, s Settings) (saved Settings, run Run) {
	saved, run = s.Clone(), c.run
	if s.Listen != inForce.Listen {
		run.Listen = ""
	} else {
		saved.Listen = c.saved.Listen
	}
	if !slices.Equal(s.AllowNetworks, inForce.AllowNetworks) {
		run.AllowNetworks = nil
	} else {
		saved.AllowNetworks = slices.Clone(c.saved.AllowNetworks)
	}
	if s.Multiplier != inForce.Multiplier {
		run.Multiplier = 0
	} else {
		saved.Multiplier = c.saved.Multiplier
	}
	return saved, run
}

// Update changes saved choices that need no check. The error is a *[SyntaxError] while the file cannot be read.
func (c *Choices) Update(do func(*Settings)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.update(do)
}

func (c *Choices) update(do func(*Settings)) error {
	if c.fault != nil {
		return c.fault
	}
	s := c.saved.Clone()
	do(&s)
	c.saved, c.unsaved = &s, true
	return nil
}

// SetMultiplier changes the multiplier; it takes precedence over the command line. The error is that of Update.
func (c *Choices) SetMultiplier(f policy.Factor) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.update(func(s *Settings) { s.Multiplier = f })
	if err == nil {
		c.run.Multiplier = 0
	}
	return err
}

// Save writes the file if the choices have changed. If that fails, the error is the Trouble, and the next Save tries
// again.
func (c *Choices) Save() error {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	if !c.unsaved || c.fault != nil {
		c.mu.Unlock()
		return nil
	}
	c.unsaved = false
	s := c.saved
	c.mu.Unlock()
	old, err := c.folder.ReadFile(store.SettingsFile)
	if err != nil {
		old = nil
	}
	var b []byte
	if b, err = Format(s, old); err == nil {
		err = c.folder.WriteFile(store.SettingsFile, b)
	}
	c.mu.Lock()
	news := (err == nil) != (c.trouble == nil)
	c.trouble = err
	c.unsaved = c.unsaved || err != nil
	c.mu.Unlock()
	if news {
		c.changed()
	}
	return err
}
