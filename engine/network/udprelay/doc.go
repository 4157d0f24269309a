// Package udprelay carries datagrams for clients that ask for it through SOCKS5 (UDP ASSOCIATE, RFC 1928 §7), as long
// as their control connection lasts. It is the way of announces to udp trackers (BEP 15): what is certainly an announce
// goes to the desk, which decides; every other datagram passes untouched. It handles no streams.
package udprelay
