package swarm

import (
	"errors"
	"strings"

	"bittoratio/engine/swarmview"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// noError and otherError extend the kinds of errors of package swarmview.
const (
	noError    swarmview.ErrorKind = 0xff
	otherError swarmview.ErrorKind = 0xfe
)

func kindOf(err error) swarmview.ErrorKind {
	var own *swarmview.Error
	switch {
	case err == nil:
		return noError
	case errors.As(err, &own):
		return own.Kind
	default:
		return otherError
	}
}

// errorText returns why something was not done, with what to do next.
func errorText(err error) string {
	detail := ""
	if own := new(swarmview.Error); errors.As(err, &own) {
		detail = own.Detail
	}
	switch kindOf(err) {
	case swarmview.Off:
		return lang.L("The swarm can't be reached: switch it on, or look at its interface and port in Settings.")
	case swarmview.NotALink:
		return lang.L("This is neither a magnet link nor the hash of a torrent.")
	case swarmview.Unreadable:
		return lang.L("The file can't be read: %s.", detail)
	case swarmview.LooksPrivate, swarmview.Private:
		return lang.L("A private torrent is never looked up among strangers.")
	case swarmview.Gone, swarmview.NotKnown:
		return lang.L("Its description isn't known. Look it up again.")
	case swarmview.NoLayers:
		return lang.L("No peer sent the hashes of its pieces, without which no client accepts the file. Look it up again later.")
	case swarmview.Exists:
		return lang.L("Another file has this name, and nothing is written over it. Choose another folder.")
	case swarmview.NoGateway:
		return lang.L("None of its trackers can be reached through a gateway address. Save it as it is.")
	case swarmview.Disk:
		return lang.L("The file can't be written: %s.", detail)
	default:
		return text.Error(err)
	}
}

// state returns how far a search is, in a few words.
func state(s *swarmview.Search) (string, theme.Tone) {
	switch {
	case s.State == swarmview.Looking:
		return lang.L("Looking"), theme.Strong
	case s.Known:
		return lang.L("Found"), theme.Good
	case s.End == swarmview.EndStopped || s.End == swarmview.EndOff:
		return lang.L("Stopped"), theme.Muted
	default:
		return lang.L("Not found"), theme.Warn
	}
}

// reason returns why a search ended without a description, and what to do next.
func reason(s *swarmview.Search) (what, next string) {
	p := &s.Progress
	switch s.End {
	case swarmview.EndNoNode:
		what = lang.L("No node of the DHT answered")
		next = lang.L("Check that this computer is online, and that neither a firewall nor a VPN blocks UDP.")
		if len(s.FirstNodes) > 0 {
			next = lang.L("Tried: %s.", nodeGroups(s.FirstNodes)) + " " + next
		}
	case swarmview.EndNobody:
		what = lang.L("Nobody announces it")
		next = lang.N("%s nodes of the DHT answered, and none of them knows a peer.", p.Answered, lang.Int(uint64(p.Answered))) + " " +
			lang.L("The torrent may be new, or given up. Look further, or try again later.")
	case swarmview.EndUnreachable:
		what = lang.N("%d peers, none reachable", p.Found)
		next = lang.L("Theirs or yours may be behind a firewall, or a VPN blocks the way. Look further: peers come and go.")
	case swarmview.EndNoMetadata:
		what = lang.L("The peers don't have its description yet")
		next = lang.N("%d peers answered. They began with the link alone too, and wait for somebody who has the torrent. Look further, or try again later.", p.TCP+p.UTP)
	case swarmview.EndTooLarge:
		what = lang.L("The description is too large")
		next = lang.L("Peers have it, but it is larger than 16 MiB, which is more than BittOratio accepts. Take the .torrent from where the link came from.")
	case swarmview.EndWrongHash:
		what = lang.N("A wrong description from %d peers", p.Wrong)
		next = lang.L("What they sent is not what the link names, so it was thrown away. Look further: other peers may have the right one.")
	case swarmview.EndTimeOver:
		what = lang.L("The description did not come whole in time")
		next = lang.L("%d of %d parts came. The peers are slow: look further.", p.Pieces, p.Of)
		if p.Of == 0 {
			next = lang.N("%d peers answered, and sent nothing of it. Look further: other peers may have more to give.", p.TCP+p.UTP)
		}
	case swarmview.EndPrivate:
		what = lang.L("It is private: only its own trackers were asked")
		next = lang.L("Private torrents are never looked up among strangers.")
	case swarmview.EndBroken:
		what = lang.L("It describes no torrent")
		next = lang.L("What the peers have has the right hash, but no client can use it.")
	case swarmview.EndOff:
		what = lang.L("The swarm was switched off meanwhile")
		next = lang.L("Switch it on, and look again.")
	default:
		what, next = lang.L("Stopped"), lang.L("What was found until then is below.")
	}
	return what, next
}

// nodeGroups returns the kinds of first nodes in words.
func nodeGroups(list []swarmview.Group) string {
	var words []string
	for _, g := range list {
		switch g {
		case swarmview.GroupSaved:
			words = append(words, lang.L("the nodes of last time"))
		case swarmview.GroupGiven:
			words = append(words, lang.L("the link's nodes"))
		case swarmview.GroupClients:
			words = append(words, lang.L("your own client"))
		case swarmview.GroupPeers:
			words = append(words, lang.L("the nodes of peers"))
		case swarmview.GroupRouters:
			words = append(words, lang.L("well-known nodes"))
		}
	}
	return strings.Join(words, ", ")
}

// facts returns how far a search is: four facts, each with its name.
func facts(s *swarmview.Search) [4][2]string {
	p := &s.Progress
	n := func(i int) string { return lang.Int(uint64(max(i, 0))) }
	pieces := text.Dash
	if p.Of > 0 {
		pieces = lang.L("%s of %s parts", n(p.Pieces), n(p.Of))
	} else if s.Known {
		pieces = lang.L("whole")
	}
	return [4][2]string{
		{lang.L("DHT nodes"), lang.L("%s asked, %s answered", n(p.Queried), n(p.Answered))},
		{lang.L("Peers"), lang.L("%s found, %s tried", n(p.Found), n(p.Tried))},
		{lang.L("Reached"), lang.L("%s over TCP, %s over µTP", n(p.TCP), n(p.UTP))},
		{lang.L("Description"), pieces},
	}
}

// about returns what a torrent contains, and who has it.
func about(s *swarmview.Search) string {
	words := []string{text.Bytes(uint64(max(s.Size, 0))), lang.N("%s files", s.FileCount, lang.Int(uint64(s.FileCount)))}
	if s.Private {
		words = append(words, lang.L("private"))
	}
	if s.V2 {
		words = append(words, lang.L("version 2"))
	}
	if s.Seeders >= 0 {
		words = append(words, lang.N("%s seeds", s.Seeders, lang.Int(uint64(s.Seeders))))
	}
	if s.Leechers >= 0 {
		words = append(words, lang.N("%s peers", s.Leechers, lang.Int(uint64(s.Leechers))))
	}
	return strings.Join(words, ", ")
}
