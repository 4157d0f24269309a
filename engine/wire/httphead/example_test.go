package httphead_test

import (
	"fmt"

	"bittoratio/engine/wire/httphead"
)

// A client sent a request to a proxy. The tracker gets the same bytes, except for the target and the lines that concern
// only the proxy.
func ExampleRequest_Forward() {
	raw := []byte("GET http://tracker.example/announce?uploaded=5 HTTP/1.1\r\n" +
		"host: tracker.example\r\nProxy-Connection: keep-alive\r\nX-Odd:  Kept \r\n\r\n")
	var head httphead.Request
	if err := head.Parse(raw); err != nil {
		fmt.Println(err)
		return
	}
	target, ok := head.Absolute()
	if !ok {
		return
	}
	edits, err := head.Forward(nil, target)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", httphead.Apply(nil, raw, edits...))
	// Output:
	// "GET /announce?uploaded=5 HTTP/1.1\r\nhost: tracker.example\r\nX-Odd:  Kept \r\n\r\n"
}
