package doors

import (
	"bytes"
	"errors"
	"os"
	"time"

	"bittoratio/engine/wire/socks"
)

// door is the protocol that a client speaks.
type door uint8

const (
	doorUnknown door = iota
	doorHTTP         // a method: forward proxy, CONNECT
	doorSOCKS4
	doorSOCKS5
	doorTLS    // in a stream to somewhere else
	doorOpaque // a stream to somewhere else that is not read
	doorGone   // the connection ended before its kind was known
)

// doorOf is the whole decision table for the first byte of a connection.
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

// door waits for the first byte and returns what comes next. In a stream to somewhere else it reads until it is
// certain, or the client has sent nothing more for unknownTime.
func (c *conn) door() door {
	if !c.via.Tunnelled() {
		return doorOf(c.client.Source.Buffered()[0])
	}
	var deadline time.Time
	defer func() {
		if !deadline.IsZero() {
			c.client.Allow(headTime)
		}
	}()
	for {
		switch speechOf(c.client.Source.Buffered()) {
		case speechHTTP:
			return doorHTTP
		case speechTLS:
			return doorTLS
		case speechOpaque:
			return doorOpaque
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(unknownTime)
			_ = c.client.Stream.SetReadDeadline(deadline)
		}
		if err := c.client.Source.More(); errors.Is(err, os.ErrDeadlineExceeded) {
			return doorOpaque
		} else if err != nil {
			return doorGone
		}
	}
}

// speech is the protocol of a stream to somewhere else, as its first bytes show it.
type speech uint8

const (
	speechShort  speech = iota // too few bytes to know
	speechHTTP                 // a request
	speechTLS                  // a record with a handshake
	speechOpaque               // anything else, mostly peers
)

// speechOf is the decision table for streams through SOCKS and CONNECT. An encrypted peer's first bytes are random, so
// a letter is not enough: the whole method must be there.
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
