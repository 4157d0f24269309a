// Command announce is a client and its tracker at once, for the proofs: it announces through a proxy, and ends well if
// the tracker heard new upload multiplied.
//
//	go run ./packaging/proof/announce PROXY FACTOR    127.0.0.1:8080 2
package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "announce:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: announce PROXY FACTOR")
	}
	factor, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	told := make(chan string, 2)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	tracker := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told <- r.URL.Query().Get("uploaded")
		fmt.Fprint(w, "d8:intervali1800e5:peers0:e")
	})}
	go func() { _ = tracker.Serve(l) }() // it ends with this program
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: args[0]})}}
	const upload = 1_000_000
	for _, c := range []struct {
		event        string
		seen, expect int
	}{{"&event=started", 0, 0}, {"", upload, upload * factor}} {
		resp, err := client.Get(fmt.Sprintf("http://%s/announce?info_hash=%s&peer_id=-TR4060-abcdefghijkl&port=51413&uploaded=%d&downloaded=0&left=0&compact=1%s",
			l.Addr(), url.QueryEscape("proofproofproofproof"), c.seen, c.event))
		if err != nil {
			return err
		}
		resp.Body.Close()
		if got := <-told; resp.StatusCode != http.StatusOK || got != strconv.Itoa(c.expect) {
			return fmt.Errorf("the client said %d, and the tracker heard %s (status %d)", c.seen, got, resp.StatusCode)
		}
		fmt.Printf("the client said %d, the tracker heard %d\n", c.seen, c.expect)
	}
	return nil
}
