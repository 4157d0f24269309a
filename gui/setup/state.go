package setup

import (
	"slices"
	"time"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/check"
	"bittoratio/engine/clients/find"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// wait is how a card waits for its client's first announce.
type wait struct {
	began time.Time // zero if it does not wait
	seq   uint64    // only exchanges after this one count
}

// cutoff is set for a client that no longer uses this program, or that was set up while it did not announce here. Its
// announces before that do not count.
type cutoff struct {
	at         time.Time // announces before this do not count; zero if all count
	firstAfter time.Time // the first announce after at, for example because some torrents are converted
}

// since returns when the client began to announce through this program; ok is false if it does not.
func (d *card) since() (since time.Time, ok bool) {
	a, ok := d.finder.announces(d.c)
	switch {
	case !ok || a.last.Before(d.cutoff.at) || !a.thisRun && d.pointsElsewhere():
		return time.Time{}, false
	case !a.since.Before(d.cutoff.at):
		return a.since, true
	case d.cutoff.firstAfter.IsZero():
		d.cutoff.firstAfter = a.last
	}
	return d.cutoff.firstAfter, true
}

// pointsElsewhere reports whether the client is known not to use this program now, whatever it announced in an earlier
// run. This is not known for a client that was set up by hand or by a command.
func (d *card) pointsElsewhere() bool {
	return !d.c.Pointed && d.c.Census.Converted == 0 && d.c.Way.Means != find.ByHand && d.c.Way.Means != find.ByCommand
}

// forgetAnnounces makes the client's announces so far no longer count, because it no longer uses this program.
func (d *card) forgetAnnounces() {
	d.wait, d.cutoff = wait{}, cutoff{at: d.finder.desk.Now()}
	d.finder.done(d.c)
	d.tick()
}

// cancelWait ends the wait of a client that was set up for an address that this program no longer has.
func (d *card) cancelWait() {
	if !d.wait.began.IsZero() && d.pending == nil {
		d.clearBelow()
		d.wait = wait{}
	}
}

// condition returns the client's state and, if it has waited too long, the known reason that fits.
func (d *card) condition() (state, reason string, tone theme.Tone) {
	f, c := d.finder, d.c
	if since, ok := d.since(); ok {
		if !d.wait.began.IsZero() && d.hasResult && !d.busy && !d.lasting {
			d.clearBelow() // the state shows the result of the change now; a question stays for its answer
		}
		d.wait = wait{}
		return lang.L("Announces through BittOratio since %s", text.Clock(since, f.now)), "", theme.Good
	}
	if state, reason, tone, ok := d.waitCondition(); ok {
		return state, reason, tone
	}
	switch {
	case c.Pointed && c.Running() && c.Way.Means == find.ByEntry && c.Proxy == "":
		return lang.L("Set up, but it runs from before: close it and start it again"), "", theme.Warn
	case c.Pointed && c.Running():
		return lang.L("Set up, but silent: resume a torrent"), "", theme.Warn
	case c.Pointed:
		return lang.L("Set up, and not running"), "", theme.Plain
	case c.Undo:
		return lang.L("Set up for another address: set it up again"), "", theme.Warn
	case c.Sandbox == find.Container:
		return lang.L("Running in a container, which has its own network"), "", theme.Muted
	case c.Foreign && c.Way.Means == find.ByHand:
		return lang.L("Running as another user"), "", theme.Muted
	case c.Running() && c.Way.Means == find.ByHand && c.Way.Doubt != find.Certain:
		return lang.L("Running, not set up"), doubt(c.Way.Doubt), theme.Muted
	case c.Running():
		return lang.L("Running, not set up"), "", theme.Muted
	}
	return lang.L("Not set up"), "", theme.Muted
}

// doubt returns why BittOratio does not change the settings file of a client that runs, with what to do next.
func doubt(d find.Doubt) string {
	switch d {
	case find.NoSettings:
		return lang.L("It was started with an option that makes it read no settings file, so a change of the file would have no effect. Start it without that option and look again, or follow the steps below.")
	case find.Overridden:
		return lang.L("It was started with an option or a variable that sets another proxy, which counts more than its settings file. Start it without that and look again.")
	default:
		return lang.L("How it was started doesn't show for certain which settings file it reads, so BittOratio changes none. Follow the steps below with the file that it reads, or start it with the whole path of its folder and look again.")
	}
}

// waitCondition returns the condition of a client that was just set up; ok is false if it was not.
func (d *card) waitCondition() (state, reason string, tone theme.Tone, ok bool) {
	f, c := d.finder, d.c
	i := slices.IndexFunc(f.clients, func(k clients.Client) bool { return k.Key == c.Key })
	guide, err := c.Way.Generation.Render(clients.Values{Addr: f.addr, Language: lang.Current()})
	if d.wait.began.IsZero() || i < 0 || err != nil {
		return "", "", theme.Plain, false
	}
	entries, _ := f.engine.Activity(d.wait.seq)
	waited := f.now.Sub(d.wait.began)
	found := check.Judge(f.clients[i], guide, f.on, entries, waited)
	if found.Verdict == check.Waiting {
		return lang.L("Waiting for its first announce, for %s: resume a torrent", text.Duration(waited)), "", theme.Plain, true
	}
	title, say, tone := verdict(found, f.clients[i])
	if why := d.torrentReason(found, f.clients[i]); why != "" {
		say = why
	}
	if !found.Works() {
		title = lang.L("%s, for %s", title, text.Duration(waited))
	}
	return title, say, tone, true
}

// torrentReason returns what about the client's torrents prevents announces, if none came and the client's folder shows
// the reason; otherwise "".
func (d *card) torrentReason(found check.Finding, client clients.Client) string {
	c := &d.c.Census
	switch nothing := found.Verdict == check.Nothing || found.Verdict == check.UDP; {
	case !nothing || len(client.Torrents) == 0 || d.c.Foreign || d.c.Folder != "" || d.c.Sandbox == find.Container:
		return ""
	case c.Torrents == 0:
		return lang.L("No torrent is in its usual folder yet. Add one, or resume one.")
	case c.Converted == 0 && c.By["http"] == 0 && (c.By["udp"] == 0 || found.Verdict == check.UDP):
		return lang.L("None of its torrents has an http:// tracker: convert them.")
	}
	return ""
}

// startWait starts to wait for the client's first announce. changed is when its change began: a client may announce
// before the change has ended.
func (d *card) startWait(changed time.Time) {
	if _, ok := d.since(); !ok {
		d.cutoff = cutoff{at: changed}
	}
	d.wait = wait{began: d.finder.now, seq: d.finder.seq}
	d.finder.done(d.c)
	d.tick()
}
