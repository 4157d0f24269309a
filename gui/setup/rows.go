package setup

import (
	"errors"
	"io/fs"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/check"
	"bittoratio/engine/clients/file"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// names returns the names of clients, in the order of the list.
func names(list []clients.Client) []string {
	out := make([]string, 0, len(list))
	for _, c := range list {
		out = append(out, clients.Say(c.Name, lang.Current()))
	}
	return out
}

// releases returns the names of a client's generations: ranges of releases that are set up differently.
func releases(c clients.Client) []string {
	out := make([]string, 0, len(c.Generations))
	for _, g := range c.Generations {
		out = append(out, clients.Say(g.Title, lang.Current()))
	}
	return out
}

func doorName(d clients.DoorKey) string {
	switch d {
	case clients.Proxy:
		return lang.L("HTTP proxy")
	case clients.Convert:
		return lang.L("Convert")
	default:
		return d.String()
	}
}

// guideError returns why a guide could not be filled in.
func guideError(err error, addr string) string {
	if errors.Is(err, clients.ErrNoPort) {
		return lang.L("BittOratio chooses the port when you switch it on. Switch on first, or set a port in Settings.")
	}
	return lang.L("Clients can't connect to %s. Choose another address in Settings.", addr)
}

// verdict returns the texts for the result of a live check: a title, what to do, and their tone.
func verdict(f check.Finding, c clients.Client) (title, say string, tone theme.Tone) {
	switch f.Verdict {
	case check.Connected, check.Refused, check.Away:
		return announced(f)
	case check.Off:
		return lang.L("BittOratio is off"), lang.L("Switch BittOratio on above: while it is off, no announce can arrive."), theme.Warn
	case check.Stranger:
		return lang.L("An announce arrived, but from %s", f.Client),
			lang.L("Another client is connected. If you mean that one, choose it above. If not, continue with the steps."), theme.Warn
	case check.Untrusted:
		return lang.L("The client does not trust the certificate"),
			lang.L("Its connections pass untouched now. Start it with the command under Settings > HTTPS trackers, or convert its torrents, which needs no certificate."), theme.Warn
	case check.Tunnels:
		return lang.L("Only connections came that BittOratio can't read"),
			lang.L("The client connects, but only for https:// trackers or for peers. Convert its torrents, or list the tracker under Settings > HTTPS trackers. Peers should not go through the proxy."), theme.Warn
	case check.Requests:
		return lang.L("The client connects, but has not announced"),
			lang.L("Resume a torrent that has an http:// tracker. The Activity page shows what came instead."), theme.Warn
	default:
		return nothingReceived(f, c)
	}
}

// announced returns the texts of verdict for a client that announces.
func announced(f check.Finding) (title, say string, tone theme.Tone) {
	title = lang.L("%s is connected", f.Client)
	switch {
	case f.Verdict == check.Connected:
		return title, lang.L("Everything works: %s got the announce and replied.", f.Tracker), theme.Good
	case f.Verdict == check.Away:
		return title, lang.L("The set-up works, but %s doesn't answer. The announce is delivered as soon as it does; you don't have to do anything.", f.Tracker), theme.Warn
	case f.Failure != "":
		return title, lang.L("The set-up works, but %s refuses: “%s”. Ask there whether the torrent and your passkey are still valid.", f.Tracker, f.Failure), theme.Warn
	}
	return title, lang.L("The set-up works, but %s refuses with HTTP status %d. Ask there whether the torrent and your passkey are still valid.", f.Tracker, f.Status), theme.Warn
}

// nothingReceived returns the texts of verdict if no announce came.
func nothingReceived(f check.Finding, c clients.Client) (title, say string, tone theme.Tone) {
	title = lang.L("Nothing has come yet")
	switch f.Verdict {
	case check.Convert:
		return title, lang.L("%s uses no proxy for trackers, whatever its settings say. Convert a torrent, and open the copy there.", c.Name), theme.Warn
	case check.UDP:
		return title, lang.L("Did you restart the client after the change, and is a torrent running? Torrents with only udp:// trackers bypass the proxy: convert them."), theme.Warn
	case check.Nothing:
		return title, lang.L("Did you restart the client after the change, is a torrent running, and does its proxy page show the address above?"), theme.Warn
	}
	if len(c.Marks) == 0 {
		return lang.L("Waiting for the first announce"), lang.L("Follow the steps, then resume a torrent. This turns green on its own."), theme.Plain
	}
	return lang.L("Waiting for the first announce of %s", c.Name), lang.L("Follow the steps, then resume a torrent. This turns green on its own."), theme.Plain
}

// fileError returns why a client's file was not or cannot be changed, with what to do next.
func fileError(err error) string {
	var running *file.RunningError
	var format *file.FormatError
	var version *file.VersionError
	switch {
	case errors.As(err, &running):
		return lang.L("%s is running (process %d) and would overwrite the change when it quits. Quit it, its tray icon too, and try again.", running.Program, running.PID)
	case errors.As(err, &format):
		return lang.L("This isn't a settings file of the client, so it stays as it is. Start the client once and close it, or follow the steps below.")
	case errors.As(err, &version):
		return lang.L("Version %s of the client wrote this file, and that version ignores this setting. Choose your version above; if you have updated the client since, start it once and close it.", version.Version)
	case errors.Is(err, file.ErrChanged):
		return lang.L("The file has changed in the meantime. Look at it again.")
	case errors.Is(err, fs.ErrPermission):
		return lang.L("The file belongs to another user, so BittOratio can't change it. Follow the steps below as that user, or as root.")
	default:
		return lang.L("Not done: %s. The file is as it was.", text.Cause(err))
	}
}
