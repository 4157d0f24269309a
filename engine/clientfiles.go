package engine

import (
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// The words of a client's settings file, for the window.
type (
	ClientFile         = file.File
	ClientPlan         = file.Plan
	ClientChange       = file.Change
	ClientRunningError = file.RunningError
	ClientFormatError  = file.FormatError
)

// ErrClientChanged is a client's file that was changed since it was shown.
var ErrClientChanged = file.ErrChanged

// ClientFiles are the settings files of a guide's client on this computer; none where the guide says of no change that
// is safe.
func (e *Engine) ClientFiles(g clients.Guide) []ClientFile {
	if g.Apply == nil {
		return nil
	}
	return file.Here().Find(g)
}

// PlanClient is what would change in the file so that its client comes here, or with back what would take that back;
// nothing is changed yet. The error is a *[ClientFormatError], or what the disk said.
func (e *Engine) PlanClient(f ClientFile, g clients.Guide, back bool) (*ClientPlan, error) {
	if back {
		return file.Back(f, *g.Apply)
	}
	return file.Point(f, *g.Apply)
}

// ClientClosed is whether the file's client does not run; the error is a *[ClientRunningError].
func (e *Engine) ClientClosed(f ClientFile) error { return file.Here().Closed(f) }

// ApplyClient does what the plan says, with a backup beside the file. The error is a *[ClientRunningError],
// [ErrClientChanged], or what the disk said; the file is then as it was.
func (e *Engine) ApplyClient(p *ClientPlan) error {
	err := p.Apply(file.Here())
	switch {
	case err != nil:
		e.log.Warn("a client's settings were not changed", "client", p.File.System, "cause", err.Error())
	case p.Undo:
		e.log.Info("a client's settings were put back", "client", p.File.System, "settings", len(p.Changes))
	default:
		e.log.Info("a client was pointed here", "client", p.File.System, "settings", len(p.Changes))
	}
	return err
}
