package file

import (
	"fmt"

	"bittoratio/engine/clients"
)

// editor reads and changes the settings of a file as text. A value is as in the file; has is false if the setting is
// missing.
type editor interface {
	get(s clients.Setting) (value string, has bool)
	put(s clients.Setting)
	remove(s clients.Setting)
	bytes() []byte
}

// blank returns an empty settings file in the given format.
func blank(format string) []byte {
	switch format {
	case "json":
		return []byte("{}\n")
	case "deluge":
		return []byte(`{"file": 1, "format": 1}{}`)
	}
	return nil
}

// edit reads a file's text in its format.
func edit(format string, text []byte) (editor, error) {
	switch format {
	case "json":
		return readObject(text)
	case "ini":
		return readSections(text)
	case "deluge":
		return readNested(text)
	case "rtorrent":
		return readLines(text, " = ")
	case "conf":
		return readLines(text, "=")
	}
	return nil, fmt.Errorf("no settings file is written in %q", format)
}
