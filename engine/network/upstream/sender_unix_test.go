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

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
)

func TestSendReturnsWhenTheAnswerBegins(t *testing.T) {
	ours, theirs := pair(t)
	var sender upstream.Sender
	for range 3 {
		asked := make(chan []byte)
		go func() {
			b := make([]byte, 4)
			_, _ = io.ReadFull(theirs, b)
			asked <- b
			_, _ = theirs.Write([]byte("x"))
		}()
		waited := make(chan int)
		go func() {
			n, _ := sender.Send(ours, []byte("ask?"))
			waited <- n
		}()
		select {
		case n := <-waited:
			t.Fatalf("Send returned %d before the answer", n)
		case b := <-asked:
			if string(b) != "ask?" {
				t.Errorf("the other side read %q", b)
			}
		}
		if n := <-waited; n != 4 {
			t.Errorf("Send returned %d", n)
		}
		var b [1]byte
		if n, err := ours.Read(b[:]); n != 1 || err != nil {
			t.Errorf("Read returned %d, %v", n, err)
		}
	}
}

func TestSendReturnsAtTheReadDeadline(t *testing.T) {
	ours, theirs := pair(t)
	var sender upstream.Sender
	read := make(chan string, 1)
	go func() {
		var b [4]byte
		_, _ = io.ReadFull(theirs, b[:])
		read <- string(b[:])
		_ = ours.SetReadDeadline(time.Unix(1, 0))
	}()
	if n, err := sender.Send(ours, []byte("ask?")); n != 4 || err != nil {
		t.Errorf("Send returned %d, %v", n, err)
	}
	if n, _ := sender.Send(ours, []byte("ask?")); n != 0 {
		t.Errorf("after the deadline Send wrote %d bytes", n)
	}
	var b [5]byte
	if _, err := ours.Read(b[:]); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read returned %v", err)
	}
	_ = ours.Close()
	if got := <-read; got != "ask?" {
		t.Errorf("the other side read %q", got)
	}
	if got, err := io.ReadAll(theirs); len(got) > 0 || err != nil {
		t.Errorf("then it read %q, %v", got, err)
	}
}

func TestSendReturnsAtOnceWhenNotAllFits(t *testing.T) {
	ours, theirs := pair(t)
	var sender upstream.Sender
	request := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	n, err := sender.Send(ours, request)
	if n <= 0 || n >= len(request) || err != nil {
		t.Fatalf("Send wrote %d of %d bytes, %v", n, len(request), err)
	}
	go func() {
		_, _ = ours.Write(request[n:])
		_ = ours.Close()
	}()
	if got, err := io.ReadAll(theirs); !bytes.Equal(got, request) || err != nil {
		t.Errorf("the other side read %d bytes of %d, %v", len(got), len(request), err)
	}
}

func TestSendDoesNothingWithoutASocketOrAfterItsEnd(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	defer ours.Close()
	if n, err := new(upstream.Sender).Send(ours, []byte("ask?")); n != 0 || err != nil {
		t.Errorf("Send to a pipe returned %d, %v", n, err)
	}
	closed, _ := pair(t)
	_ = closed.Close()
	if n, _ := new(upstream.Sender).Send(closed, []byte("ask?")); n != 0 {
		t.Errorf("Send wrote %d bytes to a closed connection", n)
	}
}

func TestSendReportsWhyNothingWasWritten(t *testing.T) {
	ours, theirs := pair(t)
	_ = theirs.(*net.TCPConn).SetLinger(0)
	_ = theirs.Close()
	waitUntilDead(t, ours)
	n, err := new(upstream.Sender).Send(ours, []byte("ask?"))
	if n != 0 || upstream.Classify("write", err).Problem != exchange.ProblemReset {
		t.Errorf("after a reset Send returned %d, %v", n, err)
	}
}
