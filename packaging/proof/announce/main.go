// Command announce acts as a client and as its tracker, for the proofs: it announces through BittOratio at PROXY, and fails
// unless the tracker receives the new upload multiplied by FACTOR.
//
//	go run ./packaging/proof/announce PROXY FACTOR                      uses PROXY as an HTTP proxy, such as 127.0.0.1:8080
//	go run ./packaging/proof/announce -gateway CRT KEY PROXY FACTOR     uses a gateway address to an https tracker
package main

import (
	"fmt"
	"io"
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
	gateway := len(args) == 5 && args[0] == "-gateway"
	if !gateway && len(args) != 2 {
		return fmt.Errorf("usage: announce [-gateway CRT KEY] PROXY FACTOR")
	}
	proxy := args[len(args)-2]
	factor, err := strconv.Atoi(args[len(args)-1])
	if err != nil {
		return err
	}
	received := make(chan string, 2)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	tracker := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received <- r.URL.Query().Get("uploaded")
		fmt.Fprint(w, "d8:intervali1800e5:peers0:e")
	})}
	client := http.Client{Timeout: 20 * time.Second}
	to := fmt.Sprintf("http://%s/announce", l.Addr())
	if gateway {
		to = fmt.Sprintf("http://%s/announce/https/%s/announce", proxy, l.Addr())
		go func() { _ = tracker.ServeTLS(l, args[1], args[2]) }() // ends with this program
	} else {
		client.Transport = &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: proxy})}
		go func() { _ = tracker.Serve(l) }()
	}
	const upload = 1_000_000
	for _, c := range []struct {
		event      string
		seen, want int
	}{{"&event=started", 0, 0}, {"", upload, upload * factor}} {
		resp, err := client.Get(fmt.Sprintf("%s?info_hash=%s&peer_id=-TR4060-abcdefghijkl&port=51413&uploaded=%d&downloaded=0&left=0&compact=1%s",
			to, url.QueryEscape("proofproofproofproof"), c.seen, c.event))
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %q (%v)", resp.Status, body, err)
		}
		if got := <-received; got != strconv.Itoa(c.want) {
			return fmt.Errorf("the client announced %d and the tracker received %s, want %d", c.seen, got, c.want)
		}
		fmt.Printf("the client announced %d, the tracker received %d\n", c.seen, c.want)
	}
	return nil
}
