package engine

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bittoratio/engine/report/policy"
)

// TestReloadKeepsTheNetworksOfTheCommandLine: if the file is reloaded because of other changes, clients from these
// networks stay connected.
func TestReloadKeepsTheNetworksOfTheCommandLine(t *testing.T) {
	allowed := []string{"192.168.1.0/24"}
	for text, want := range map[string][]string{
		`{"multiplier": 5}`: allowed,
		`{"multiplier": 5, "allow_networks": ["10.0.0.0/8"]}`: {"10.0.0.0/8"}, // networks in the file take precedence
	} {
		folder := t.TempDir()
		e, err := New(Options{Folder: folder, Listen: "0.0.0.0:0", AllowNetworks: allowed})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close(context.Background()) })
		if err := os.WriteFile(filepath.Join(folder, "settings.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := e.Reload(); err != nil {
			t.Fatal(err)
		}
		if s := e.settings.InForce(); !slices.Equal(s.AllowNetworks, want) || s.Listen != "0.0.0.0:0" || s.Multiplier != 5*policy.One {
			t.Errorf("%s: networks %v, want %v; listen %s, multiplier %v", text, s.AllowNetworks, want, s.Listen, s.Multiplier)
		}
	}
}
