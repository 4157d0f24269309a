package listen

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portOwner returns the name of the program that listens on a port; empty if this user may not see it.
func portOwner(port string) string {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return ""
	}
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if text, err := os.ReadFile(table); err == nil {
			addListening(sockets, string(text), uint16(n))
		}
	}
	if len(sockets) == 0 {
		return ""
	}
	files, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && sockets[to] {
			name, _ := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(f)), "comm")) // empty if it has ended
			return strings.TrimSpace(string(name))
		}
	}
	return ""
}

// addListening adds the sockets in a table of the kernel that listen on a port, in the form of links to them:
// "socket:[123]".
func addListening(sockets map[string]bool, table string, port uint16) {
	const listening = "0A"
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != listening {
			continue
		}
		_, hex, _ := strings.Cut(f[1], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && uint16(n) == port {
			sockets["socket:["+f[9]+"]"] = true
		}
	}
}
