package change

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/qbittorrent"
	"bittoratio/engine/clients/remote"
)

// ErrOtherVersion means that a client's settings have another form than those of its version, or of their backup,
// because the client was updated in between.
var ErrOtherVersion = errors.New("another version of the client stored this setting in another way")

// NotTakenError means that a client did not accept all settings. Those that it accepted stay in force.
type NotTakenError struct{ Settings []string }

// Error implements error.
func (e *NotTakenError) Error() string {
	return "the client has not taken " + strings.Join(e.Settings, ", ")
}

// byRemote plans a change of the preferences of a running client. The change first backs up the settings file, and the
// preferences beside it, so that it can be undone while the client runs and when it is closed. A change that was first
// made in the file is undone there. If nothing answers, because the client has ended or its web page is at another
// address, the file is changed, once the client is closed.
func byRemote(ctx context.Context, on file.System, w Wanted) (*Plan, error) {
	if len(w.Way.File) == 0 {
		return nil, ErrByHand
	}
	wanted, names := preferences(w.Way.Edit)
	if w.Back {
		was, err := formerly(w.Way.File[0])
		if errors.Is(err, file.ErrNoBackup) {
			return byFile(find.ByFile, on, w)
		}
		if err != nil {
			return nil, err
		}
		wanted, names = was, slices.Sorted(maps.Keys(was))
	}
	c, err := qbittorrent.New(w.Access)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	now, err := c.Preferences(ctx, names)
	var no *remote.Error
	if errors.As(err, &no) && no.Kind == remote.NotHere && ctx.Err() == nil {
		return byFile(find.ByFile, on, w)
	}
	if err != nil {
		return nil, err
	}
	p := &Plan{Means: find.ByRemote, Where: w.Access.Address, Undo: w.Back}
	values := map[string]json.RawMessage{}
	for _, n := range names {
		before, had := now[n]
		if !had {
			continue // a version without that setting
		}
		after, err := inItsForm(w.Way.Edit, n, wanted[n], before)
		if err != nil {
			return nil, err
		}
		if equal(before, after) {
			continue
		}
		values[n] = after
		p.Changes = append(p.Changes, file.Change{Setting: n, Before: string(before), After: string(after), Had: true, Has: true})
	}
	word := func(v json.RawMessage) string { return strings.Trim(string(v), `"`) }
	if !w.Back && (!backed(w.Way) || file.OtherHost(word(now["proxy_ip"]), word(wanted["proxy_ip"]))) { // otherwise it is this program, at another port
		p.Replaced = otherProxy(now, values)
	}
	p.apply = func(ctx context.Context) error { return change(ctx, w, now, values, p.Replaced != "") }
	return p, nil
}

// preferences returns what an edit sets by the client's remote access, and the names in order.
func preferences(e clients.Edit) (wanted map[string]json.RawMessage, names []string) {
	wanted = map[string]json.RawMessage{}
	for _, s := range e.Set {
		if s.Pref != "" {
			wanted[s.Pref] = json.RawMessage(s.JSON)
			names = append(names, s.Pref)
		}
	}
	return wanted, names
}

// inItsForm returns a preference in the form of the running client: a number, or the word for it.
func inItsForm(e clients.Edit, name string, wanted, now json.RawMessage) (json.RawMessage, error) {
	var s clients.Setting
	if i := slices.IndexFunc(e.Set, func(s clients.Setting) bool { return s.Pref == name }); i >= 0 {
		s = e.Set[i]
	}
	value, ok := s.Like(string(wanted), string(now))
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrOtherVersion, name)
	}
	return json.RawMessage(value), nil
}

// otherProxy returns the address of the proxy that would be replaced, or "" if there is none.
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

// change sends the client its preferences, checks that it accepted them, and makes it announce at once. seen is what
// the user was shown. renew is true if another proxy is replaced: then the settings are backed up again, so that the
// undo brings that proxy back.
func change(ctx context.Context, w Wanted, seen, values map[string]json.RawMessage, renew bool) error {
	c, err := qbittorrent.New(w.Access)
	if err != nil {
		return err
	}
	defer c.Close()
	names := slices.Sorted(maps.Keys(seen))
	now, err := c.Preferences(ctx, names)
	if err != nil {
		return err
	}
	if !maps.EqualFunc(now, seen, equal) {
		return file.ErrChanged
	}
	if !w.Back {
		if err := keep(w.Way.File[0], w.Way.Edit, now, renew); err != nil {
			return err
		}
	}
	if len(values) > 0 {
		if err := c.SetPreferences(ctx, values); err != nil {
			return err
		}
		if now, err = c.Preferences(ctx, names); err != nil {
			return err
		}
	}
	var left []string
	for _, n := range slices.Sorted(maps.Keys(values)) {
		if !equal(now[n], values[n]) {
			left = append(left, n)
		}
	}
	switch {
	case len(left) > 0:
		return &NotTakenError{left}
	case w.Back:
		return w.Way.File[0].Forget()
	}
	_ = c.Reannounce(ctx) // a version that cannot do this announces at its next interval
	return nil
}

// equal reports whether two JSON values are the same, in whatever notation.
func equal(a, b json.RawMessage) bool {
	read := func(text json.RawMessage) (value any, err error) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		err = d.Decode(&value)
		return value, err
	}
	v, err := read(a)
	w, err2 := read(b)
	return err == nil && err2 == nil && reflect.DeepEqual(v, w)
}

// keep backs up the settings. An earlier backup stays as it is, unless renew is true.
func keep(f file.File, e clients.Edit, now map[string]json.RawMessage, renew bool) error {
	plan, err := file.PointRunning(f, e)
	if err != nil {
		return err
	}
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return plan.KeepAside(append(text, '\n'), renew)
}

// formerly returns the preferences from before the change.
func formerly(f file.File) (was map[string]json.RawMessage, err error) {
	text, err := f.Preferences()
	if err == nil {
		err = json.Unmarshal(text, &was)
	}
	return was, err
}

// Access returns the access to a client, from what was found about its remote interface, and the user name and password
// that the user typed.
func Access(r find.Remote, user, password string) remote.Access {
	return remote.Access{Address: r.Address, User: user, Password: password}
}
