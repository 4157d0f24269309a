package proxy

import (
	"bytes"

	"bittoratio/engine/wire/socks"
)

// door is what a client speaks.
type door uint8

const (
	doorUnknown door = iota
	doorHTTP         // a method: forward proxy, CONNECT
	doorSOCKS4
	doorSOCKS5
	doorTLS    // to somewhere else
	doorOpaque // a stream to somewhere else that is not for us to read
	doorGone   // it ended before it could be told
)

// doorOf is the whole decision table: the first byte of a connection tells what is spoken on it.
func doorOf(first byte) door {
	switch {
	case first >= 'A' && first <= 'Z', first >= 'a' && first <= 'z':
		return doorHTTP
	case first == socks.Version4:
		return doorSOCKS4
	case first == socks.Version5:
		return doorSOCKS5
	case first == '\r': // an empty line before a request (RFC 9112 §2.2)
		return doorHTTP
	}
	return doorUnknown
}

// door tells what comes next, the first byte being there. In a stream to somewhere else it reads until it is certain.
func (c *conn) door() door {
	if !c.inside.set() {
		return doorOf(c.src.Buffered()[0])
	}
	for {
		switch speechOf(c.src.Buffered()) {
		case speechHTTP:
			return doorHTTP
		case speechTLS:
			return doorTLS
		case speechOpaque:
			return doorOpaque
		}
		if c.src.More() != nil {
			return doorGone
		}
	}
}

// speech is what the first bytes of a stream to somewhere else tell of it.
type speech uint8

const (
	speechShort  speech = iota // too few bytes to tell
	speechHTTP                 // a request
	speechTLS                  // a record with a handshake
	speechOpaque               // anything else, peers above all
)

// speechOf is the table for what comes through SOCKS or CONNECT. An encrypted peer's first bytes are random, so a
// letter is not enough: the whole method must be there.
func speechOf(first []byte) speech {
	s := speechOpaque
	if len(first) > 0 && first[0] == 0x16 {
		if s = speechShort; len(first) > 1 {
			s = speechOpaque
			if first[1] == 3 {
				s = speechTLS
			}
		}
	}
	for _, method := range []string{"GET ", "HEAD ", "POST "} {
		if bytes.HasPrefix(first, []byte(method)) {
			return speechHTTP
		}
		if len(first) < len(method) && method[:len(first)] == string(first) {
			s = speechShort
		}
	}
	return s
}
