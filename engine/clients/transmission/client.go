// Package transmission speaks the RPC of a running Transmission (any version from 1.80 on): it lists torrents with
// their trackers and gives torrents other trackers. It goes past every proxy, to this computer alone unless told
// otherwise. What the trackers are to be does not belong here, nor does any other client.
package transmission

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"
)

// DefaultAddress is where Transmission listens unless it was told otherwise.
const DefaultAddress = "127.0.0.1:9091"

const (
	callTime  = 20 * time.Second
	maxAnswer = 64 << 20 // bytes; thousands of torrents with all their trackers
)

// Access is how to reach a Transmission. It holds a password: [Access.String] leaves that out.
type Access struct {
	Address        string // host:port; empty is [DefaultAddress]
	User, Password string // both empty where it asks for none
	Remote         bool   // it may be another computer: what is said then crosses a network in clear
}

// String is the address alone.
func (a Access) String() string { return a.Address }

// GoString keeps the password out of %#v.
func (a Access) GoString() string { return a.Address }

// Client speaks to one Transmission. Safe for concurrent use.
type Client struct {
	access Access
	http   *http.Client

	mu      sync.Mutex
	session string // guarded by mu; X-Transmission-Session-Id
	version int    // guarded by mu; rpc-version, 0 before it is known
}

// New reaches nothing yet. The error is one of the address.
func New(a Access) (*Client, error) {
	if a.Address == "" {
		a.Address = DefaultAddress
	}
	host, _, err := net.SplitHostPort(a.Address)
	if err != nil || host == "" || strings.ContainsAny(a.Address, "/@?#") {
		return nil, &Error{Kind: BadAddress, Err: errors.New("the address is not host:port, as in " + DefaultAddress)}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !a.Remote {
		dialer.Control = loopbackOnly
	}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConns: 1, IdleConnTimeout: 10 * time.Second}
	return &Client{access: a, http: &http.Client{
		Transport: transport, Timeout: callTime,
		// A redirect would carry the password elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close ends the connection that waits for another call.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// loopbackOnly sees the address that is really dialled, whatever name it had.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
		return errRemote
	}
	return nil
}

var errRemote = errors.New("the address is not this computer's own")

// Kind is what stood in the way, for sentences of the window's own.
type Kind int

// The kinds.
const (
	BadAddress  Kind = iota + 1
	NotHere          // nothing answers at that address, or it is another computer's
	WrongLogin       // it wants another user name and password
	Refused          // its list of allowed addresses or names leaves us out
	NotSpeaking      // what answers is no Transmission, or one too old
	NotDone          // it said no
)

// Error is a call that did not succeed. It holds no tracker's address and no password.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string { return "Transmission: " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// call is one method of the RPC; the answer's arguments go into reply, which may be nil.
func (c *Client) call(ctx context.Context, method string, arguments, reply any) error {
	body, err := json.Marshal(struct {
		Method    string `json:"method"`
		Arguments any    `json:"arguments,omitempty"`
	}{method, arguments})
	if err != nil {
		return err
	}
	for range 3 { // the first answer may only tell the session id, and that may expire
		answer, err := c.post(ctx, body)
		if err != nil {
			return &Error{NotHere, unwrapURL(err)}
		}
		if answer.StatusCode == http.StatusConflict {
			c.learn(answer)
			continue
		}
		return read(answer, reply)
	}
	return &Error{NotSpeaking, errors.New("no session id is good for it")}
}

func (c *Client) post(ctx context.Context, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.access.Address+"/transmission/rpc", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	request.Header.Set("X-Transmission-Session-Id", c.session)
	c.mu.Unlock()
	request.Header.Set("Content-Type", "application/json")
	if c.access.User != "" || c.access.Password != "" {
		request.SetBasicAuth(c.access.User, c.access.Password)
	}
	return c.http.Do(request)
}

// learn takes the session id of a 409.
func (c *Client) learn(answer *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	_ = answer.Body.Close()
	c.mu.Lock()
	c.session = answer.Header.Get("X-Transmission-Session-Id")
	c.mu.Unlock()
}

func read(answer *http.Response, reply any) error {
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return &Error{WrongLogin, errors.New("it wants a user name and password, and not these")}
	case http.StatusForbidden, http.StatusMisdirectedRequest:
		return &Error{Refused, errors.New("it does not allow this computer, or the name it was called by; see rpc-whitelist and rpc-host-whitelist in its settings")}
	default:
		return &Error{NotSpeaking, fmt.Errorf("it answered with status %d", answer.StatusCode)}
	}
	var said struct {
		Result    string          `json:"result"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&said); err != nil {
		return &Error{NotSpeaking, errors.New("its answer is not that of Transmission's RPC")}
	}
	if said.Result != "success" {
		return &Error{NotDone, fmt.Errorf("it said %.200q", said.Result)}
	}
	if reply == nil {
		return nil
	}
	if err := json.Unmarshal(said.Arguments, reply); err != nil {
		return &Error{NotSpeaking, errors.New("its answer has fields of another kind")}
	}
	return nil
}

// unwrapURL drops the method and address that package net/http puts before a cause.
func unwrapURL(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		if errors.Is(err, errRemote) {
			return errRemote
		}
		err = inner
	}
	return err
}
