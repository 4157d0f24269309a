// Package localca is the certificate authority of this computer. With its certificates this program can take the place
// of the trackers that the user listed for the user's own clients, and of no others: X.509 name constraints (RFC 5280
// §4.2.1.10) enforce that, even against someone who has the key. The key is made here, stays in the data folder, and is
// never logged, shown or exported. Package intercept decides what is decrypted with it.
package localca
