// Package instance lets a second start of the program bring the running one to the front: the running one listens on
// loopback, and the second one finds the port in the data folder. Package store decides which of them holds that
// folder.
package instance

import (
	"bufio"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bittoratio/engine/store"
)

// Listener waits for a second start of the program: on a loopback port, for a secret word in the data folder, which
// only the user can read. (Unix sockets are not available on every Windows.)
type Listener struct {
	l    net.Listener
	done sync.WaitGroup
}

// Listen writes the port and the word to the data folder, and calls show for each second start.
func Listen(folder *store.Folder, show func()) (*Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	word := rand.Text()
	if err := folder.WriteFile(store.InstanceFile, []byte(l.Addr().String()+" "+word+"\n")); err != nil {
		_ = l.Close()
		return nil, err
	}
	d := &Listener{l: l}
	d.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			// One at a time: a program that knows the word sends it at once.
			_ = c.SetDeadline(time.Now().Add(time.Second))
			line, _ := bufio.NewReaderSize(c, 64).ReadString('\n')
			if subtle.ConstantTimeCompare([]byte(strings.TrimSpace(line)), []byte(word)) == 1 {
				_, _ = fmt.Fprintln(c, "ok")
				show()
			}
			_ = c.Close()
		}
	})
	return d, nil
}

// Addr returns the loopback port.
func (d *Listener) Addr() net.Addr { return d.l.Addr() }

// Close closes the port, and waits until show has returned and is not called any more.
func (d *Listener) Close() {
	_ = d.l.Close()
	d.done.Wait()
}

// RaiseRunning asks the program that holds a data folder to come to the front, and reports whether it answered.
func RaiseRunning(folder string) bool {
	b, err := os.ReadFile(filepath.Join(folder, store.InstanceFile))
	if err != nil {
		return false
	}
	addr, word, ok := strings.Cut(strings.TrimSpace(string(b)), " ")
	if !ok || !strings.HasPrefix(addr, "127.0.0.1:") {
		return false
	}
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	_, _ = fmt.Fprintln(c, word)
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line) == "ok"
}
