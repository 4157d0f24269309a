// Package relay carries datagrams for clients that asked for it through SOCKS5 (UDP ASSOCIATE, RFC 1928 §7), as long as
// their control connection lasts. An announce to a tracker (BEP 15) that is one beyond doubt tells the ledger's total,
// is answered for while its tracker is silent, and kept; every other datagram passes untouched. Streams must not enter.
package relay
