package httpway_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
)

// TestAClientThatClosesItsSendingSideGetsTheAnswer: a client may end its side after its request (RFC 9112 §9.6); then
// it looks like one that has left.
func TestAClientThatClosesItsSendingSideGetsTheAnswer(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		time.Sleep(2500 * time.Millisecond) // longer than the pause between two checks of the client
		x.Answer("d8:intervali1800e5:peers0:e")
	})
	c := enginetest.Dial(t, serve(t, parts()))
	if _, err := io.WriteString(c.Conn, enginetest.Announce(tr.Addr, "0", "&event=started")); err != nil {
		t.Fatal(err)
	}
	if err := c.Conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(c.Conn)
	if err != nil || !strings.HasSuffix(string(all), "d8:intervali1800e5:peers0:e") {
		t.Errorf("the client got %q, %v", all, err)
	}
}
