package settings

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"bittoratio/engine/report/policy"
)

// Parse reads settings.json; missing keys have their defaults. It reads the version first, since a newer version may
// have changed the meaning of any other key. The error is a *[SyntaxError] if the text is not JSON, otherwise an
// *[Error].
func Parse(b []byte) (Settings, error) {
	s := Default()
	if utf16(b) {
		return s, &SyntaxError{Line: 1, Column: 1, Slip: SlipEncoding, Reason: "the text is UTF-16; save it as UTF-8"}
	}
	b = bytes.TrimPrefix(b, bom)
	version := struct {
		Version int `json:"version"`
	}{Version}
	if err := json.Unmarshal(b, &version); err != nil {
		return s, fault(b, err)
	}
	if version.Version > Version {
		return s, &Error{"version", fmt.Sprintf("is %d, written by a newer version of this program, and this one knows %d", version.Version, Version)}
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fault(b, err)
	}
	return s, s.Validate()
}

// Has reports whether the text of settings.json has a key.
func Has(b []byte, key string) bool {
	var keys map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimPrefix(b, bom), &keys) != nil {
		return false
	}
	for k := range keys {
		if strings.EqualFold(k, key) { // as the decoder compares keys
			return true
		}
	}
	return false
}

// fault turns the decoder's error into one for people.
func fault(b []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntaxError(b, syntax)
	}
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) {
		return &Error{"settings.json", "cannot be read: " + err.Error()}
	}
	reason := "is not of the right kind (" + kind.Value + ")"
	if kind.Type == reflect.TypeFor[policy.Factor]() {
		reason = "is not a number from 1 to 100 with at most three decimals"
	}
	if kind.Type == reflect.TypeFor[policy.Ratio]() {
		reason = "is not a number from 0.1 to 1000 with at most three decimals, nor 0"
	}
	return &Error{cmp.Or(kind.Field, "settings.json"), reason}
}

// Format returns the file's text: the program's keys in their order, then the unknown keys of the old text.
func Format(s *Settings, old []byte) ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if b, err = keepUnknown(b, bytes.TrimPrefix(old, bom), "swarm", "window"); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// keepUnknown adds to a JSON object the keys of its older text that it lacks, and does the same for the objects named
// in inside. Keys of the program that are left out when empty do not come back.
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
	ours := append(slices.Collect(maps.Keys(now)), "tracker_multipliers", "torrent_multipliers", "tracker_ceilings", "tracker_stop_ratios", "tracker_alone_guard", "allow_networks", "gateway_names", "torrent_folders", "open_hosts")
	var unknown []string
	for key := range before {
		// A key that differs only in case also counts as the program's own, as for the decoder: after the program's
		// key, it would take precedence the next time.
		if !slices.ContainsFunc(ours, func(o string) bool { return strings.EqualFold(o, key) }) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	b = slices.Clip(bytes.TrimSuffix(b, []byte("}"))) // the caller still needs the bytes that follow
	for _, key := range unknown {
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		b = append(append(append(append(b, ','), name...), ':'), before[key]...)
	}
	return append(b, '}'), nil
}
