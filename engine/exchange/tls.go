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
	Refusal RejectReason // why it is not decrypted although it is listed
}

// RejectReason is why a client's connections to a host are not decrypted any more.
type RejectReason uint8

// The reasons.
const (
	NotRejected         RejectReason = iota
	RejectedCertificate              // the client does not trust the local authority
	RejectedSilently                 // the client ended the connection, as clients do that do not trust the authority
	RejectedVersion                  // the client speaks no version or cipher of TLS that this program speaks
)
