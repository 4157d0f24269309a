// Package intercept decides which TLS streams of clients are decrypted: those to hosts that the user listed, from
// clients that accept the certificate of the local authority. It does the client's side of TLS on such a stream. It
// reads no HTTP and dials nothing; package localca makes its certificates.
package intercept
