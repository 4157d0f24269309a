package store

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The files of the folder. This is the only list of them.
const (
	SettingsFile = "settings.json"   // the user's choices
	LedgerFile   = "ledger.journal"  // per session: seen and reported
	SpoolFile    = "spool.journal"   // pending announces
	AnswersFile  = "answers.journal" // last good answer of each tracker and torrent
	NamesFile    = "names.json"      // what torrents are called
	DHTFile      = "dht.json"        // this node's id in the DHT, its address, and nodes to begin with
	DHTSizesFile = "dht-sizes.json"  // the size of the DHT, one value per day
	LockFile     = "lock"            // locked while a process uses the folder; contains its process number
	InstanceFile = "instance"        // how a second start reaches the first one

	AuthorityFile   = "authority.pem"         // the local authority's certificate and key
	CertificateFile = "bittoratio-ca.pem"     // only its certificate, for clients
	BundleFile      = "bittoratio-bundle.pem" // its certificate and the system's, for clients that read a single file
)

// Folder is a data folder held by this process. It is safe for concurrent use.
type Folder struct {
	path string

	holding sync.Mutex
	lock    *os.File  // guarded by holding; nil after Close
	looked  time.Time // guarded by holding; when the lock file was last checked
	lost    error     // guarded by holding; the result of that check

	failures atomic.Uint64 // appends that failed

	mu       sync.Mutex      // held while names in the folder change
	journals map[string]bool // the open ones: two writers would overwrite each other
}

// Open makes the folder if it is missing and takes its lock before anything in it is read. A missing folder is made
// 0700, and so are its missing parents; an existing empty one is made 0700; an existing one with files keeps its mode,
// because it may be a place the user shares on purpose. The error is a *LockedError if the folder is held, otherwise an
// *Error.
func Open(path string) (*Folder, error) {
	if path == "" {
		return nil, &Error{"open folder", `""`, ErrBadName}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, wrap("open folder", path, err)
	}
	if err := makeFolder(path); err != nil {
		return nil, wrap("open folder", path, err)
	}
	f, err := openPlain(filepath.Join(path, LockFile), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, wrap("open", filepath.Join(path, LockFile), err)
	}
	if held, err := lockFile(f); err != nil || held {
		defer f.Close()
		if held {
			return nil, &LockedError{path, holder(f)}
		}
		return nil, wrap("lock", filepath.Join(path, LockFile), err)
	}
	// A full disk must not keep the program from starting, so a process number that cannot be written is ignored.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0)
	}
	return &Folder{path: path, lock: f, journals: map[string]bool{}}, nil
}

// makeFolder makes the folder at path, which only the user may enter.
func makeFolder(path string) error {
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return makePrivate(path)
	case err != nil:
		return err
	case !st.IsDir():
		return syscall.ENOTDIR
	case !forOthers(st):
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) > 0 {
		return err
	}
	return os.Chmod(path, 0o700)
}

// holder reads the process number from a lock file that another process holds. That process writes the number right
// after taking the lock, so holder briefly waits if the file is empty.
func holder(f *os.File) int {
	for range 10 {
		var b [20]byte
		n, _ := f.ReadAt(b[:], 0)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n]))); err == nil && pid > 0 {
			return pid
		}
		time.Sleep(5 * time.Millisecond)
	}
	return 0
}

// IsOpen reports whether other users of this computer may list the folder. They may if it existed before the program
// did. They cannot read its files.
func (d *Folder) IsOpen() bool {
	st, err := os.Stat(d.path)
	return err == nil && forOthers(st)
}

// Path returns the path of the file called name.
func (d *Folder) Path(name string) string { return filepath.Join(d.path, name) }

// Close releases the folder. Its journals must be closed first. A second Close does nothing.
func (d *Folder) Close() error {
	d.holding.Lock()
	defer d.holding.Unlock()
	if d.lock == nil {
		return nil
	}
	f := d.lock
	d.lock = nil
	_ = f.Truncate(0) // unlocked from here on; the process number is only for people
	// The file stays. If it were removed, a process that waits at the old one and a process that makes a new one would
	// both hold a lock.
	return wrap("unlock", LockFile, f.Close())
}
