package commandline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/demo"
	"bittoratio/engine/linelog"
	"bittoratio/engine/practice"
	"bittoratio/engine/settings"
)

// Practice has -tracker, -demo and their additional flags.
type Practice struct {
	Tracker string        // host:port of a tracker to run, without anything else
	Line    string        // the fastest upload that the tracker believes, in Mbit/s
	Demo    bool          // show the program at work with sample clients
	For     time.Duration // how long a Demo without a window runs; 0 for until it is stopped
}

// line returns [Practice.Line] in bits per second.
func (p *Practice) line() (uint64, error) {
	n, err := strconv.ParseFloat(p.Line, 64)
	if err != nil || !(n > 0) || n > 1e9 {
		return 0, fmt.Errorf("-line is a number of Mbit/s above zero, not %q", p.Line)
	}
	return uint64(math.Round(n * 1e6)), nil
}

func (p *Practice) check() error {
	switch {
	case p.Demo && p.Tracker != "":
		return errors.New("-demo and -tracker exclude each other")
	case p.For < 0:
		return errors.New("-for is a time above zero, such as 30s")
	case p.Tracker != "":
		if err := settings.ValidListen(p.Tracker); err != nil {
			return fmt.Errorf("-tracker: %w", err)
		}
	}
	_, err := p.line()
	return err
}

// RunTracker runs the practice tracker until ctx ends, and logs to out. The error is why it could not start.
func (c *Args) RunTracker(ctx context.Context, out io.Writer) error {
	line, err := c.Practice.line()
	if err != nil {
		return err
	}
	networks := (&settings.Settings{AllowNetworks: c.AllowNetworks}).Allowed()
	allowed := func(a netip.Addr) bool {
		return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
	}
	w := linelog.NewWriter(out, c.JSON)
	defer w.Close()
	log := c.Logger(w)
	s, err := practice.Listen(practice.New(practice.Options{Line: line}), c.Practice.Tracker, allowed, log)
	if err != nil {
		return err
	}
	log.Info("listening", "addr", s.Addr(), "announce", "http://"+s.Addr()+"/announce", "udp", "udp://"+s.Addr())
	err = s.Serve(ctx)
	log.Info("stopped")
	return err
}

// RunDemo runs the sample clients until ctx ends, or for the time of -for, and then logs the uploaded and reported
// totals. It stops the engine, but does not close it.
func (c *Args) RunDemo(ctx context.Context, d *demo.Demo, e *engine.Engine) error {
	if c.Practice.For > 0 {
		var end context.CancelFunc
		ctx, end = context.WithTimeout(ctx, c.Practice.For)
		defer end()
	}
	if err := e.Start(); err != nil {
		return err
	}
	if err := d.Run(ctx, e); err != nil {
		return err
	}
	if err := e.Stop(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s := e.Snapshot()
	c.Log.Info(d.Summary(s), "uploaded_bytes", s.Totals.Seen, "reported_bytes", s.Totals.Reported)
	return nil
}
