// Package transmission uses the RPC of a running Transmission (1.80 and later): it lists torrents with their trackers,
// and changes these. It uses no proxy, and connects only to this computer unless the caller allows another. The caller
// decides which trackers a torrent gets.
package transmission

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"bittoratio/engine/clients/remote"
)

// DefaultAddress is Transmission's address unless its settings name another one.
const DefaultAddress = "127.0.0.1:9091"

const name = "Transmission"

// Client is the RPC of one Transmission. It is safe for concurrent use.
type Client struct {
	access remote.Access
	rpc    string // its URL
	http   *http.Client

	mu      sync.Mutex
	session string // guarded by mu; X-Transmission-Session-Id
	version int    // guarded by mu; rpc-version; 0 until it is known
}

// New returns a client without connecting. The error is about the address.
func New(a remote.Access) (*Client, error) {
	if a.Address == "" {
		a.Address = DefaultAddress
	}
	base, h, err := remote.HTTP(name, a)
	if err != nil {
		return nil, err
	}
	base.Path = rpcPath(base.Path)
	return &Client{access: a, rpc: base.String(), http: h}, nil
}

// rpcPath returns the path of the RPC: the setting rpc-url and "rpc". path is empty for the usual one, or is that of the
// RPC, or that of the web page as a browser shows it.
func rpcPath(path string) string {
	if strings.HasSuffix(path, "rpc") {
		return path
	}
	if at := strings.LastIndex(path+"/", "/web/"); at >= 0 {
		path = path[:at]
	}
	if path = strings.TrimRight(path, "/"); path == "" {
		path = "/transmission"
	}
	return path + "/rpc"
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Name returns what the client is called, for people.
func (c *Client) Name() string { return name }

func fail(kind remote.Kind, why error) error {
	return &remote.Error{Client: name, Kind: kind, Err: why}
}

// call calls one method of the RPC. The answer's arguments go into reply, which may be nil.
func (c *Client) call(ctx context.Context, method string, arguments, reply any) error {
	body, err := json.Marshal(struct {
		Method    string `json:"method"`
		Arguments any    `json:"arguments,omitempty"`
	}{method, arguments})
	if err != nil {
		return err
	}
	for range 3 { // the first answer may only have the session id, and that may expire
		answer, err := c.post(ctx, body)
		if err != nil {
			return fail(remote.NotHere, remote.Cause(err))
		}
		if answer.StatusCode == http.StatusConflict {
			c.learn(answer)
			continue
		}
		return read(answer, reply)
	}
	return fail(remote.NotSpeaking, errors.New("it rejected every session id"))
}

func (c *Client) post(ctx context.Context, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.rpc, bytes.NewReader(body))
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

// learn stores the session id in an answer with status 409.
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
		return fail(remote.WrongLogin, errors.New("it rejected this user name and password"))
	case http.StatusForbidden, http.StatusMisdirectedRequest:
		return fail(remote.Refused, errors.New("it does not allow this computer, or the name it was called by; see rpc-whitelist and rpc-host-whitelist in its settings"))
	default:
		return fail(remote.NotSpeaking, fmt.Errorf("it answered with status %d", answer.StatusCode))
	}
	var envelope struct {
		Result    string          `json:"result"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, remote.MaxAnswer)).Decode(&envelope); err != nil {
		return fail(remote.NotSpeaking, errors.New("its answer is not that of Transmission's RPC"))
	}
	if envelope.Result != "success" {
		return fail(remote.NotDone, fmt.Errorf("it answered %.200q", envelope.Result))
	}
	if reply == nil {
		return nil
	}
	if err := json.Unmarshal(envelope.Arguments, reply); err != nil {
		return fail(remote.NotSpeaking, errors.New("its answer has fields of another kind"))
	}
	return nil
}
