package downstream

import (
	"bytes"
	"net"
	"strings"

	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// Via is how a client's requests came. The zero value is a plain connection to this program, as a proxy or a gateway.
// Otherwise the client chose the other end of the stream before it sent anything: through SOCKS or CONNECT, or in TLS
// that was decrypted. Then its requests are in the form for a server (origin form), and nothing in their heads is for
// this program.
type Via struct {
	Scheme string          // http, or https for TLS that was decrypted; empty for a plain connection
	Target upstream.Target // where the stream goes
	Home   bool            // the other end is this program: its gateway
}

// Tunnelled reports whether the client chose the other end of the stream.
func (v *Via) Tunnelled() bool { return v.Scheme != "" }

// Authority names the tracker of a request by its Host line, since clients may go to one tracker by several addresses,
// with the port that the stream goes to.
func (v *Via) Authority(host []byte) string {
	at, port, err := net.SplitHostPort(v.Target.Address)
	if v.Target.ServerName != "" {
		return net.JoinHostPort(v.Target.ServerName, port)
	}
	if name := string(host); err == nil && name != "" {
		if strings.HasSuffix(name, ":"+port) {
			return name
		}
		if n, _, err := net.SplitHostPort(name); err == nil {
			name = n
		}
		at = strings.Trim(name, "[]")
	}
	return net.JoinHostPort(at, port)
}

// Agrees reports whether the Host line names the server whose certificate the client asked for: otherwise it is not
// certain which tracker the request is for.
func (v *Via) Agrees(host []byte) bool {
	name, _, err := net.SplitHostPort(string(host))
	if err != nil {
		name = strings.Trim(string(host), "[]")
	}
	return v.Target.ServerName == "" || strings.EqualFold(name, v.Target.ServerName)
}

// ClientName returns the client of a request without a peer id: the first word of its User-Agent.
func ClientName(req *httphead.Request) string {
	agent, _ := req.Get("user-agent")
	word, _, _ := bytes.Cut(agent, []byte(" "))
	return string(word[:min(len(word), 40)])
}

// After is what happens to a client's connection after a request.
type After uint8

// The cases.
const (
	Closes   After = iota // it ends
	Stays                 // the client may send another request
	Upgraded              // both ends speak something else from now on (101)
)
