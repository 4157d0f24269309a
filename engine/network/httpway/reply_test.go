package httpway

import (
	"testing"
	"time"
)

// TestACachedAnswerGetsALongerInterval by other digits in its intervals; an answer in which they cannot be set stays as
// it is.
func TestACachedAnswerGetsALongerInterval(t *testing.T) {
	for answer, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nd8:intervali1800e5:peers3:xyze": "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\nd8:intervali90e5:peers3:xyze",
		"HTTP/1.1 200 OK\r\n\r\nd8:intervali30e12:min intervali20e5:peers0:e":         "HTTP/1.1 200 OK\r\n\r\nd8:intervali90e12:min intervali90e5:peers0:e",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\nzz":    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\nzz",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage":                            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage",
	} {
		if got := string(new(carriage).Defer([]byte(answer), 90*time.Second)); got != want {
			t.Errorf("Defer turned %q into %q, want %q", answer, got, want)
		}
	}
}
