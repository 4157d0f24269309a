// Package doors accepts clients' connections and finds out what each client speaks: HTTP, SOCKS4 and SOCKS5, CONNECT, and
// what comes inside their streams. It carries blind tunnels itself. Requests over HTTP go to a [Stream], datagrams to
// package udprelay, and TLS that the user wants decrypted through package intercept. It knows no announces.
package doors
