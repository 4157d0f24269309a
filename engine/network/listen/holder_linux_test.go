package listen

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
)

func TestTheProgramThatUsesThePortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	me, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	var taken *Error
	if _, err := Open(l.Addr().String()); !errors.As(err, &taken) || taken.By != strings.TrimSpace(string(me)) || !strings.Contains(err.Error(), taken.By+" uses that port") {
		t.Errorf("Open returned %v, used by %q", err, taken.By)
	}
}
