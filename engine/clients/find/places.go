package find

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

func procFile(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

var version = regexp.MustCompile(`(?:^|[^\w.])v?(\d+\.\d+(?:\.\d+)*)`)

// plainVersion returns the numbers of the first version in a text: "4.1.0" of "1:4.1.0~beta.2+dfsg-1", "4.5.2" of
// "qBittorrent v4.5.2".
func plainVersion(text string) string {
	m := version.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

// listPackages reads the lists of installed packages of Debian, Arch and Alpine. RPM's list is a database: there the
// programs are run instead.
func (c Computer) listPackages() map[string]string {
	all := map[string]string{}
	if c.OS != "linux" {
		return all
	}
	if text, err := fs.ReadFile(c.Disk, "/var/lib/dpkg/status"); err == nil {
		readFields(all, string(text), "Package: ", "Version: ", "Status: ", "install ok installed")
	}
	if text, err := fs.ReadFile(c.Disk, "/lib/apk/db/installed"); err == nil {
		readFields(all, string(text), "P:", "V:", "", "")
	}
	if entries, err := fs.ReadDir(c.Disk, "/var/lib/pacman/local"); err == nil {
		for _, e := range entries { // "transmission-gtk-4.0.6-3"
			parts := strings.Split(e.Name(), "-")
			if n := len(parts); n > 2 {
				all[strings.Join(parts[:n-2], "-")] = plainVersion(parts[n-2])
			}
		}
	}
	return all
}

// readFields reads a list of packages, in paragraphs of fields. If status is given, only those with the value installed
// count.
func readFields(all map[string]string, text, name, version, status, installed string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		who, what, there := "", "", status == ""
		for line := range strings.Lines(paragraph) {
			line = strings.TrimSpace(line)
			if v, ok := strings.CutPrefix(line, name); ok {
				who = v
			} else if v, ok := strings.CutPrefix(line, version); ok {
				what = v
			} else if v, ok := strings.CutPrefix(line, status); ok && status != "" {
				there = v == installed
			}
		}
		if there && who != "" {
			all[who] = plainVersion(what)
		}
	}
}

var release = regexp.MustCompile(`<release\b[^>]*\bversion="([^"]*)"`)

// flatpak returns an application's version and folder; at is "" if it is not installed.
func (l *look) flatpak(id string) (version, at string) {
	for _, base := range []string{path.Join(l.Home, ".local/share/flatpak/app"), "/var/lib/flatpak/app"} {
		folder := path.Join(base, id, "current/active")
		if st, err := l.Disk.Stat(folder); err != nil || !st.IsDir() {
			continue
		}
		for _, name := range []string{"files/share/metainfo/" + id + ".metainfo.xml", "files/share/metainfo/" + id + ".appdata.xml", "files/share/appdata/" + id + ".appdata.xml"} {
			if text, err := fs.ReadFile(l.Disk, path.Join(folder, name)); err == nil {
				if m := release.FindSubmatch(text); m != nil { // the newest is first
					return plainVersion(string(m[1])), folder
				}
			}
		}
		return "", folder
	}
	return "", ""
}

var snapVersion = regexp.MustCompile(`(?m)^version:\s*['"]?([^'"\s]+)`)

// snap returns a snap's version and folder.
func (l *look) snap(name string) (version, at string) {
	folder := "/snap/" + name + "/current"
	text, err := fs.ReadFile(l.Disk, folder+"/meta/snap.yaml")
	if err != nil {
		return "", ""
	}
	if m := snapVersion.FindSubmatch(text); m != nil {
		version = plainVersion(string(m[1]))
	}
	return version, folder
}

var bundleVersion = regexp.MustCompile(`<key>CFBundleShortVersionString</key>\s*<string>([^<]*)</string>`)

// bundle returns the version and folder of a program of macOS.
func (l *look) bundle(name string) (version, at string) {
	if l.OS != "darwin" {
		return "", ""
	}
	for _, folder := range []string{"/Applications", path.Join(l.Home, "Applications")} {
		at := path.Join(folder, name)
		text, err := fs.ReadFile(l.Disk, at+"/Contents/Info.plist")
		if err != nil {
			continue
		}
		if m := bundleVersion.FindSubmatch(text); m != nil { // a binary list is not read
			version = plainVersion(string(m[1]))
		}
		return version, at
	}
	return "", ""
}

// entry returns the entry of Windows' list of programs whose name begins with one of names.
func (l *look) entry(names []string) (Entry, bool) {
	if len(names) == 0 {
		return Entry{}, false
	}
	for _, e := range l.Installed() {
		for _, name := range names {
			if e.Name == name || strings.HasPrefix(e.Name, name+" ") {
				return e, true
			}
		}
	}
	return Entry{}, false
}

// service returns the first of some units that starts with this computer or this user; the user's own come before the
// system's.
func (l *look) service(units []string) (unit string, user bool) {
	if l.OS != "linux" {
		return "", false
	}
	for _, u := range units {
		if _, err := l.Disk.Stat(path.Join(l.Home, ".config/systemd/user/default.target.wants", u)); err == nil {
			return u, true
		}
		if _, err := l.Disk.Stat(path.Join("/etc/systemd/system/multi-user.target.wants", u)); err == nil {
			return u, false
		}
	}
	return "", false
}

// containers matches the control group of a process in a container.
var containers = regexp.MustCompile(`docker|libpod|containerd|kubepods|/lxc|machine\.slice`)

// inContainer reports whether a process runs in a container: such processes are visible here too.
func (l *look) inContainer(pid int) bool {
	if l.OS != "linux" {
		return false
	}
	if own, err := fs.ReadFile(l.Disk, "/proc/self/cgroup"); err == nil && containers.Match(own) {
		return false // this program lives in the same container
	}
	text, err := fs.ReadFile(l.Disk, procFile(pid, "cgroup"))
	return err == nil && containers.Match(text)
}

// menuEntry returns the file with which the desktop's menus start a program: the user's own, or the one that would be
// copied from the system's.
func (l *look) menuEntry(names []string) file.File {
	own, ok := l.Expand("~/.local/share/applications")
	if l.OS != "linux" || !ok {
		return file.File{}
	}
	shared := strings.Split(l.Getenv("XDG_DATA_DIRS"), ":")
	if l.Getenv("XDG_DATA_DIRS") == "" {
		shared = []string{"/usr/local/share", "/usr/share"}
	}
	for _, name := range names {
		f := file.File{System: name, Path: path.Join(own, name), New: true}
		if _, err := l.Disk.Stat(f.Path); err == nil {
			return f
		}
		for _, folder := range shared {
			f.From = path.Join(folder, "applications", name)
			if st, err := l.Disk.Stat(f.From); err == nil && path.IsAbs(folder) && st.Mode().IsRegular() {
				return f
			}
		}
	}
	return file.File{}
}

// dropIn returns the drop-in file that gives variables to a unit of the user.
func (l *look) dropIn(unit string) file.File {
	folder, ok := l.Expand("~/.config/systemd/user")
	if !ok {
		return file.File{}
	}
	return file.File{System: unit, Path: path.Join(folder, unit+".d", "bittoratio.conf"), New: true}
}

// serviceOf returns the service that a process belongs to, from its control group:
// "/user.slice/user-1000.slice/user@1000.service/app.slice/transmission-daemon.service". The service is a known one of
// the program, or one whose unit starts the program's file, so it is not that of a terminal. Services of another user's
// systemd are left out, because this user cannot change them.
func (l *look) serviceOf(pid int, p clients.Program) (unit string, user bool) {
	if l.OS != "linux" {
		return "", false
	}
	text, err := fs.ReadFile(l.Disk, procFile(pid, "cgroup"))
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		group := strings.TrimSpace(line[strings.LastIndexByte(line, ':')+1:])
		last := path.Base(group)
		template := last
		if name, _, ok := strings.Cut(last, "@"); ok {
			template = name + "@.service"
		}
		user = strings.Contains(group, "/user@")
		if user && !strings.Contains(group, "/user@"+strconv.Itoa(l.User)+".service/") {
			continue
		}
		if slices.Contains(p.Units, last) || slices.Contains(p.Units, template) || l.unitStarts(last, template, user, p.Name) {
			return last, user
		}
	}
	return "", false
}

// unitStarts reports whether a unit's file, in the folders for units of the user or the system, starts a program.
func (l *look) unitStarts(unit, template string, user bool, program string) bool {
	if !strings.HasSuffix(unit, ".service") {
		return false
	}
	folders := []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}
	if user {
		folders = []string{"/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"}
		for _, own := range []string{"~/.config/systemd/user", "~/.local/share/systemd/user"} {
			if at, ok := l.Expand(own); ok {
				folders = append(folders, at)
			}
		}
	}
	for _, folder := range folders {
		for _, name := range []string{unit, template} {
			text, err := fs.ReadFile(l.Disk, path.Join(folder, name))
			if err != nil {
				continue
			}
			whole := strings.ReplaceAll(string(text), "\\\n", " ")
			for line := range strings.Lines(whole) {
				command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=")
				named := func(w string) bool { return path.Base(strings.Trim(w, `-@:+!|"';`)) == program }
				if ok && slices.ContainsFunc(strings.Fields(command), named) {
					return true
				}
			}
		}
	}
	return false
}
