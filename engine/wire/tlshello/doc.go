// Package tlshello reads the first message of a TLS client, which is not encrypted: to which server the client wants to
// connect, and how. The caller keeps the bytes, and may pass them on as they came. Nothing else of TLS belongs here.
package tlshello
