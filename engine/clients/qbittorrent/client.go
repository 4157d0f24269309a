// Package qbittorrent uses the Web API of a running qBittorrent (4.1 and later): it reads and changes its preferences,
// lists torrents with their trackers, and changes these. It uses no proxy, and connects only to this computer unless
// the caller allows another. It sends the password to qBittorrent and stores it nowhere.
package qbittorrent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"bittoratio/engine/clients/remote"
)

// DefaultAddress is the address of qBittorrent's web page unless its settings name another one.
const DefaultAddress = "127.0.0.1:8080"

const name = "qBittorrent"

// Client is the Web API of one qBittorrent. It is safe for concurrent use.
type Client struct {
	access remote.Access
	base   string // the URL of its web page, without a slash at the end
	http   *http.Client

	mu     sync.Mutex
	cookie string // guarded by mu; of the session; empty before the login, or if none is needed
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
	return &Client{access: a, base: strings.TrimRight(base.String(), "/"), http: h}, nil
}

// Close ends the session and closes idle connections.
func (c *Client) Close() {
	if c.session() != "" {
		if answer, err := c.post(context.Background(), "auth/logout", nil); err == nil {
			_ = answer.Body.Close()
		}
	}
	c.http.CloseIdleConnections()
}

func (c *Client) session() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cookie
}

// Name returns what the client is called, for people.
func (c *Client) Name() string { return name }

func fail(kind remote.Kind, why error) error {
	return &remote.Error{Client: name, Kind: kind, Err: why}
}

// call calls one method of the API. If qBittorrent requires a login, it logs in and tries once more. If reply is not
// nil, the answer's JSON goes there.
func (c *Client) call(ctx context.Context, method string, values url.Values, reply any) error {
	answer, err := c.post(ctx, method, values)
	if err == nil && answer.StatusCode == http.StatusForbidden {
		_ = answer.Body.Close()
		if err := c.login(ctx); err != nil {
			return err
		}
		answer, err = c.post(ctx, method, values)
	}
	if err != nil {
		return fail(remote.NotHere, remote.Cause(err))
	}
	return read(answer, reply)
}

func (c *Client) post(ctx context.Context, method string, values url.Values) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/api/v2/"+method, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Referer", c.base) // qBittorrent refuses requests that seem to come from another page
	if cookie := c.session(); cookie != "" {
		request.Header.Set("Cookie", cookie)
	}
	return c.http.Do(request)
}

// login begins a session.
func (c *Client) login(ctx context.Context) error {
	if c.access.User == "" && c.access.Password == "" {
		return fail(remote.WrongLogin, errors.New("it wants the user name and password of its web page"))
	}
	c.mu.Lock()
	c.cookie = ""
	c.mu.Unlock()
	answer, err := c.post(ctx, "auth/login", url.Values{"username": {c.access.User}, "password": {c.access.Password}})
	if err != nil {
		return fail(remote.NotHere, remote.Cause(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	switch {
	case err != nil:
		return fail(remote.NotHere, remote.Cause(err))
	case answer.StatusCode == http.StatusForbidden:
		return fail(remote.Refused, errors.New("it refuses this computer for now, after too many wrong passwords"))
	case answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusOK && strings.HasPrefix(string(body), "Fail"):
		return fail(remote.WrongLogin, errors.New("it wants another user name and password: those of its web page"))
	}
	for _, k := range answer.Cookies() {
		if strings.Contains(k.Name, "SID") { // "SID", and since 5.2 "QBT_SID_8080"
			c.mu.Lock()
			c.cookie = k.Name + "=" + k.Value
			c.mu.Unlock()
			return nil
		}
	}
	return fail(remote.NotSpeaking, fmt.Errorf("its login answered with status %d", answer.StatusCode))
}

// errNotFound is its answer about a torrent that it no longer has, and that of a program that is no qBittorrent.
var errNotFound = errors.New("it answered with status 404")

func read(answer *http.Response, reply any) error {
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK, http.StatusNoContent:
	case http.StatusUnauthorized, http.StatusForbidden: // 401 is also its answer to an unknown name in Host
		return fail(remote.Refused, errors.New("it does not allow this computer, or the name it was called by; see its Web UI settings"))
	case http.StatusBadRequest, http.StatusConflict:
		return fail(remote.NotDone, fmt.Errorf("it answered with status %d", answer.StatusCode))
	case http.StatusNotFound:
		return fail(remote.NotSpeaking, errNotFound)
	default:
		return fail(remote.NotSpeaking, fmt.Errorf("it answered with status %d", answer.StatusCode))
	}
	if reply == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, remote.MaxAnswer)).Decode(reply); err != nil {
		return fail(remote.NotSpeaking, errors.New("its answer is not that of qBittorrent's Web API"))
	}
	return nil
}

// Preferences returns those of the named preferences that qBittorrent has, as JSON.
func (c *Client) Preferences(ctx context.Context, names []string) (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := c.call(ctx, "app/preferences", nil, &all); err != nil {
		return nil, err
	}
	some := map[string]json.RawMessage{}
	for _, n := range names {
		if v, ok := all[n]; ok {
			some[n] = v
		}
	}
	return some, nil
}

// SetPreferences changes preferences; they take effect at once.
func (c *Client) SetPreferences(ctx context.Context, values map[string]json.RawMessage) error {
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	return c.call(ctx, "app/setPreferences", url.Values{"json": {string(text)}}, nil)
}

// Reannounce makes all torrents announce now.
func (c *Client) Reannounce(ctx context.Context) error {
	return c.call(ctx, "torrents/reannounce", url.Values{"hashes": {"all"}}, nil)
}
