// Package demo is the demonstration: the real engine with a practice tracker and three sample clients in one process, on
// loopback, in a data folder of its own that is removed at the end. Nothing leaves this computer.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/demo/internal/sample"
	"bittoratio/engine/practice"
)

// Demo is a demonstration. Open starts it; Close ends it and removes its folder.
type Demo struct {
	folder  string
	tracker *practice.Tracker
	server  *practice.Server
	pace    sample.Pace

	stopTracker context.CancelFunc
	done        sync.WaitGroup
}

// torrentFolder has the sample torrents, from which the engine learns their names.
const torrentFolder = "torrents"

// Open starts the practice tracker and makes the data folder. l gets what the tracker notices.
func Open(l *slog.Logger) (*Demo, error) {
	return open(slog.New(warnings{l.Handler()}), sample.UsualPace)
}

// warnings passes on what the tracker notices, but not its line for each announce, because the engine logs announces.
type warnings struct{ slog.Handler }

// Enabled reports whether a level is a warning or higher.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

func open(l *slog.Logger, pace sample.Pace) (*Demo, error) {
	folder, err := os.MkdirTemp("", "bittoratio-demonstration-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the demonstration: %w", err)
	}
	d := &Demo{folder: folder, pace: pace, tracker: practice.New(practice.Options{Interval: pace.Interval})}
	torrents := filepath.Join(folder, torrentFolder)
	if err = os.Mkdir(torrents, 0o700); err == nil {
		err = sample.WriteTorrents(torrents)
	}
	if err == nil {
		d.server, err = practice.Listen(d.tracker, "127.0.0.1:0", nil, l)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the demonstration: %w", err), os.RemoveAll(folder))
	}
	ctx, stop := context.WithCancel(context.Background())
	d.stopTracker = stop
	d.done.Go(func() {
		if err := d.server.Serve(ctx); err != nil {
			l.Error("the practice tracker ended; start the demonstration again", "cause", err.Error())
		}
	})
	return d, nil
}

// Apply sets what the demonstration needs in an engine's options: its own folder, a free port, and no other torrents.
func (d *Demo) Apply(o *engine.Options) {
	o.Folder, o.Listen = filepath.Join(d.folder, "data"), "127.0.0.1:0"
	o.Only, _ = netip.ParseAddrPort(d.server.Addr()) // never fails: it is the address of a listener
	o.AllowNetworks, o.TorrentFolders = nil, []string{filepath.Join(d.folder, torrentFolder)}
}

// Run lets the sample clients announce through the engine, which must be on, until ctx ends. They then announce
// `stopped`, which takes at most five seconds.
func (d *Demo) Run(ctx context.Context, e *engine.Engine) error {
	w, err := sample.New(d.server, e, d.pace)
	if err != nil {
		return err
	}
	w.Run(ctx)
	return nil
}

// Peers returns what the practice tracker knows about each peer, and what it noticed.
func (d *Demo) Peers() []practice.Status { return d.tracker.Peers() }

// Close ends the tracker and removes the folder. The engine must be closed first.
func (d *Demo) Close() error {
	d.stopTracker()
	d.done.Wait()
	if err := os.RemoveAll(d.folder); err != nil {
		return fmt.Errorf("remove the demonstration's folder: %w", err)
	}
	return nil
}

// Summary returns the last line of a demonstration without a window.
func (d *Demo) Summary(s *engine.Snapshot) string {
	var noticed []string
	for _, p := range d.Peers() {
		for _, f := range p.Findings {
			noticed = append(noticed, clients.NameOf(p.ID)+": "+f.String())
		}
	}
	if len(noticed) == 0 {
		noticed = []string{"none of the five checks fires; a tracker may have others"}
	}
	return fmt.Sprintf("demonstration: uploaded %.1f MB, reported %.1f MB; what the practice tracker noticed: %s",
		float64(s.Totals.Seen)/1e6, float64(s.Totals.Reported)/1e6, strings.Join(noticed, "; "))
}
