// Package commandline reads the flags and the environment, and runs everything that opens no window: -launch, -convert,
// -magnet, -setup, -tracker and the demonstration.
package commandline

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/convert"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

// Args is a parsed command line. Its flags override the saved settings for one run and are not saved.
type Args struct {
	engine.Options
	Headless bool   // no window: the log on standard output, until a signal
	Hidden   bool   // tray icon only, if there is a tray
	Version  bool   // print the version and end
	Setup    string // print how to set up this client, and end; "list" prints the names
	Launch   string // print the command that starts this client so that it uses this program, and end; "list" prints the names
	Convert  string // lead the trackers of this .torrent file or magnet link through the gateway and end
	Back     bool   // for Convert: undo it
	Magnet   Magnet // find out which torrent a link or a hash names, and end
	Practice Practice
	DHTSize  bool // estimate how many nodes the DHT has, and end; Magnet has the first nodes
	JSON     bool // form of the headless log
	Check    bool // wait for the first announce and end

	CheckClient string // by the key of -setup; empty for any client
	Verbose     bool   // debug lines, too
}

// Parse reads the arguments without the program's name. It writes to out what is wrong with them, in one line, or the help
// if they ask for it; the error is [flag.ErrHelp] then. window is true if this build has a window, which the help then
// mentions.
func Parse(args []string, out io.Writer, window bool) (Args, error) {
	var c Args
	var log, factor, allow string
	f := flag.NewFlagSet("bittoratio", flag.ContinueOnError)
	f.SetOutput(io.Discard) // of an error it would write the whole help, which moves the error out of sight
	f.BoolVar(&c.Headless, "headless", false, "no window and no tray: the engine alone, with its log on standard output, until Ctrl+C or SIGTERM")
	f.BoolVar(&c.Hidden, "hidden", false, "show only the tray icon, if there is a tray; the window opens from there")
	f.BoolVar(&c.Version, "version", false, "print name, version and Go version, and exit")
	f.StringVar(&c.Setup, "setup", "", "print the steps that connect `CLIENT` to BittOratio, and exit; \"list\" prints the names")
	f.StringVar(&c.Launch, "launch", "", "print the command line that starts `CLIENT` so that it trusts BittOratio's certificates and, if it takes a proxy at its start, uses BittOratio, and exit; \"list\" prints the names")
	f.StringVar(&c.Convert, "convert", "", "lead the trackers of `FILE|MAGNET` through BittOratio: write a copy of the .torrent, or print the new link, and exit")
	f.BoolVar(&c.Check, "check", false, "wait two minutes at most for the first announce of CLIENT (-check CLIENT), or of any client, and exit: 0 if it came, else 1 with the most likely reason")
	f.BoolVar(&c.Back, "back", false, "with -convert: restore the trackers' own addresses")
	f.StringVar(&c.Magnet.Link, "magnet", "", "ask the swarm what `LINK|HASH` names, print it as JSON, and exit; strangers see the address of this computer")
	f.StringVar(&c.Magnet.Out, "o", "", "with -magnet: save the .torrent as `FILE`, which must not exist yet")
	f.DurationVar(&c.Magnet.Wait, "wait", time.Minute, "with -magnet: search for `TIME`, such as 60s; one minute if not given")
	f.BoolVar(&c.DHTSize, "dht-size", false, "measure how many nodes the whole DHT has, print it as JSON, and exit; it takes a minute")
	f.StringVar(&c.Magnet.Nodes, "dht", "", "with -magnet or -dht-size: ask the node at `HOST:PORT` first, instead of the usual ones; several with commas between")
	f.BoolVar(&c.Magnet.Local, "dht-local", false, "with -magnet or -dht-size: allow private addresses, for tests")
	f.StringVar(&c.Practice.Tracker, "tracker", "", "run a small tracker at `HOST:PORT`, over HTTP and UDP, that logs what it notices about its peers, until Ctrl+C")
	f.StringVar(&c.Practice.Line, "line", "100", "with -tracker: believe uploads of up to `MBIT/S`; 100 if not given")
	f.BoolVar(&c.Practice.Demo, "demo", false, "show the program at work, with a tracker and three sample clients inside it; nothing leaves this computer")
	f.DurationVar(&c.Practice.For, "for", 0, "with -demo and -headless: end after `TIME`, such as 30s")
	f.StringVar(&c.Listen, "listen", "", "clients connect to `HOST:PORT`, 127.0.0.1:8080 at first; port 0 takes a free one")
	f.StringVar(&allow, "allow", "", "let other `NETWORKS` connect, such as 192.168.1.0/24, with commas between")
	f.StringVar(&factor, "multiplier", "", "multiply new upload by `N`, 1 to 100, decimals allowed, 2 at first; 1 changes nothing")
	f.StringVar(&c.Folder, "data", "", "use `DIR` as the data folder")
	f.StringVar(&log, "log", "text", "write the log as `text|json`; text if not given")
	f.BoolVar(&c.Verbose, "v", false, "debug lines too")
	for _, name := range fromEnvironment {
		if v := os.Getenv(variable(name)); v != "" {
			_ = f.Set(name, v) // never fails: they are all strings; check validates them
		}
	}
	parse := func(args []string) error {
		err := f.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			usage(out, f, window)
		case err != nil:
			_ = wrong(out, err)
		}
		return err
	}
	if err := parse(args); err != nil {
		return c, err
	}
	if c.Check && f.NArg() > 0 { // the client; more flags may follow it
		if c.CheckClient = f.Arg(0); c.CheckClient == "" {
			return c, wrong(out, errors.New("-check: the client's name is empty"))
		}
		if err := parse(f.Args()[1:]); err != nil {
			return c, err
		}
	}
	c.AllowNetworks = strings.FieldsFunc(allow, func(r rune) bool { return r == ',' || r == ' ' })
	err := noneEmpty(f)
	if err == nil {
		err = noneAlone(f)
	}
	if err == nil {
		err = c.check(f.Args(), log, factor)
	}
	if err != nil {
		return c, wrong(out, err)
	}
	return c, nil
}

