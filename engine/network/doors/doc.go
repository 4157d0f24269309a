// Package doors accepts clients' connections and recognises what each client speaks: HTTP, SOCKS4 and SOCKS5, CONNECT,
// and what is inside their streams. It carries blind tunnels itself. Requests over HTTP go to a [Stream], datagrams to
// package udprelay, and package intercept accepts TLS that is decrypted. It knows nothing about announces.
package doors
