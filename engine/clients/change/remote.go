package change

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/qbittorrent"
	"bittoratio/engine/clients/remote"
)

// wasSuffix ends the name of the file, beside the client's settings file, with its preferences as they were.
const wasSuffix = ".before-bittoratio.json"

// byRemote changes the preferences of a client that runs. Its settings file is kept aside first, and beside it the
// preferences as they were: so what was changed can be taken back while the client runs, and when it is closed too.
func byRemote(ctx context.Context, w Wanted) (*Plan, error) {
	if len(w.Way.File) == 0 {
		return nil, ErrByHand
	}
	c, err := qbittorrent.New(w.Access)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	wanted, names := map[string]json.RawMessage{}, []string{}
	for _, s := range w.Way.Edit.Set {
		if s.Pref != "" {
			wanted[s.Pref] = json.RawMessage(s.JSON)
			names = append(names, s.Pref)
		}
	}
	f := w.Way.File[0]
	if w.Back {
		if wanted, err = formerly(f); err != nil {
			return nil, err
		}
	}
	now, err := c.Preferences(ctx, names)
	if err != nil {
		return nil, err
	}
	p := &Plan{Means: find.ByRemote, Where: w.Access.Address, Undo: w.Back}
	values := map[string]json.RawMessage{}
	for _, n := range names {
		before, had := now[n]
		after, has := wanted[n]
		if !had || !has || bytes.Equal(before, after) {
			continue // a version without that setting does without it
		}
		values[n] = after
		p.Changes = append(p.Changes, file.Change{Setting: n, Before: string(before), After: string(after), Had: true, Has: true})
	}
	if !w.Back {
		p.Replaced = otherProxy(now, values)
	}
	p.apply = func(ctx context.Context) error { return change(ctx, w, f, now, values) }
	return p, nil
}

// otherProxy returns the address of the proxy that would be replaced; empty where there is none.
func otherProxy(now, values map[string]json.RawMessage) string {
	kind := strings.Trim(string(now["proxy_type"]), `"`)
	if len(values) == 0 || slices.Contains([]string{"", "0", "-1", "None"}, kind) {
		return ""
	}
	if _, ip := values["proxy_ip"]; !ip {
		if _, port := values["proxy_port"]; !port {
			return "" // it is this program's
		}
	}
	return strings.Trim(string(now["proxy_ip"]), `"`) + ":" + string(now["proxy_port"])
}

// change gives the client its preferences and has it announce at once.
func change(ctx context.Context, w Wanted, f file.File, now, values map[string]json.RawMessage) error {
	c, err := qbittorrent.New(w.Access)
	if err != nil {
		return err
	}
	defer c.Close()
	if !w.Back {
		if err := keep(f, w.Way.Edit, now); err != nil {
			return err
		}
	}
	if len(values) > 0 {
		if err := c.SetPreferences(ctx, values); err != nil {
			return err
		}
	}
	if w.Back {
		backup, _ := f.Backup()
		return errors.Join(remove(real(f)+wasSuffix), remove(backup))
	}
	return c.Reannounce(ctx)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) && path != "" {
		return err
	}
	return nil
}

// real returns the file behind symbolic links, beside which its backup lies.
func real(f file.File) string {
	if path, err := filepath.EvalSymlinks(f.Path); err == nil {
		return path
	}
	return f.Path
}

// keep writes down what the settings are, once.
func keep(f file.File, e clients.Edit, now map[string]json.RawMessage) error {
	path := real(f) + wasSuffix
	if _, err := os.Stat(path); err == nil {
		return nil // it was changed here before, and what it was before that counts
	}
	plan, err := file.Point(f, e)
	if err != nil {
		return err
	}
	if err := plan.KeepAside(); err != nil {
		return err
	}
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

// formerly returns the preferences as they were before they were changed here.
func formerly(f file.File) (was map[string]json.RawMessage, err error) {
	text, err := os.ReadFile(real(f) + wasSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, file.ErrNoBackup
	}
	if err == nil {
		err = json.Unmarshal(text, &was)
	}
	return was, err
}

// Access returns how a client is reached by what was found of it, with what the user typed.
func Access(r find.Remote, user, password string) remote.Access {
	return remote.Access{Address: r.Address, User: user, Password: password}
}