// wrong writes what is wrong with the command line to out, and returns it.
func wrong(out io.Writer, err error) error {
	fmt.Fprintf(out, "bittoratio: %v; -help lists the flags\n", err)
	return err
}

// noneEmpty returns an error for a flag with an empty value, which usually comes from an empty variable of a script:
// without the error the program would do something else, such as serve. For a flag that the environment can set, an
// empty value counts as not given.
func noneEmpty(f *flag.FlagSet) (err error) {
	f.Visit(func(fl *flag.Flag) {
		if fl.Value.String() == "" && !slices.Contains(fromEnvironment, fl.Name) {
			err = fmt.Errorf("-%s has an empty value", fl.Name)
		}
	})
	return err
}

// additional are the flags that only do something with one of others, which without them would be ignored in silence.
var additional = map[string][]string{
	"back": {"convert"}, "for": {"demo"}, "line": {"tracker"},
	"o": {"magnet"}, "wait": {"magnet"}, "dht": {"magnet", "dht-size"}, "dht-local": {"magnet", "dht-size"},
}

// noneAlone returns an error for an additional flag without the one that it needs.
func noneAlone(f *flag.FlagSet) (err error) {
	given := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	f.Visit(func(fl *flag.Flag) {
		if with := additional[fl.Name]; len(with) > 0 && !slices.ContainsFunc(with, func(name string) bool { return given[name] }) {
			err = fmt.Errorf("-%s needs -%s", fl.Name, strings.Join(with, " or -"))
		}
	})
	return err
}

// fromEnvironment are the flags that environment variables may set, for containers and services.
var fromEnvironment = []string{"listen", "allow", "multiplier", "data", "log"}

func variable(flag string) string { return "BITTORATIO_" + strings.ToUpper(flag) }

