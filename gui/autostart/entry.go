// Package autostart makes the system start the program when its user logs in: by a desktop entry, by Windows' Run key,
// or by a launch agent of macOS. The system's entry is the only record of the user's choice; settings.json does not
// have it.
package autostart

import (
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// id names the entry; it is also the program's ID on the desktop.
const id = "org.bittoratio.BittOratio"

// Entry is a command that the system starts. Its methods read and write only the user's own entries, not those of all
// users.
type Entry struct {
	Program string   // an absolute path
	Args    []string // the arguments
}

func (e Entry) command() []string { return append([]string{e.Program}, e.Args...) }

// desktopEntry returns the entry in the form of freedesktop.org's Desktop Entry Specification.
func desktopEntry(command []string) string {
	var exec []string
	for _, a := range command {
		exec = append(exec, quoteExec(a))
	}
	return "[Desktop Entry]\nType=Application\nName=BittOratio\nIcon=" + id + "\nTerminal=false\nX-GNOME-Autostart-enabled=true\n" +
		"Exec=" + strings.Join(exec, " ") + "\nTryExec=" + escapeValue(command[0]) + "\n"
}

// quoteExec returns an argument as Exec needs it: in double quotes, with a backslash before four characters and with
// percent signs doubled. The result is then a value of the entry, so its backslashes are doubled again.
func quoteExec(arg string) string {
	q := strings.NewReplacer(`"`, `\"`, "`", "\\`", `$`, `\$`, `\`, `\\`, `%`, `%%`).Replace(arg)
	return escapeValue(`"` + q + `"`)
}

func escapeValue(v string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(v)
}

// desktopStarts reports whether a desktop entry starts a command. A desktop switches an entry off by adding a line, and
// leaves the other lines as they are.
func desktopStarts(entry string, command []string) bool {
	want := desktopEntry(command)
	var exec string
	for line := range strings.Lines(entry) {
		line = strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, "=")
		switch key, value = strings.TrimSpace(key), strings.ToLower(strings.TrimSpace(value)); {
		case key == "Exec":
			exec = line
		case key == "Hidden" && value == "true", key == "X-GNOME-Autostart-enabled" && value == "false":
			return false
		}
	}
	return exec != "" && slices.Contains(strings.Split(want, "\n"), exec)
}

// launchAgent returns the entry in the form of macOS (launchd.plist(5)).
func launchAgent(command []string) string {
	var list strings.Builder
	for _, a := range command {
		list.WriteString("\t\t<string>")
		_ = xml.EscapeText(&list, []byte(a)) // a Builder never fails
		list.WriteString("</string>\n")
	}
	return xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>` + id + `</string>
	<key>ProgramArguments</key>
	<array>
` + list.String() + `	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>ProcessType</key>
	<string>Interactive</string>
</dict>
</plist>
`
}

// write replaces a file in one step.
func write(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// remove deletes a file. A missing file is no error.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
