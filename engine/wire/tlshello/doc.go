// Package tlshello reads the first message of a TLS client, which goes over the wire in the clear: whom the client
// means to talk to, and how. It only looks; the bytes stay with the caller, who may pass them on as they came. Nothing
// else of TLS may enter.
package tlshello
