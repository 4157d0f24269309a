//go:build unix

package upstream_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"bittoratio/engine/network/upstream"
)

func TestAskReturnsWhenTheAnswerBegins(t *testing.T) {
	ours, theirs := pair(t)
	var asker upstream.Asker
	for range 3 {
		asked := make(chan []byte)
		go func() {
			b := make([]byte, 4)
			_, _ = io.ReadFull(theirs, b)
			asked <- b
			_, _ = theirs.Write([]byte("x"))
		}()
		waited := make(chan int)
		go func() { waited <- asker.Ask(ours, []byte("ask?")) }()
		select {
		case n := <-waited:
			t.Fatalf("Ask returned %d before the answer", n)
		case b := <-asked:
			if string(b) != "ask?" {
				t.Errorf("the other side read %q", b)
			}
		}
		if n := <-waited; n != 4 {
			t.Errorf("Ask returned %d", n)
		}
		var b [1]byte
		if n, err := ours.Read(b[:]); n != 1 || err != nil {
			t.Errorf("Read returned %d, %v", n, err)
		}
	}
}

func TestAskReturnsAtTheReadDeadline(t *testing.T) {
	ours, theirs := pair(t)
	var asker upstream.Asker
	if err := ours.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n := asker.Ask(ours, []byte("ask?")); n != 4 {
		t.Errorf("Ask returned %d", n)
	}
	if n := asker.Ask(ours, []byte("ask?")); n != 0 {
		t.Errorf("after the deadline Ask wrote %d bytes", n)
	}
	var b [5]byte
	if _, err := ours.Read(b[:]); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read returned %v", err)
	}
	_ = ours.Close()
	if got, err := io.ReadAll(theirs); string(got) != "ask?" || err != nil {
		t.Errorf("the other side read %q, %v", got, err)
	}
}

func TestAskReturnsAtOnceWhenNotAllFits(t *testing.T) {
	ours, theirs := pair(t)
	var asker upstream.Asker
	request := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	n := asker.Ask(ours, request)
	if n <= 0 || n >= len(request) {
		t.Fatalf("Ask wrote %d of %d bytes", n, len(request))
	}
	go func() {
		_, _ = ours.Write(request[n:])
		_ = ours.Close()
	}()
	if got, err := io.ReadAll(theirs); !bytes.Equal(got, request) || err != nil {
		t.Errorf("the other side read %d bytes of %d, %v", len(got), len(request), err)
	}
}

func TestAskDoesNothingWithoutASocketOrAfterItsEnd(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	defer ours.Close()
	if n := new(upstream.Asker).Ask(ours, []byte("ask?")); n != 0 {
		t.Errorf("Ask wrote %d bytes to a pipe", n)
	}
	closed, _ := pair(t)
	_ = closed.Close()
	if n := new(upstream.Asker).Ask(closed, []byte("ask?")); n != 0 {
		t.Errorf("Ask wrote %d bytes to a closed connection", n)
	}
}
