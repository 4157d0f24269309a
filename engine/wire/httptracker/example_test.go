package httptracker_test

import (
	"fmt"

	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// An announce is found, and one edit reports another total.
func ExampleParse() {
	raw := []byte("GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-TR4140-bbbbbbbbbbbb&port=51413" +
		"&uploaded=1000&downloaded=0&left=0 HTTP/1.1\r\nHost: tracker.example\r\n\r\n")
	var head httphead.Request
	if err := head.Parse(raw); err != nil {
		fmt.Println(err)
		return
	}
	path, query := head.Origin()
	r, ok := httptracker.Parse(raw, "http", "tracker.example", path, query)
	fmt.Println(ok, r.Tracker, r.Announce.Counters.Uploaded)
	edit, _ := r.Report(2000)
	fmt.Printf("%s becomes %s\n", edit.Of(raw), edit.New)
	// Output:
	// true http://tracker.example/announce 1000
	// 1000 becomes 2000
}
