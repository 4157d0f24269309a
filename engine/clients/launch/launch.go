package launch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"bittoratio/engine/clients"
)

// Command starts a client so that it connects through BittOratio and trusts the local authority, for this run of the
// client alone. It changes none of its settings, and nothing of the system.
type Command struct {
	Key     string   // "transmission"
	Client  string   // for people: "Transmission"
	Program string   // a path where it was found, else its name
	Args    []string // what this program adds
	Env     []string // NAME=value, beside what the user has
	Found   bool     // Program is on this computer
	Proxied bool     // the command sets its proxy; otherwise the client's own proxy setting is needed too
}

// ErrNotFound is a client that is not on this computer, or not in a folder where programs are looked for.
var ErrNotFound = errors.New("the client's program was not found on this computer; copy the command line instead")

// ErrEnded is a program that was started and ended at once, with a fault.
var ErrEnded = errors.New("the program ended at once")

// All returns the commands of all clients that can be started so, in the order of the list of clients. addr is where
// the engine is reached, and bundle is the file of certificates. While no https tracker is decrypted, bundle is empty,
// and the commands name no certificates.
func All(addr, bundle string) []Command {
	if a, err := clients.ParseAddress(addr); err == nil { // otherwise the engine is off, and its port is not chosen yet
		addr = a.Addr
	}
	var all []Command
	for _, client := range clients.All() {
		for _, l := range client.Launches {
			if c := command(l, addr, bundle); len(c.Args)+len(c.Env) > 0 {
				all = append(all, c)
			}
		}
	}
	return all
}

// Find returns the command with a key; ok is false if no command has it.
func Find(all []Command, key string) (c Command, ok bool) {
	i := slices.IndexFunc(all, func(c Command) bool { return c.Key == key })
	if i < 0 {
		return Command{}, false
	}
	return all[i], true
}

func command(l clients.Launch, addr, bundle string) Command {
	fill := func(words []string) (filled []string) {
		for i, w := range words {
			if strings.Contains(w, "{BUNDLE}") && bundle == "" {
				if len(filled) > 0 && i > 0 && words[i-1] == "-o" {
					filled = filled[:len(filled)-1]
				}
				continue
			}
			filled = append(filled, strings.NewReplacer("{ADDR}", addr, "{BUNDLE}", bundle).Replace(w))
		}
		return filled
	}
	c := Command{Key: l.Key, Client: l.Client, Proxied: l.Proxied, Program: filepath.Base(l.Programs[0]), Args: fill(l.Args), Env: fill(l.Env)}
	for _, p := range l.Programs {
		if path, err := exec.LookPath(p); err == nil {
			c.Program, c.Found = path, true
			break
		}
	}
	return c
}

// Line returns the command to copy into a terminal of this system.
func (c Command) Line() string { return c.lineOn(runtime.GOOS) }

func (c Command) lineOn(system string) string {
	var words []string
	if system == "windows" {
		for _, v := range c.Env {
			words = append(words, `set "`+v+`" &`)
		}
		words = append(words, `"`+c.Program+`"`)
		for _, a := range c.Args {
			words = append(words, `"`+a+`"`)
		}
		return strings.Join(words, " ")
	}
	for _, v := range c.Env {
		name, value, _ := strings.Cut(v, "=")
		words = append(words, name+"="+ShellWord(value))
	}
	for _, w := range append([]string{c.Program}, c.Args...) {
		words = append(words, ShellWord(w))
	}
	return strings.Join(words, " ")
}

// ShellWord returns a word as a POSIX shell reads it back.
func ShellWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// The environment of a program that was started from here keeps what an undo needs. [Mark] has the names of the
// variables that the program was given, separated by spaces. A variable NAME with [FormerSuffix] has the value that
// NAME had before.
const (
	Mark         = "restarted_by_bittoratio"
	FormerSuffix = "_before_bittoratio"
)

// Start starts the client. The client keeps running when this program ends.
func (c Command) Start() error {
	if !c.Found {
		return ErrNotFound
	}
	cmd := exec.Command(c.Program, c.Args...)
	cmd.Env = os.Environ()
	if c.Proxied {
		var names []string
		for _, v := range c.Env {
			name, _, _ := strings.Cut(v, "=")
			names = append(names, name)
			if former, had := os.LookupEnv(name); had {
				cmd.Env = append(cmd.Env, name+FormerSuffix+"="+former)
			}
		}
		cmd.Env = append(cmd.Env, Mark+"="+strings.Join(names, " "))
	}
	cmd.Env = append(cmd.Env, c.Env...)
	return startApart(cmd)
}

// Again starts a program that ran before, by its path, with the arguments and the environment that it had. It keeps
// running when this program ends.
func Again(program string, args, env []string, folder string) error {
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir = env, folder
	return startApart(cmd)
}
