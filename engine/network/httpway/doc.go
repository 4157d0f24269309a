// Package httpway serves clients' requests over HTTP, one at a time: as a forward proxy, inside a stream whose other
// end the client chose, and as a gateway. What is certainly an announce or a scrape goes to the desk of package
// announce, as one of its ways; every other request is forwarded as it came. This package owns the connections to
// servers, and keeps idle ones. It decides no total, accepts no connection and writes no file; package doors calls it.
package httpway
