// Package tlshello reads the first message of a TLS client, which is not encrypted: which server the client means to
// talk to, and how. It only looks; the bytes stay with the caller, who may pass them on as they came. Nothing else of
// TLS may enter.
package tlshello
