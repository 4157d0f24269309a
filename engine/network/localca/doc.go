// Package localca is the certificate authority of this machine that lets the user's own clients take this program for
// the trackers the user listed, and for no others: X.509 name constraints (RFC 5280 §4.2.1.10) enforce that, even
// against someone who has the key. The key is made here, stays in the data folder, and is never logged, shown or
// exported. What is opened with it, and whether at all, is decided elsewhere.
package localca
