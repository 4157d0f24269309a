package find

import (
	"path"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/launch"
)

// Means is how a client is brought here.
type Means uint8

// The means, the surest first.
const (
	ByFile    Means = iota + 1 // its settings file is changed
	ByStart                    // it is started from here, with variables
	ByCommand                  // a command is shown: it changes a service or a sandbox, or needs another user
	ByHand                     // the steps of the guide
)

// Way is what brings a client here: what its version reads, and nothing else.
type Way struct {
	Means      Means
	Generation clients.Generation
	Known      bool        // the version is known; else Generation is a guess, and nothing is changed by it
	File       []file.File // for [ByFile]
	Launch     string      // for [ByStart]: the key of the launch
	Do, Undo   string      // for [ByCommand]: the commands
}

// Way returns the way that fits the client's version. files are those of its settings that are on this computer, with
// the version that each tells of; addr is where the engine is reached.
func (f *Client) Way(addr string, files func(clients.Guide) []file.File) Way {
	c, ok := named(f.Key)
	if !ok {
		return Way{Means: ByHand}
	}
	w := Way{Means: ByHand, Known: f.Version != "", Generation: c.Of(c.Name + " " + f.Version)}
	g, err := w.Generation.Render(clients.Values{Addr: addr})
	if err != nil {
		return w
	}
	if g.Apply != nil {
		w.File = f.its(files(g))
		if told := toldBy(w.File, *g.Apply); !w.Known && told != "" { // the file knows what the program did not say
			w.Known = true
			if other := c.Of(c.Name + " " + told); other.Key != w.Generation.Key {
				again := *f
				again.Version = told
				return again.Way(addr, files)
			}
		}
	}
	switch variables := f.variables(addr); {
	case g.Apply != nil && (w.Known || g.Apply.From == "") && g.Apply.Reads(f.Version) && len(w.File) > 0:
		w.Means = ByFile
	case len(variables) > 0 && f.Sandbox == Flatpak:
		w.Means, w.Do, w.Undo = ByCommand, flatpakCommand("--env=", variables, f.ID), flatpakCommand("--unset-env=", names(variables), f.ID)
	case len(variables) > 0 && f.Unit != "":
		w.Means = ByCommand
		w.Do, w.Undo = unitCommands(f.Unit, f.UserUnit, variables)
	case len(variables) > 0 && f.Sandbox == Native && (g.Apply == nil || !w.Known):
		w.Means, w.Launch = ByStart, f.Launch
	}
	return w
}

func named(key string) (clients.Client, bool) {
	for _, c := range clients.All() {
		if c.Key == key {
			return c, true
		}
	}
	return clients.Client{}, false
}

// its are those of some files that the program holds; all of them where it is no single program.
func (f *Client) its(files []file.File) (own []file.File) {
	for _, s := range files {
		inSandbox := strings.Contains(s.Path, "/.var/app/")
		if (f.Sandbox == Flatpak) != inSandbox || (f.Sandbox == Snap) != strings.Contains(s.Path, "/snap/") {
			continue
		}
		for _, p := range s.Programs {
			if f.Program == "" || strings.TrimSuffix(p, ".exe") == f.Program {
				own = append(own, s)
				break
			}
		}
	}
	return own
}

// toldBy returns the version that the files tell of; empty where they tell none, or more than one.
func toldBy(files []file.File, e clients.Edit) (version string) {
	for _, f := range files {
		v := file.Version(f, e)
		if v != "" && version != "" && v != version {
			return ""
		}
		if v != "" {
			version = v
		}
	}
	return version
}

// variables are those of its launch that lead it here; none where it takes options, or another setting is needed too.
func (f *Client) variables(addr string) []string {
	key := f.Launch
	if c, ok := named(f.Key); ok && key == "" && len(c.Launches) > 0 {
		key = c.Launches[0].Key
	}
	l, ok := launch.Find(launch.All(addr, ""), key)
	if !ok || !l.Proxied || len(l.Args) > 0 {
		return nil
	}
	return l.Env
}

func names(variables []string) (all []string) {
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		all = append(all, name)
	}
	return all
}

func flatpakCommand(option string, values []string, id string) string {
	words := []string{"flatpak", "override", "--user"}
	for _, v := range values {
		words = append(words, launch.ShellWord(option+v))
	}
	return strings.Join(append(words, launch.ShellWord(id)), " ")
}

// unitCommands give a service the variables by a file of its own, and take that file away.
func unitCommands(unit string, user bool, variables []string) (do, undo string) {
	folder, sudo, tell := path.Join("/etc/systemd/system", unit+".d"), "sudo ", "sudo systemctl "
	if user {
		folder, sudo, tell = "~/.config/systemd/user/"+unit+".d", "", "systemctl --user "
	}
	drop := folder + "/bittoratio.conf"
	again := " && " + tell + "daemon-reload && " + tell + "restart " + unit
	text := `'[Service]\nEnvironment=` + strings.Join(variables, " ") + `\n'`
	return sudo + "mkdir -p " + folder + " && printf " + text + " | " + sudo + "tee " + drop + again, sudo + "rm " + drop + again
}
