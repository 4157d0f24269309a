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

// Command starts a client so that, only in this run, it connects through BittOratio and trusts the local authority. It
// changes none of the client's settings, and nothing of the system.
type Command struct {
	Key     string   // "transmission"
	Client  string   // for people: "Transmission"
	Program string   // a path if it was found, otherwise its name
	Args    []string // what this program adds
	Env     []string // NAME=value, in addition to the user's
	Found   bool     // Program is on this computer
	Proxied bool     // the command sets the client's proxy; otherwise its own proxy setting is needed too
}

// ErrNotFound means that the client's program is not on this computer, or not in a folder that is searched for
// programs.
var ErrNotFound = errors.New("the client's program was not found on this computer; copy the command line instead")

// ErrEnded means that a program ended at once after its start, with an error.
var ErrEnded = errors.New("the program ended at once")

// All returns the commands of all clients that can be started in this way, in the order of the list of clients. addr is
// the engine's address, and bundle the file of certificates. While no https tracker is decrypted, bundle is empty, and
// the commands contain no certificates.
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

// Find returns the command with a key; ok is false if there is none.
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

// ShellCommand returns the command to copy into a terminal of this system.
func (c Command) ShellCommand() string { return c.shellCommandOn(runtime.GOOS) }

func (c Command) shellCommandOn(system string) string {
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

// ShellWord quotes a word for a POSIX shell.
func ShellWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Names in the environment of a program that was started from here, which an undo needs. [Mark] has the names of the
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

// Again restarts a program by its path, with the arguments and the environment that it had. It keeps running when this
// program ends.
func Again(program string, args, env []string, folder string) error {
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir = env, folder
	return startApart(cmd)
}
