package file

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"bittoratio/engine/clients"
)

// Version returns the version of the client that wrote the file; empty if the file does not show it.
func Version(f File, e clients.Edit) string {
	text, err := os.ReadFile(f.Path)
	if err != nil || len(text) > maxFile {
		return ""
	}
	now, err := edit(e.Format, text)
	if err != nil {
		return ""
	}
	return version(now, e.Marks)
}

func version(now editor, marks []clients.Mark) string {
	for _, m := range marks {
		value := func(key string) (string, bool) { return now.get(clients.Setting{Section: m.Section, Key: key}) }
		has := func(key string) bool { _, ok := value(key); return ok }
		if len(m.Has) == 0 || slices.ContainsFunc(m.Has, func(k string) bool { return !has(k) }) || slices.ContainsFunc(m.Lacks, has) {
			continue
		}
		first, _ := value(m.Has[0])
		if n, err := strconv.Atoi(strings.TrimSpace(first)); m.AtLeast > 0 && (err != nil || n < m.AtLeast) {
			continue
		}
		return m.Version
	}
	return ""
}
