package settings

import (
	"errors"
	"strings"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/settings"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// hostState returns what is known about a listed host.
func hostState(h exchange.HTTPS, host string, now time.Time) (string, theme.Tone) {
	opened, refused, last := 0, 0, time.Time{}
	client := ""
	for _, v := range h.Seen {
		if v.Listed != host {
			continue
		}
		if v.Refusal != exchange.NotRejected {
			refused++
		}
		if v.Opened > 0 && v.Refusal == exchange.NotRejected {
			opened += v.Opened
			if v.Last.After(last) {
				last, client = v.Last, v.Client
			}
		}
	}
	switch {
	case opened > 0 && client != "":
		return lang.L("Decrypted, last for %s, %s", client, text.Ago(last, now)), theme.Good
	case opened > 0:
		return lang.L("Decrypted, last %s", text.Ago(last, now)), theme.Good
	case refused > 0:
		return lang.L("Passes untouched"), theme.Warn
	case !h.On:
		return lang.L("Not decrypted: switched off"), theme.Muted
	default:
		return lang.L("Not used yet"), theme.Muted
	}
}

// lastSeen returns which client connected to a host, and when.
func lastSeen(v exchange.TLSClient, now time.Time) string {
	if v.Client == "" {
		return lang.L("Last %s, by an unknown client", text.Ago(v.Last, now))
	}
	return lang.L("Last %s, by %s", text.Ago(v.Last, now), v.Client)
}

// notDecryptedText returns why connections are not decrypted, and what to do.
func notDecryptedText(client string, why exchange.RejectReason) string {
	if client == "" {
		client = lang.L("A client")
	}
	switch why {
	case exchange.TrackerAsksCert:
		return lang.L("This tracker asks the client for a certificate, which BittOratio can't have. All connections to it pass untouched, and its totals aren't multiplied.")
	case exchange.TrackerVersion:
		return lang.L("This tracker wants a kind of TLS that BittOratio can't speak. All connections to it pass untouched, and its totals aren't multiplied.")
	case exchange.RejectedCertificate:
		return lang.L("%s doesn't trust the certificate, so its connections pass untouched and the tracker gets its real numbers. Start it as shown below and try again.", client)
	case exchange.RejectedSilently:
		return lang.L("%s broke off when it saw the certificate, so its connections pass untouched. It probably doesn't trust the certificate: start it as shown below and try again.", client)
	default:
		return lang.L("%s uses a kind of TLS that BittOratio can't decrypt, so its connections pass untouched. A newer version of it may work.", client)
	}
}

// hostError returns what is wrong with a typed host.
func hostError(typed string, err error) string {
	switch {
	case errors.Is(err, settings.ErrNoHTTPS):
		return lang.L("This tracker does not use https, so nothing has to be decrypted.")
	case strings.Contains(typed, "*"):
		return lang.L("A star goes in front of a domain: *.tracker.example.")
	case errors.Is(err, settings.ErrPasskey):
		return lang.L("This seems to contain a passkey. Put *. in front of the rest: *.tracker.example.")
	default:
		return lang.L("This is not a host. Write it as tracker.example or tracker.example:8443.")
	}
}
