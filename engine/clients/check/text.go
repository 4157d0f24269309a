package check

import "fmt"

// Works reports whether the client's announce arrived: then its set-up is right, whatever the tracker answers.
func (f Finding) Works() bool {
	return f.Verdict == Connected || f.Verdict == Refused || f.Verdict == Away
}

// Text returns the finding for a terminal: what arrived, and the next step. name is the client's; empty for any client.
func (f Finding) Text(name string) string {
	if name == "" {
		name = "the client"
	}
	switch f.Verdict {
	case Connected:
		return fmt.Sprintf("%s is connected: %s got its announce and replied", f.Client, f.Tracker)
	case Refused:
		why := f.Failure
		if why == "" {
			why = fmt.Sprintf("HTTP status %d", f.Status)
		}
		return fmt.Sprintf("%s is connected, but %s refused its announce (%s): ask there whether the torrent and your passkey are still valid", f.Client, f.Tracker, why)
	case Away:
		return fmt.Sprintf("%s is connected, but %s did not answer; its announce is sent again until it does", f.Client, f.Tracker)
	case Off:
		return "BittOratio is off: no announce can come"
	case Stranger:
		return fmt.Sprintf("an announce came, but from %s and not from %s", f.Client, name)
	case Untrusted:
		return name + " does not trust the certificate: start it with the command of -launch, or convert its torrents"
	case Tunnels:
		return name + " comes here, but only with streams that are not decrypted, for https:// trackers or peers: convert its torrents"
	case Requests:
		return name + " comes here, but has not announced: resume a torrent that has an http:// tracker"
	case Convert:
		return "nothing came: " + name + " uses no proxy for trackers, so only converted torrents come here (-convert)"
	case UDP:
		return "nothing came: did you restart " + name + " after the change, and is a torrent running? udp:// trackers go past the proxy: convert these torrents (-convert)"
	case Nothing:
		return "nothing came: did you restart " + name + " after the change, is a torrent running, and does its proxy setting hold this address?"
	default:
		return "waiting for the first announce of " + name
	}
}
