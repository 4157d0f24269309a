package file

import (
	"path/filepath"
	"regexp"
	"strings"

	"bittoratio/engine/clients"
)

// ours is what an earlier change put before the program of an entry.
var ours = regexp.MustCompile(`^env(?: (?:http_proxy|https_proxy|no_proxy|CURL_CA_BUNDLE)=\S*)+ `)

// Entry returns the change of a program's menu entry (a .desktop file) that starts the program with variables. The file
// is the user's own, or will be a copy of the system's.
func Entry(f File, variables []string) (clients.Edit, error) {
	e := clients.Edit{Format: "ini"}
	_, text, err := current(f, e)
	if err == nil && text == nil {
		text, err = read(f.From)
	}
	if err != nil {
		return e, err
	}
	s, err := readSections(text)
	if err != nil {
		return e, &FormatError{err}
	}
	for _, line := range s.lines {
		section, ok := heading(line)
		if !ok || !strings.HasPrefix(section, "Desktop ") {
			continue
		}
		if started, has := s.get(clients.Setting{Section: section, Key: "Exec"}); has {
			plain := ours.ReplaceAllString(strings.TrimSpace(started), "")
			e.Set = append(e.Set, clients.Setting{Section: section, Key: "Exec", Value: "env " + strings.Join(variables, " ") + " " + plain})
		}
		// Otherwise the desktop would start the program by D-Bus, and ignore this line.
		if _, has := s.get(clients.Setting{Section: section, Key: "DBusActivatable"}); has {
			e.Set = append(e.Set, clients.Setting{Section: section, Key: "DBusActivatable", Value: "false"})
		}
	}
	return e, nil
}

// isEntry reports whether a file is a program's entry in the menus.
func isEntry(f File) bool { return filepath.Ext(f.Path) == ".desktop" }

// entryBefore returns the present entry without the changes of [Entry]. Lines come from its backup; a line that the
// user has changed since then, or an action that the user has added, stays and only loses the variables.
func entryBefore(now, backup []byte) ([]byte, error) {
	s, err := readSections(now)
	if err != nil {
		return nil, err
	}
	was, err := readSections(backup)
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(string(now), "\n") {
		section, ok := heading(line)
		if !ok || !strings.HasPrefix(section, "Desktop ") {
			continue
		}
		exec, activated := clients.Setting{Section: section, Key: "Exec"}, clients.Setting{Section: section, Key: "DBusActivatable"}
		started, _ := s.get(exec)
		if plain := ours.ReplaceAllString(strings.TrimSpace(started), ""); plain != strings.TrimSpace(started) {
			before, had := was.get(exec)
			if exec.Value = plain; had && ours.ReplaceAllString(strings.TrimSpace(before), "") == plain {
				exec.Value = before // with variables of the user's own
			}
			s.put(exec)
		}
		if before, had := was.get(activated); had {
			if _, has := s.get(activated); has {
				activated.Value = before
				s.put(activated)
			}
		}
	}
	return s.bytes(), nil
}

// DropIn returns the change that gives variables to a systemd unit of the user: a drop-in file beside the unit.
func DropIn(variables []string) clients.Edit {
	quoted := make([]string, len(variables))
	for i, v := range variables {
		quoted[i] = `"` + v + `"`
	}
	return clients.Edit{Format: "ini", Set: []clients.Setting{{Section: "Service", Key: "Environment", Value: strings.Join(quoted, " ")}}}
}
