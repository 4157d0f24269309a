package downstream

import (
	"bytes"
	"net"
	"strings"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// Via is how a client's requests arrive. The zero value is a plain connection to this program, as a proxy or a gateway.
// Otherwise the client chose the other end of the stream first, through SOCKS or CONNECT, or TLS was decrypted. Then
// its requests are in origin form, and nothing in their heads is meant for this program.
type Via struct {
	Scheme string          // http, or https for TLS that was decrypted; empty for a plain connection
	Target upstream.Target // where the stream goes
	Home   bool            // the other end is this program: its gateway

	// Unfit is why this program cannot speak TLS as the server of a decrypted stream wants it, once that is known: see
	// [exchange.Problem.Unfit].
	Unfit exchange.Problem
}

// StepsAside records that this program cannot speak TLS as the server wants it. It reports whether the client's next
// connections will pass undecrypted for that: the stream must have been decrypted.
func (v *Via) StepsAside(p exchange.Problem) bool {
	if v.Scheme != "https" || !p.Unfit() {
		return false
	}
	v.Unfit = p
	return true
}

// Tunnelled reports whether the client chose the other end of the stream.
func (v *Via) Tunnelled() bool { return v.Scheme != "" }

// Authority returns the authority of a request's tracker: the name in its Host line, since clients may reach one
// tracker at several addresses, with the port to which the stream goes.
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

// Agrees reports whether the Host line names the server whose certificate the client asked for. If not, it is not
// certain for which tracker the request is.
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
	Closes   After = iota // it is closed
	Stays                 // the client may send another request
	Upgraded              // both ends use another protocol from now on (101)
)
