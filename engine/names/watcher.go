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

// The bounds of watching.
const (
	foldersKept = 64
	filesKept   = 50_000           // files of a folder that are looked at
	settle      = time.Second      // after a change, until the folder is read: a client writes several files
	slowPoll    = 5 * time.Minute  // where the system reports changes
	fastPoll    = 30 * time.Second // where it does not
	lookPause   = 5 * time.Second  // between two reads that were asked for
)

// Watcher reads folders into a book, and reads them again when they change.
type Watcher struct {
	book    *Book
	changed func()        // there is something new in the book
	wake    chan struct{} // other folders
	look    chan struct{} // one slot: a torrent without a name was announced

	mu        sync.Mutex
	folders   []string // guarded by mu
	databases []string // guarded by mu
}

// NewWatcher returns a watcher without folders. changed is called from Run.
func NewWatcher(book *Book, changed func()) *Watcher {
	return &Watcher{book: book, changed: changed, wake: make(chan struct{}, 1), look: make(chan struct{}, 1)}
}

// SetFolders sets the folders to read from now on, at most 64. Those that are missing are looked for again and again.
func (w *Watcher) SetFolders(folders []string) {
	w.mu.Lock()
	w.folders = append([]string(nil), folders[:min(len(folders), foldersKept)]...)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Look has the folders read soon, for a torrent whose name is not known: its file or its folder may be new. It never
// waits, and costs nothing if a read is due already.
func (w *Watcher) Look() {
	select {
	case w.look <- struct{}{}:
	default:
	}
}

// Databases returns the files in which a client keeps its torrents instead of in a folder, and which are not read. The
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

// stamp identifies the version of a file that was read, by size and time.
type stamp struct {
	size int64
	time time.Time
}

// round is Run's knowledge of the folders.
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
	var last time.Time // the folders were read
	asked := false     // for a look
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

// pause returns how long Run may wait until the next read.
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
		return false // opening a pipe would hang
	}
	f, err := os.Open(dir)
	if err != nil {
		if r.watched[dir] && errors.Is(err, os.ErrNotExist) {
			delete(r.watched, dir) // if it was made again, it is another folder
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

// named reports whether a file may hold a torrent or a magnet link, by its name.
func named(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return ext == ".torrent" || ext == ".magnet"
}

// known reports whether a file named by its info hash need not be read, because the book has its torrent.
func (r *round) known(file string) bool {
	b, err := hex.DecodeString(strings.TrimSuffix(file, ".torrent"))
	if err != nil || len(b) != len(bittorrent.InfoHash{}) {
		return false
	}
	t := r.watcher.book.Lookup(bittorrent.InfoHash(b))
	return t.Name != "" && t.Size > 0
}

// database returns the database in which a client keeps its torrents instead of in a folder, if the user chose that:
// the client makes it beside the folder, and removes it when the user chooses the folder again.
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

// note stores which databases there are, and reports whether that has changed.
func (w *Watcher) note(databases []string) {
	w.mu.Lock()
	others := !slices.Equal(databases, w.databases)
	w.databases = databases
	w.mu.Unlock()
	if others {
		w.changed()
	}
}
