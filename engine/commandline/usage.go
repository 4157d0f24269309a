package commandline

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// groups are the flags as the help lists them, in the order of the man page. Each flag is in exactly one group.
var groups = []struct {
	title string
	flags []string
}{
	{"How it runs", []string{"headless", "hidden"}},
	{"Connections, multiplier and data", []string{"listen", "allow", "multiplier", "data"}},
	{"Log", []string{"log", "v"}},
	{"The swarm", []string{"magnet", "o", "wait", "dht-size", "dht", "dht-local"}},
	{"Demonstration and tests", []string{"demo", "for", "tracker", "line"}},
	{"Print something and exit", []string{"setup", "launch", "check", "convert", "back", "version"}},
}

// usage writes the help; a program without a window does not mention one.
func usage(w io.Writer, f *flag.FlagSet, window bool) {
	without := "it opens its window"
	if !window {
		without = "it serves until Ctrl+C or SIGTERM, with its log on standard output"
	}
	fmt.Fprintf(w, "Usage: bittoratio [flags]\n\nA local proxy that multiplies what is new in the upload totals a BitTorrent client announces.\nWithout flags %s.\n", without)
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s\n", g.title)
		for _, name := range g.flags {
			value, text := flag.UnquoteUsage(f.Lookup(name))
			switch {
			case window:
			case name == "hidden":
				continue
			case name == "headless":
				text = "changes nothing: this program always runs this way"
			}
			fmt.Fprintf(w, "  -%s\n    \t%s\n", strings.TrimSpace(name+" "+value), text)
		}
	}
	f.VisitAll(func(fl *flag.Flag) {
		for _, g := range groups {
			if slices.Contains(g.flags, fl.Name) {
				return
			}
		}
		panic("-" + fl.Name + " is in no group of the help") // a test prints the help
	})
	fmt.Fprintf(w, "\nThe environment can give -%s in place of the command line: %s and so on.\n", strings.Join(fromEnvironment, ", -"), variable(fromEnvironment[0]))
}
