package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

// newChoices returns the choices of a folder. Its settings.json has this text; there is none if text is empty.
func newChoices(t *testing.T, text string, run settings.Run) (c *settings.Choices, file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "settings.json")
	if text != "" {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	return settings.NewChoices(folder, run, func() {}), file
}

func read(t *testing.T, file string) settings.Settings {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := settings.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheCommandLineAppliesToThisRunOnly(t *testing.T) {
	c, file := newChoices(t, `{"multiplier": 3}`, settings.Run{Listen: "127.0.0.1:9", Multiplier: 5 * policy.One})
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	if s := c.InForce(); s.Listen != "127.0.0.1:9" || s.Multiplier != 5*policy.One {
		t.Errorf("in force: %+v", s)
	}
	before := c.Saved()
	if s := c.Set(func(s *settings.Settings) { s.JoinDuplicates = !s.JoinDuplicates }); s.Multiplier != 5*policy.One || before == c.Saved() {
		t.Errorf("after another change in force: %+v", s)
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	if s := read(t, file); s.Listen != settings.Default().Listen || s.Multiplier != 3*policy.One {
		t.Errorf("saved: %+v", s)
	}
	// What the user chooses takes precedence over the command line, even if it is the same number.
	if err := c.SetMultiplier(5 * policy.One); err != nil {
		t.Fatal(err)
	}
	if s := c.Set(func(s *settings.Settings) { s.Listen = "127.0.0.1:10" }); s.Listen != "127.0.0.1:10" {
		t.Errorf("in force: %+v", s)
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	if s := read(t, file); s.Listen != "127.0.0.1:10" || s.Multiplier != 5*policy.One {
		t.Errorf("saved: %+v", s)
	}
}

func TestAnUnreadableFileIsNotChanged(t *testing.T) {
	const text = `{"multiplier": 3,}`
	c, file := newChoices(t, text, settings.Run{})
	var syntax *settings.SyntaxError
	if err := c.Load(); !errors.As(err, &syntax) || syntax.File != file || c.Fault() != syntax || c.InForce().Multiplier != policy.One {
		t.Fatalf("Load returned %v, Fault %v, InForce %+v", err, c.Fault(), c.InForce())
	}
	if err := c.Update(func(*settings.Settings) { t.Error("Update called its function though the file is damaged") }); !errors.As(err, &syntax) {
		t.Errorf("Update returned %v", err)
	}
	if err := c.Save(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != text {
		t.Errorf("ReadFile returned %q, %v", b, err)
	}
	if err := os.WriteFile(file, []byte(`{"multiplier": 300}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var wrong *settings.Error
	if err := c.LoadAgain(); !errors.As(err, &wrong) || c.Fault() == nil {
		t.Errorf("with a wrong value LoadAgain returned %v, Fault %v", err, c.Fault())
	}
	if err := os.WriteFile(file, []byte(`{"multiplier": 3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.LoadAgain(); err != nil || c.Fault() != nil || c.InForce().Multiplier != 3*policy.One {
		t.Errorf("after the correction LoadAgain returned %v, Fault %v, InForce %+v", err, c.Fault(), c.InForce())
	}
}

func TestStartingOverSetsTheFileAside(t *testing.T) {
	c, file := newChoices(t, "{", settings.Run{})
	if err := c.Load(); err == nil {
		t.Fatal("Load accepted a damaged file")
	}
	aside, err := c.StartOver()
	if err != nil || c.Fault() != nil {
		t.Fatalf("StartOver returned %v, Fault %v", err, c.Fault())
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	if s := read(t, file); s.Multiplier != policy.One {
		t.Errorf("read returned %+v", s)
	}
	if b, err := os.ReadFile(filepath.Join(filepath.Dir(file), aside)); err != nil || string(b) != "{" {
		t.Errorf("the file set aside, %q, is %q, %v", aside, b, err)
	}
}

func TestTryChangesNothing(t *testing.T) {
	c, _ := newChoices(t, "", settings.Run{Listen: "127.0.0.1:9"})
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	saved := c.Saved()
	old, next, err := c.Try(func(s *settings.Settings) { s.Multiplier = 7 * policy.One })
	if err != nil || old.Multiplier == next.Multiplier || next.Listen != "127.0.0.1:9" || c.Saved() != saved {
		t.Errorf("Try returned %v, %+v, %+v", err, old, next)
	}
	var wrong *settings.Error
	if _, _, err := c.Try(func(s *settings.Settings) { s.Multiplier = 0 }); !errors.As(err, &wrong) {
		t.Errorf("Try returned %v", err)
	}
}
