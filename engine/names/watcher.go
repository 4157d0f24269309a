package names

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
)

// The limits of watching.
const (
	foldersKept = 64
	filesKept   = 50_000           // files of a folder that are read
	settle      = time.Second      // after a change, before the folder is read: a client writes several files
	slowPoll    = 5 * time.Minute  // if the system reports changes
	fastPoll    = 30 * time.Second // if it does not
	lookPause   = 5 * time.Second  // between two reads on request
)

// Watcher reads folders into a book, and reads them again when they change.
type Watcher struct {
	book    *Book
	changed func()        // the book has something new
	wake    chan struct{} // the folders were set again
	look    chan struct{} // one slot: a client announced a torrent without a name

	mu        sync.Mutex
	folders   []string // guarded by mu
	databases []string // guarded by mu
}

// NewWatcher returns a watcher without folders. Run calls changed.
func NewWatcher(book *Book, changed func()) *Watcher {
	return &Watcher{book: book, changed: changed, wake: make(chan struct{}, 1), look: make(chan struct{}, 1)}
}

// SetFolders sets the folders to read from now on, at most 64. Missing ones are tried again each time.
func (w *Watcher) SetFolders(folders []string) {
	w.mu.Lock()
	w.folders = append([]string(nil), folders[:min(len(folders), foldersKept)]...)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Look makes Run read the folders soon, for a torrent whose name is unknown: its file or its folder may be new. It
// never waits, and costs nothing if a read is due already.
func (w *Watcher) Look() {
	select {
	case w.look <- struct{}{}:
	default:
	}
}

// Databases returns the files in which clients store their torrents instead of in a folder. They are not read. The
// slice must not be changed.
func (w *Watcher) Databases() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.databases
}

func (w *Watcher) wanted() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.folders
}

// stamp identifies a version of a file by size and time.
type stamp struct {
	size int64
	time time.Time
}

// round is what Run knows about the folders.
type round struct {
	watcher *Watcher
	notify  *fsnotify.Watcher // nil if folders are only polled
	seen    map[string]map[string]stamp
	watched map[string]bool
	dirty   map[string]bool
}

// Run reads and watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	r := &round{watcher: w, seen: map[string]map[string]stamp{}, watched: map[string]bool{}, dirty: map[string]bool{}}
	events, faults := make(chan fsnotify.Event), make(chan error)
	// With kqueue every file of a folder would have to stay open, so other systems are polled.
	if runtime.GOOS == "linux" || runtime.GOOS == "windows" {
		if n, err := fsnotify.NewWatcher(); err == nil {
			defer n.Close()
			r.notify, events, faults = n, n.Events, n.Errors
		}
	}
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	var last time.Time // when the folders were last read
	asked := false     // by Look
	read := func() {
		r.all(ctx)
		last, asked = time.Now(), false
		timer.Reset(r.pause())
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
			read()
		case <-timer.C:
			read()
		case <-w.look:
			if !asked {
				asked = true
				timer.Reset(max(settle, lookPause-time.Since(last)))
			}
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

// pause returns the time until the next read.
func (r *round) pause() time.Duration {
	if len(r.watcher.wanted()) == 0 {
		return time.Hour
	}
	if r.notify == nil {
		return fastPoll
	}
	return slowPoll
}

// all reads every folder; it does not open a file that has not changed.
func (r *round) all(ctx context.Context) {
	clear(r.dirty)
	want := map[string]bool{}
	var databases []string
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
		if path, ok := database(dir); ok {
			databases = append(databases, path)
		}
	}
	r.watcher.note(databases)
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

// folder reads a folder, and reports whether the book has changed.
func (r *round) folder(ctx context.Context, dir string) (fresh bool) {
	st, err := os.Stat(dir)
	if err == nil && !st.IsDir() {
		return false // opening a pipe would block
	}
	f, err := os.Open(dir)
	if err != nil {
		if r.watched[dir] && errors.Is(err, os.ErrNotExist) {
			delete(r.watched, dir) // if it is made again, it is another folder
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
				continue // it no longer exists
			}
			at := stamp{st.Size(), st.ModTime()}
			now[e.Name()] = at
			if before[e.Name()] != at && !r.known(e.Name()) {
				_, learned, _ := r.watcher.book.TakeFile(filepath.Join(dir, e.Name())) // a file that cannot be read has no name
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

// named reports whether a file may contain a torrent or a magnet link, judging by its name.
func named(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return ext == ".torrent" || ext == ".magnet"
}

// known reports whether a file named after its info hash need not be read, because the book has its torrent.
func (r *round) known(file string) bool {
	b, err := hex.DecodeString(strings.TrimSuffix(file, ".torrent"))
	if err != nil || len(b) != len(bittorrent.InfoHash{}) {
		return false
	}
	t := r.watcher.book.Lookup(bittorrent.InfoHash(b))
	return t.Name != "" && t.Size > 0
}

// database returns the database in which a client stores its torrents instead of in a folder. The client makes it
// beside the folder if the user chose that, and removes it if the user chooses the folder again.
func database(dir string) (path string, ok bool) {
	for _, c := range clients.All() {
		if c.Database.Folder != "" && c.Database.Folder == filepath.Base(dir) {
			path = filepath.Join(filepath.Dir(dir), c.Database.File)
			st, err := os.Stat(path)
			return path, err == nil && st.Mode().IsRegular()
		}
	}
	return "", false
}

// note stores the list of databases, and reports whether it has changed.
func (w *Watcher) note(databases []string) {
	w.mu.Lock()
	others := !slices.Equal(databases, w.databases)
	w.databases = databases
	w.mu.Unlock()
	if others {
		w.changed()
	}
}
