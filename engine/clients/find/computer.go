package find

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// Computer is a computer as this package sees it. Tests replace its parts.
type Computer struct {
	clients.Paths

	User      int // -1 if users have no numbers
	Disk      fs.StatFS
	Owner     func(path string) int // of the file that symbolic links lead to; -1 if unknown
	Run       func(ctx context.Context, program string, args ...string) (string, error)
	Processes func() ([]file.Process, error)
	Installed func() []Entry // Windows' list of programs
}

// Entry is an entry of Windows' list of programs.
type Entry struct{ Name, Version, Folder string }

// runTime is how long a program may take to print its version.
const runTime = 2 * time.Second

// Here returns this computer.
func Here() Computer {
	on := file.Here()
	return Computer{
		Paths: on.Paths, User: os.Getuid(), Disk: disk{}, Owner: owner,
		Run: run, Processes: on.Processes, Installed: installed,
	}
}

// disk is the computer's files, by absolute paths.
type disk struct{}

// Open implements [fs.FS].
func (disk) Open(name string) (fs.File, error) { return os.Open(name) }

// Stat implements [fs.StatFS].
func (disk) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// ReadDir implements [fs.ReadDirFS].
func (disk) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// ReadLink implements [fs.ReadLinkFS].
func (disk) ReadLink(name string) (string, error) { return os.Readlink(name) }

// Lstat implements [fs.ReadLinkFS].
func (disk) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }

// run runs a program, and returns what it prints.
func run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append(os.Environ(), "QT_QPA_PLATFORM=offscreen", "LC_ALL=C")
	c.Dir = filepath.Dir(program)
	c.WaitDelay = runTime / 4 // so that a child that keeps the pipe open does not delay the result
	out, err := c.CombinedOutput()
	return string(out), err
}
