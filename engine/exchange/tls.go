package exchange

import "time"

// TLSClient is one client that connected to one host over TLS.
type TLSClient struct {
	Host    string // in the form for the list: host[:port], or *.domain[:port] if the name contains a passkey
	Listed  string // the entry of the list that covers Host, as written there; empty if none does
	Client  string // the first word of its User-Agent; empty if it sent none, as libtorrent
	Count   int    // connections
	Opened  int    // connections that were decrypted
	Last    time.Time
	Refusal RejectReason // why the client is not decrypted although the host is listed
}

// RejectReason is why connections to a host are no longer decrypted.
type RejectReason uint8

// The reasons.
const (
	NotRejected         RejectReason = iota
	RejectedCertificate              // the client does not trust the local authority
	RejectedSilently                 // the client ended the connection, perhaps because it does not trust the authority
	RejectedVersion                  // the client and this program have no TLS version or cipher in common
	TrackerAsksCert                  // the tracker asks for a client's certificate, which only the client may have
	TrackerVersion                   // the tracker and this program have no TLS version, cipher or protocol in common
)

// OfTracker reports whether the reason is the tracker's, and so the same for all clients.
func (r RejectReason) OfTracker() bool { return r == TrackerAsksCert || r == TrackerVersion }

// HTTPS is the state of decryption: whether it is on, and with which certificate.
type HTTPS struct {
	On          bool      // connections to the listed hosts are decrypted
	Stored      bool      // the data folder has an authority, whether decrypting is on or off
	Name        string    // of the stored certificate, as in lists of certificates
	Fingerprint string    // of the certificate in use, SHA-256; empty while off
	Until       time.Time // when it expires; it is renewed long before
	Certificate string    // path of the public certificate
	Bundle      string    // path of the same together with the system's authorities; empty if those were not found
	Trouble     string    // why decrypting is off although the settings require it, as in the log

	Hosts []string    // the list, each entry once and as written, whether decrypting is on or off
	Seen  []TLSClient // which clients connected where over TLS, latest first
}
