package names

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"bittoratio/engine/bittorrent"
)

// The bounds of watching.
const (
	foldersKept = 64
	filesKept   = 50_000           // files of a folder that are looked at
	settle      = time.Second      // after a change, until the folder is read: a client writes several files
	slowPoll    = 5 * time.Minute  // where changes are told
	fastPoll    = 30 * time.Second // where they are not
)

// Watcher reads folders into a book, and reads them again when they change.
type Watcher struct {
	book    *Book
	changed func() // there is something new in the book
	wake    chan struct{}

	mu      sync.Mutex
	folders []string // guarded by mu
}

// NewWatcher makes one with no folders yet. changed is called from Run.
func NewWatcher(book *Book, changed func()) *Watcher {
	return &Watcher{book: book, changed: changed, wake: make(chan struct{}, 1)}
}

// SetFolders says which folders to read from now on, at most 64. Those that are missing are looked for again and again.
func (w *Watcher) SetFolders(folders []string) {
	w.mu.Lock()
	w.folders = append([]string(nil), folders[:min(len(folders), foldersKept)]...)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *Watcher) wanted() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.folders
}

// stamp tells whether a file is still the one that was read.
type stamp struct {
	size int64
	time time.Time
}

// round is what Run knows of the folders.
type round struct {
	watcher *Watcher
	notify  *fsnotify.Watcher // nil where the system's way is not used
	seen    map[string]map[string]stamp
	watched map[string]bool
	dirty   map[string]bool
}

// Run reads and watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	r := &round{watcher: w, seen: map[string]map[string]stamp{}, watched: map[string]bool{}, dirty: map[string]bool{}}
	events, faults := make(chan fsnotify.Event), make(chan error)
	// With kqueue every file of a folder would be kept open, so other systems look now and then.
	if runtime.GOOS == "linux" || runtime.GOOS == "windows" {
		if n, err := fsnotify.NewWatcher(); err == nil {
			defer n.Close()
			r.notify, events, faults = n, n.Events, n.Errors
		}
	}
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
			r.all(ctx)
			timer.Reset(r.pause())
		case <-timer.C:
			r.all(ctx)
			timer.Reset(r.pause())
		case e := <-events:
			if dir := filepath.Dir(e.Name); r.watched[dir] && !r.dirty[dir] {
				r.dirty[dir] = true
				timer.Reset(settle)
			}
		case <-faults: // events were lost
			timer.Reset(settle)
		}
	}
}

// pause is how long nothing needs to be looked at.
func (r *round) pause() time.Duration {
	if len(r.watcher.wanted()) == 0 {
		return time.Hour
	}
	if r.notify == nil {
		return fastPoll
	}
	return slowPoll
}

// all reads every folder; a file that is as it was is not opened again.
func (r *round) all(ctx context.Context) {
	clear(r.dirty)
	want := map[string]bool{}
	for _, dir := range r.watcher.wanted() {
		dir = filepath.Clean(dir)
		want[dir] = true
		if r.notify != nil && !r.watched[dir] {
			if st, err := os.Stat(dir); err == nil && st.IsDir() {
				r.watched[dir] = r.notify.Add(dir) == nil
			}
		}
		if r.folder(ctx, dir) {
			r.watcher.changed()
		}
	}
	for dir := range r.seen {
		if !want[dir] {
			delete(r.seen, dir)
			if r.watched[dir] {
				_ = r.notify.Remove(dir)
			}
			delete(r.watched, dir)
		}
	}
}

// folder reads one; true if the book learned something.
func (r *round) folder(ctx context.Context, dir string) (fresh bool) {
	st, err := os.Stat(dir)
	if err == nil && !st.IsDir() {
		return false // opening a pipe would hang
	}
	f, err := os.Open(dir)
	if err != nil {
		if r.watched[dir] && errors.Is(err, os.ErrNotExist) {
			delete(r.watched, dir) // made again, it is another folder
		}
		return false
	}
	defer f.Close()
	before, now := r.seen[dir], map[string]stamp{}
	for len(now) < filesKept && ctx.Err() == nil {
		entries, err := f.ReadDir(256)
		for _, e := range entries {
			if !named(e.Name()) || !e.Type().IsRegular() || ctx.Err() != nil {
				continue
			}
			st, err := e.Info()
			if err != nil {
				continue // gone
			}
			at := stamp{st.Size(), st.ModTime()}
			now[e.Name()] = at
			if before[e.Name()] != at && !r.known(e.Name()) {
				_, learned, _ := r.watcher.book.TakeFile(filepath.Join(dir, e.Name())) // what cannot be read has no name
				fresh = fresh || learned
			}
		}
		if err == io.EOF || err != nil || len(entries) == 0 {
			break
		}
	}
	r.seen[dir] = now
	return fresh
}

// named is whether a file may hold a torrent or a magnet link, by its name.
func named(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return ext == ".torrent" || ext == ".magnet"
}

// known is whether a file named by its info hash needs not be read: what it says is in the book.
func (r *round) known(file string) bool {
	b, err := hex.DecodeString(strings.TrimSuffix(file, ".torrent"))
	if err != nil || len(b) != len(bittorrent.InfoHash{}) {
		return false
	}
	t := r.watcher.book.Lookup(bittorrent.InfoHash(b))
	return t.Name != "" && t.Size > 0
}
