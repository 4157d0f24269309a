package commandline

import (
	"errors"
	"fmt"
	"io"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/check"
	"bittoratio/engine/exchange"
)

// checkTime is how long -check waits. A client announces within seconds of its restart, and at once if its torrent is
// forced to.
const checkTime = 2 * time.Minute

// watched is what -check needs of the engine.
type watched interface {
	Activity(seq uint64) (entries []exchange.Entry, dropped uint64)
	Snapshot() *engine.Snapshot
}

// RunCheck starts the engine and waits for the first announce of the client that -check names, or of any client. If
// none arrives, the error has the most likely reason.
func (c *Args) RunCheck(quit <-chan struct{}, eng *engine.Engine, out io.Writer) error {
	if err := eng.Start(); err != nil {
		return err
	}
	return c.await(quit, eng, out)
}

// await waits for the announce on a running engine.
func (c *Args) await(quit <-chan struct{}, eng watched, out io.Writer) error {
	client, g := clients.Client{}, clients.Guide{}
	addr := eng.Snapshot().Addr
	if c.CheckClient != "" {
		kind, ok := clients.Find(c.CheckClient)
		if !ok {
			return fmt.Errorf("no client is called %.40q; -setup list prints the names", c.CheckClient)
		}
		var err error
		if g, err = kind.Render(clients.Values{Addr: addr}); err != nil {
			return err
		}
		client = clientOf(kind)
	}
	fmt.Fprintf(out, "%s at %s, for %.0f minutes at most\n", check.Finding{}.Text(client.Name), addr, checkTime.Minutes())
	var seen []exchange.Entry
	var seq uint64
	tick := time.NewTicker(time.Second / 4)
	defer tick.Stop()
	for began := time.Now(); ; {
		more, _ := eng.Activity(seq) // so many entries that a first announce is never dropped
		seen = append(seen, more...)
		if n := len(more); n > 0 {
			seq = more[n-1].Seq
		}
		waited := time.Since(began)
		f := check.Judge(client, g, eng.Snapshot().State != engine.Off, seen, waited)
		switch {
		case f.Works():
			_, err := fmt.Fprintln(out, f.Text(client.Name))
			return err
		case f.Verdict == check.Untrusted || waited >= checkTime:
			return errors.New(f.Text(client.Name))
		}
		select {
		case <-tick.C:
		case <-quit:
			f = check.Judge(client, g, true, seen, checkTime)
			return errors.New(f.Text(client.Name))
		}
	}
}

// clientOf returns the client of a generation.
func clientOf(g clients.Generation) clients.Client {
	for _, c := range clients.All() {
		for _, of := range c.Generations {
			if of.Key == g.Key {
				return c
			}
		}
	}
	return clients.Client{}
}