func (c *Args) check(rest []string, log, factor string) error {
	if c.CheckClient != "" {
		if _, ok := clients.Find(c.CheckClient); !ok {
			return fmt.Errorf("no client is called %.40q; -setup list prints the names", c.CheckClient)
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is not a flag", rest[0])
	}
	if _, ok := clients.Find(c.Setup); !ok && c.Setup != "" && c.Setup != "list" {
		return fmt.Errorf("no client is called %.40q; -setup list prints the names", c.Setup)
	}
	if _, ok := clients.Launching(c.Launch); !ok && c.Launch != "" && c.Launch != "list" {
		return fmt.Errorf("there is no command line for %.40q; -launch list prints the clients that have one", c.Launch)
	}
	if log != "text" && log != "json" {
		return fmt.Errorf("-log is text or json, not %q", log)
	}
	c.JSON = log == "json"
	if c.Headless && c.Hidden {
		return errors.New("-headless and -hidden exclude each other")
	}
	if err := errors.Join(c.Magnet.check(), c.Practice.check()); err != nil {
		return err
	}
	if c.Listen = strings.TrimSpace(c.Listen); c.Listen != "" {
		if err := settings.ValidListen(c.Listen); err != nil {
			return fmt.Errorf("-listen: %w", err)
		}
	}
	if err := settings.ValidNetworks(c.AllowNetworks); err != nil {
		return fmt.Errorf("-allow: %w", err)
	}
	if factor != "" {
		f, err := policy.ParseFactor(factor)
		if err != nil {
			return fmt.Errorf("-multiplier: %w", err)
		}
		c.Multiplier = f
	}
	if c.Folder != "" || c.Version {
		return nil
	}
	var err error
	c.Folder, err = DefaultFolder()
	return err
}

// RunLaunch writes the command for -launch to out, and to notes if its program is not on this computer. It does not
// hold the data folder, so it can run while the program runs.
func (c *Args) RunLaunch(out, notes io.Writer) error {
	bundle := filepath.Join(c.Folder, store.BundleFile)
	if _, err := os.Stat(bundle); err != nil {
		bundle = ""
	}
	addr := ""
	if c.Launch != "list" {
		var err error
		if addr, err = c.ListenAddr(); err != nil {
			return err
		}
		if _, err := clients.ParseAddress(addr); err != nil {
			return err
		}
	}
	all := launch.All(addr, bundle)
	if c.Launch == "list" {
		for _, l := range all {
			if _, err := fmt.Fprintln(out, l.Key); err != nil {
				return err
			}
		}
		return nil
	}
	l, ok := launch.Find(all, c.Launch)
	if !ok {
		return fmt.Errorf("there is no command line for %q; -launch list prints the clients that have one, and more have one while https trackers are decrypted", c.Launch)
	}
	if !l.Found {
		fmt.Fprintf(notes, "%s was not found on this computer; the line is for a computer that has it:\n", l.Program)
	}
	_, err := fmt.Fprintln(out, l.ShellCommand())
	return err
}

// RunConvert converts for -convert, and writes the new file's name or the new link to out. The error is a
// *[convert.Error].
func (c *Args) RunConvert(out io.Writer) error {
	addr, err := c.ListenAddr()
	if err != nil && !c.Back { // an undo needs no address
		return err
	}
	if bittorrent.IsMagnet(c.Convert) {
		v, err := convert.Bytes([]byte(c.Convert), addr, c.Back)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, v.Magnet) // alone on the line, since another program may read it
		return err
	}
	copied, v, err := convert.File(c.Convert, addr, c.Back)
	if err != nil {
		return err
	}
	result := fmt.Sprintf("%s\n%d of %d trackers' addresses changed; the torrent is the same (%s)\n", copied, v.Changed, v.Changed+v.Left, v.InfoHash)
	if len(v.Past) > 0 {
		result += "not through BittOratio, so these trackers get the client's own numbers: " + strings.Join(v.Past, ", ") + "\n"
	}
	_, err = io.WriteString(out, result)
	return err
}

// Logger returns the log: without a window every exchange goes to out, otherwise only warnings.
func (c *Args) Logger(out io.Writer) *slog.Logger {
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	} else if !c.Headless || c.Check {
		level = slog.LevelWarn
	}
	if c.JSON {
		return slog.New(linelog.NewJSON(out, level))
	}
	return slog.New(linelog.NewText(out, level))
}

// maxSettings is the size of the largest settings.json that is read, in bytes.
const maxSettings = 64 << 20

// ListenAddr returns where a run with this command line would listen: the flag, otherwise the saved setting, otherwise
// the default. It reads settings.json without holding the data folder; the error is about that file.
func (c *Args) ListenAddr() (string, error) {
	if c.Listen != "" {
		return c.Listen, nil
	}
	path := filepath.Join(c.Folder, store.SettingsFile)
	b, _, err := store.ReadBeside(path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return settings.Default().Listen, nil
	}
	if err != nil {
		var disk *store.Error
		if errors.As(err, &disk) {
			err = disk.Err
		}
		return "", fmt.Errorf("read the address to listen on: %s: %w; give it with -listen", path, err)
	}
	s, err := settings.Parse(b)
	var syntax *settings.SyntaxError
	if errors.As(err, &syntax) {
		syntax.File = path
	}
	return s.Listen, err
}

// Text returns what -setup prints: how to connect the client to this program.
func (c *Args) Text() (string, error) {
	if c.Setup == "list" {
		return clients.Text(c.Setup, "")
	}
	addr, err := c.ListenAddr()
	if err != nil {
		return "", err
	}
	return clients.Text(c.Setup, addr)
}
