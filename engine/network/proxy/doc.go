// Package proxy is where clients connect: it listens, tells by the first byte what a client speaks, and carries HTTP
// to trackers byte for byte but for the digits of `uploaded`. What the digits become is asked of an [Accountant];
// what happens while a tracker is away is in package announce. TLS is opened only to hosts that the user listed, by
// certificates of package localca; all else that is not HTTP passes as it came. No figure is decided here, and no file is written.
package proxy
