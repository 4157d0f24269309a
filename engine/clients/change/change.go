// Package change makes the change that sends a client's announces through BittOratio: it is planned, shown to the user,
// made, and can be undone. Package find chooses the means by the client's version and by what runs. This package
// changes the user's settings files, the settings of a running client, and how a client is started; it never changes a
// file of the system.
package change

import (
	"context"
	"errors"
	"slices"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
)

// Plan is a planned change, as the user sees it.
type Plan struct {
	Means    find.Means
	Where    string        // the file, the address of the remote access, or the program
	Changes  []file.Change // empty if nothing has to change
	Undo     bool          // it undoes an earlier change
	Makes    bool          // the file does not exist yet
	Replaced string        // the proxy in the client's settings; empty if it has none, or has this program's
	Then     string        // the command that runs after it; empty for none

	apply func(ctx context.Context) error
}

// Wanted is what to change.
type Wanted struct {
	Client find.Client
	Way    find.Way
	Access remote.Access // for [find.ByRemote]
	Back   bool          // undo the change
}

// ErrByHand means that this program cannot change the client: the user follows the steps.
var ErrByHand = errors.New("this client is set up by hand")

// CommandError is a command after a change that failed. The change itself was made.
type CommandError struct {
	Command string
	Err     error
}

// Error implements error.
func (e *CommandError) Error() string { return "run " + e.Command + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *CommandError) Unwrap() error { return e.Err }

// New plans a change. The error is [ErrByHand], one of package file's, a *[remote.Error], [ErrOtherVersion], or the
// system's.
func New(ctx context.Context, on file.System, w Wanted) (*Plan, error) {
	if w.Back && !backed(w.Way) && len(w.Way.Earlier) > 0 {
		w.Way = w.Way.Earlier[0]
	}
	switch w.Way.Means {
	case find.ByFile, find.ByEntry:
		return byFile(w.Way.Means, on, w)
	case find.ByDropIn:
		p, err := byFile(w.Way.Means, on, w)
		if err == nil {
			p.Then = w.Way.Then
			p.apply = then(p.apply, p.Then)
		}
		return p, err
	case find.ByRemote:
		return byRemote(ctx, on, w)
	case find.ByRestart:
		return byRestart(w)
	}
	return nil, ErrByHand
}

// Apply makes the change. The error is a *[file.RunningError] if the client must be closed first, [file.ErrChanged], a
// *[remote.Error], a *[NotTakenError], a *[CommandError], or the system's.
func (p *Plan) Apply(ctx context.Context) error { return p.apply(ctx) }

// byFile plans the change of a user's file, which may have to be made.
func byFile(means find.Means, on file.System, w Wanted) (*Plan, error) {
	if len(w.Way.File) == 0 {
		return nil, ErrByHand
	}
	f := w.Way.File[0]
	plan, err := planFile(f, w.Way.Edit, w.Back)
	if err != nil {
		return nil, err
	}
	return &Plan{
		Means: means, Where: f.Path, Changes: plan.Changes, Undo: w.Back, Makes: plan.Makes(), Replaced: plan.Replaced,
		apply: func(context.Context) error { return plan.Apply(on) },
	}, nil
}

func planFile(f file.File, e clients.Edit, back bool) (*file.Plan, error) {
	if back {
		return file.Back(f, e)
	}
	return file.Point(f, e)
}

// Undoable reports whether BittOratio changed the client's settings and can undo that, for this or an earlier version
// of the client.
func Undoable(w find.Way) bool { return backed(w) || len(w.Earlier) > 0 }

func backed(w find.Way) bool {
	return slices.ContainsFunc(w.File, func(f file.File) bool {
		_, ok := f.Backup()
		return ok
	})
}
