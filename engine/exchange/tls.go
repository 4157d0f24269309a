package exchange

import "time"

// TLSClient is one client that connected to one host over TLS.
type TLSClient struct {
	Host    string // as it can be listed: host[:port], or *.domain[:port] where the name holds a passkey
	Listed  string // the entry of the list that covers Host, as written there; empty if none does
	Client  string // the first word of its User-Agent; empty if it sent none, as libtorrent does not
	Count   int    // connections
	Opened  int    // connections that were decrypted
	Last    time.Time
	Refusal RejectReason // why the client is not decrypted although the host is listed
}

// RejectReason is why a client's connections to a host are not decrypted any more.
type RejectReason uint8

// The reasons.
const (
	NotRejected         RejectReason = iota
	RejectedCertificate              // the client does not trust the local authority
	RejectedSilently                 // the client ended the connection, as a client that does not trust the authority may
	RejectedVersion                  // the client speaks no version or cipher of TLS that this program speaks
)

// HTTPS is which https trackers are decrypted, and by which certificate.
type HTTPS struct {
	On          bool      // connections to the listed hosts are decrypted
	Stored      bool      // the data folder has an authority, whether decrypting is on or off
	Name        string    // of the certificate that is kept, as lists of certificates show it
	Fingerprint string    // of the certificate in use, SHA-256; empty while off
	Until       time.Time // when it ends; it is renewed long before
	Certificate string    // path of the public certificate
	Bundle      string    // path of the same with the system's authorities; empty if those were not found
	Trouble     string    // why decrypting is not on although the settings ask for it, in the log's words

	Hosts []string    // the list, each entry as written and once, whether decrypting is on or off
	Seen  []TLSClient // which clients connected where over TLS, the latest first
}
