package file

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bittoratio/engine/clients"
)

// Named is which settings the options and variables of a process name. The zero value is: none.
type Named struct {
	Folder  string // the settings folder; empty for the usual one
	File    string // the whole path of the settings file; empty if only a folder is named, or nothing
	Suffix  string // of the folder's name
	Nothing bool   // no settings file is read
	Also    string // a file of settings that is read besides

	Proxies []string // those that count more than that in the settings file

	Guess   bool // Folder and File are only right if the settings file exists there
	Unclear bool // an option is given in a way that this package cannot read
}

// plainSuffix matches the suffixes that are used as they are, whatever the client does to other characters.
var plainSuffix = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// Named reads the options of a process, and its variables. variable may be nil if these are unknown. The last value of an
// option counts. Of several options of one kind the last of the list counts, and of several variables the first; of
// proxies all options.
func (p Process) Named(options []clients.FolderOption, variable func(name string) string) (n Named) {
	given := map[clients.Named]bool{}
	imports := 0 // the options that name such a file
	for _, o := range options {
		value, has, unclear := p.value(o)
		n.Unclear = n.Unclear || unclear
		switch {
		case !has:
		case o.Names == clients.NamedFile && len(o.Commands) > 0:
			imports++
			n.Also = p.whole(value, &n)
		default:
			n.take(p, o, value, given[o.Names])
			given[o.Names] = true
		}
	}
	for _, o := range options {
		if o.Variable == "" || variable == nil || given[o.Names] {
			continue
		}
		if value := variable(o.Variable); value != "" {
			n.take(p, o, value, false)
			given[o.Names] = true
		}
	}
	if n.Nothing && n.Also != "" {
		n.File, n.Also, n.Nothing = n.Also, "", false
		n.Unclear = n.Unclear || imports > 1 // which one comes last is not known
	}
	if n.File != "" {
		n.Folder = filepath.Dir(n.File)
	}
	return n
}

// take takes the value of an option or variable; again is true if another option of the same kind was given.
func (n *Named) take(p Process, o clients.FolderOption, value string, again bool) {
	switch before := *n; o.Names {
	case clients.NamedFolder:
		n.Folder = filepath.Join(p.whole(value, n), filepath.FromSlash(o.Below))
		n.Unclear = n.Unclear || again && n.Folder != before.Folder
	case clients.NamedFile:
		n.File = p.whole(value, n)
	case clients.NamedSuffix:
		n.Suffix = value
		n.Unclear = n.Unclear || !plainSuffix.MatchString(value)
	case clients.NamedNothing:
		n.Nothing = value != "false"
	case clients.NamedProxy:
		n.Proxies = append(n.Proxies, value)
	}
}

// whole returns the whole path of a value. Without the process's own folder a relative one is not known.
func (p Process) whole(value string, n *Named) string {
	n.Guess = n.Guess || p.Joined
	if isWhole(value) {
		return filepath.Clean(value)
	}
	n.Guess = true
	if p.Dir == "" || value == "" {
		n.Unclear = true
		return value
	}
	return filepath.Join(p.Dir, value)
}

// isWhole reports whether a path is absolute, on whichever system.
func isWhole(path string) bool {
	drive := len(path) > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
	return strings.HasPrefix(path, "/") || strings.HasPrefix(path, `\\`) || drive
}

// value returns the value of an option in the arguments. unclear is true if an argument may be the option in a form
// that depends on the program: abbreviated, or together with other letters.
func (p Process) value(o clients.FolderOption) (value string, has, unclear bool) {
	if o.Option == "" {
		return "", false, false
	}
	flag := o.Names == clients.NamedNothing
	for i := 1; i < len(p.Args); i++ {
		arg := p.Args[i]
		if arg == "--" {
			break
		}
		name, rest, joined := strings.Cut(arg, "=")
		switch {
		case arg == o.Option && flag:
			value, has = "", true
		case arg == o.Option:
			if i+1 == len(p.Args) {
				return value, has, true
			}
			rest = p.Args[i+1]
			fallthrough
		case joined && name == o.Option && strings.HasPrefix(name, "--"):
			if v, ok := among(o, rest); ok {
				value, has = v, true
			}
		case strings.HasPrefix(arg, "--"):
			unclear = unclear || len(name) > len("--x") && strings.HasPrefix(o.Option, name)
		case flag || strings.HasPrefix(o.Option, "--") || slices.ContainsFunc(o.Except, func(e string) bool { return strings.HasPrefix(arg, e) }):
		case strings.HasPrefix(arg, o.Option):
			v, ok := among(o, strings.TrimPrefix(arg, o.Option))
			switch {
			case ok && (len(o.Commands) > 0 || isWhole(v)):
				value, has = v, true
			case len(o.Commands) == 0:
				unclear = true
			}
		case len(o.Commands) == 0 && together(arg, o.Option):
			unclear = true
		}
	}
	return value, has, unclear
}

// together reports whether an argument may be several letters, with that of the option among them: "-dc".
func together(arg, option string) bool {
	letters, ok := strings.CutPrefix(arg, "-")
	before, _, has := strings.Cut(letters, option[1:])
	return ok && has && !strings.ContainsFunc(before, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
}

// among returns the value of an option. If the option takes a list of commands, it returns the value of the last command
// that counts; has is false if none does.
func among(o clients.FolderOption, value string) (found string, has bool) {
	if len(o.Commands) == 0 {
		return value, true
	}
	for command := range strings.SplitSeq(value, ",") {
		key, v, _ := strings.Cut(command, "=")
		if slices.Contains(o.Commands, strings.TrimSpace(key)) {
			found, has = strings.TrimSpace(v), true
		}
	}
	return found, has
}
