package setup

import (
	"errors"
	"io/fs"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/check"
	"bittoratio/engine/clients/file"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// names are the clients, in the order the list has them.
func names(list []clients.Client) []string {
	out := make([]string, 0, len(list))
	for _, c := range list {
		out = append(out, clients.Say(c.Name, lang.Current()))
	}
	return out
}

// releases are the generations of a client's releases that are set up differently.
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

// unfilled says why a guide could not be filled in.
func unfilled(err error, addr string) string {
	if errors.Is(err, clients.ErrNoPort) {
		return lang.L("The port is chosen when the program is switched on. Switch on first, or set a port in Settings.")
	}
	return lang.L("A client cannot be pointed at %s. Choose another address in Settings.", addr)
}

// verdict is what a live check says: a title, what to do, and how it should strike the reader.
func verdict(f check.Finding, c clients.Client) (title, say string, tone theme.Tone) {
	switch f.Verdict {
	case check.Heard, check.Refused, check.Away:
		return announced(f)
	case check.Off:
		return lang.L("BittOratio is off"), lang.L("Switch it on above: while it is off, no announce can come."), theme.Warn
	case check.Stranger:
		return lang.L("An announce came, but from %s", f.Client),
			lang.L("Another client is pointed here. If that is the one you mean, choose it above; if not, go on with the steps."), theme.Warn
	case check.Untrusted:
		return lang.L("The client does not trust the certificate"),
			lang.L("It goes through untouched now. Start it with the command under Settings > HTTPS trackers, or convert its torrents, which needs no certificate."), theme.Warn
	case check.Tunnels:
		return lang.L("Only streams came that cannot be looked into"),
			lang.L("The client comes here, but for https:// trackers or for peers. Convert its torrents, or list the tracker under Settings > HTTPS trackers. Peers should not go through the proxy."), theme.Warn
	case check.Requests:
		return lang.L("The client comes here, but has not announced"),
			lang.L("Resume a torrent that has an http:// tracker. The Activity page shows what came instead."), theme.Warn
	default:
		return unheard(f, c)
	}
}

// announced is verdict for a client whose announces come.
func announced(f check.Finding) (title, say string, tone theme.Tone) {
	title = lang.L("%s announces through here", f.Client)
	switch {
	case f.Verdict == check.Heard:
		return title, lang.L("The set-up is right: %s was told, and has answered.", f.Tracker), theme.Good
	case f.Verdict == check.Away:
		return title, lang.L("The set-up is right, but %s does not answer. It will be told as soon as it is back; nothing is to be done.", f.Tracker), theme.Warn
	case f.Failure != "":
		return title, lang.L("The set-up is right, but %s refuses: “%s”. Ask there whether the torrent and your passkey are still valid.", f.Tracker, f.Failure), theme.Warn
	}
	return title, lang.L("The set-up is right, but %s refuses with HTTP status %d. Ask there whether the torrent and your passkey are still valid.", f.Tracker, f.Status), theme.Warn
}

// unheard is verdict where nothing came.
func unheard(f check.Finding, c clients.Client) (title, say string, tone theme.Tone) {
	title = lang.L("Nothing has come yet")
	switch f.Verdict {
	case check.Convert:
		return title, lang.L("%s uses no proxy for trackers, whatever its settings say: only converted torrents come here. Convert one, and open it there.", c.Name), theme.Warn
	case check.UDP:
		return title, lang.L("Was the client started anew after the change, and does a torrent run? Torrents with only udp:// trackers go past the proxy: convert them."), theme.Warn
	case check.Nothing:
		return title, lang.L("Was the client started anew after the change, does a torrent run, and does its proxy page show the address above?"), theme.Warn
	}
	if len(c.Marks) == 0 {
		return lang.L("Waiting for the first announce"), lang.L("Follow the steps, then resume a torrent or let it announce anew. This turns green by itself."), theme.Plain
	}
	return lang.L("Waiting for the first announce of %s", c.Name), lang.L("Follow the steps, then resume a torrent or let it announce anew. This turns green by itself."), theme.Plain
}

// unchanged says why a client's file was not changed, or cannot be, with the next step.
func unchanged(err error) string {
	var running *file.RunningError
	var format *file.FormatError
	var version *file.VersionError
	switch {
	case errors.As(err, &running):
		return lang.L("%s runs (process %d) and would write over the change when it ends. Close it altogether, its tray icon included, and try again.", running.Program, running.PID)
	case errors.As(err, &format):
		return lang.L("The file does not read as the client's settings, so it is left alone. Start the client once and close it, or follow the steps below.")
	case errors.As(err, &version):
		return lang.L("Version %s of the client wrote this file, and that version ignores this setting. Choose your version above; if you have updated the client since, start it once and close it.", version.Version)
	case errors.Is(err, file.ErrChanged):
		return lang.L("The file was changed in the meantime. Look at it again.")
	case errors.Is(err, fs.ErrPermission):
		return lang.L("The file belongs to another user, and this program may not change it. Follow the steps below as that user, or as root.")
	default:
		return lang.L("Not done: %s. The file is as it was.", err.Error())
	}
}
