package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report/policy"
)

// TestConversations plays every scene of testdata/conversations: a client and a tracker that send and expect exactly
// the bytes in the file, with the program at 3×, and the resulting log. A scene is a sentence, then steps:
//
//	-- client> --          the client sends this
//	-- client< --          the client gets this
//	-- client end --       the client's connection is ended by the program
//	-- client close --     the client ends it
//	-- tracker accept --   the tracker gets a new connection
//	-- tracker> --         the tracker has received this on it
//	-- tracker< --         the tracker sends this
//	-- tracker close --    the tracker ends it
//	-- tracker end --      the program ends the tracker's connection
//	-- log --              the log, without time and with debug lines; comes last
//
// client2, tracker2 and so on are others. A head's lines end with CR LF on the wire, and the last line end of a step
// does not belong to its bytes. With "piece" (-- tracker< piece --) a step has no head. Go's escapes (\r, \x1f, \\)
// stand for those bytes. TRACKER stands for the tracker's host:port. Unexpected bytes make the scene fail at its end.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txtar")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d scenes, want at least 25; error: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			enginetest.CheckGoroutines(t)
			newScene(t).play(string(text))
		})
	}
}

// actor is one side of a scene: its address, and its present connection.
type actor struct {
	l    net.Listener // nil for a client
	conn *net.TCPConn
	old  []*net.TCPConn
}

type scene struct {
	t      *testing.T
	e      *engine.Engine
	log    bytes.Buffer
	actors map[string]*actor
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, actors: map[string]*actor{}}
	for i, name := range []string{"tracker", "tracker2"} {
		l, err := net.Listen("tcp", "127.0.0."+strconv.Itoa(i+2)+":0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		s.actors[name] = &actor{l: l}
	}
	s.e = enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One, Log: slog.New(linelog.NewText(&s.log, slog.LevelDebug))})
	return s
}

var marker = regexp.MustCompile(`(?m)^-- (.+) --\n`)

func (s *scene) play(text string) {
	s.t.Helper()
	marks := marker.FindAllStringSubmatchIndex(text, -1)
	logged := false
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		step, content := text[m[2]:m[3]], text[m[1]:end]
		if step == "log" {
			logged = true
			s.finish(s.fill(content))
			continue
		}
		s.step(i+1, step, content)
	}
	if !logged {
		s.t.Error("the scene has no log")
	}
}

func (s *scene) step(n int, step, content string) {
	s.t.Helper()
	who, what, _ := strings.Cut(step, " ")
	name := strings.TrimRight(who, "<>")
	a := s.actors[name]
	if a == nil && strings.HasPrefix(name, "client") {
		a = &actor{conn: enginetest.Dial(s.t, s.e.Snapshot().Addr).Conn}
		s.actors[name] = a
	}
	if a == nil || a.conn == nil && what != "accept" {
		s.t.Fatalf("step %d, %s: there is no such connection", n, step)
	}
	wire := s.wire(content, what == "piece")
	switch speaks, is := strings.TrimPrefix(who, name), strings.HasPrefix(name, "client"); {
	case what == "accept":
		s.accept(n, a)
	case what == "close":
		_ = a.conn.Close()
	case what == "end":
		if rest, err := io.ReadAll(a.conn); err != nil || len(rest) > 0 {
			s.t.Fatalf("step %d, %s: got %q (%v), want the end", n, step, rest, err)
		}
	case speaks == ">" == is:
		if _, err := io.WriteString(a.conn, wire); err != nil {
			s.t.Fatalf("step %d, %s: %v", n, step, err)
		}
	case speaks != "":
		got := make([]byte, len(wire))
		k, err := io.ReadFull(a.conn, got)
		if err != nil || string(got) != wire {
			s.t.Fatalf("step %d, %s: %v\ngot  %q\nwant %q", n, step, err, got[:k], wire)
		}
	default:
		s.t.Fatalf("step %d, %s: there is no such step", n, step)
	}
}

func (s *scene) accept(n int, a *actor) {
	s.t.Helper()
	_ = a.l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second))
	c, err := a.l.Accept()
	if err != nil {
		s.t.Fatalf("step %d: %v", n, err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if a.conn != nil {
		a.old = append(a.old, a.conn)
	}
	a.conn = c.(*net.TCPConn)
}

// fill inserts the trackers' addresses.
func (s *scene) fill(text string) string {
	text = strings.ReplaceAll(text, "TRACKER2", s.actors["tracker2"].l.Addr().String())
	return strings.ReplaceAll(text, "TRACKER", s.actors["tracker"].l.Addr().String())
}

// wire returns a step's bytes.
func (s *scene) wire(content string, piece bool) string {
	head, body, whole := strings.Cut(content, "\n\n")
	if piece || content == "" {
		head, body = "", content
	} else if !whole {
		s.t.Fatalf("a head without its blank line: %q", content)
	} else {
		head = strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n"
	}
	text := s.fill(head + strings.TrimSuffix(body, "\n"))
	var out []byte
	for len(text) > 0 {
		r, multibyte, rest, err := strconv.UnquoteChar(text, 0)
		if err != nil {
			s.t.Fatalf("escape at %.20q: %v", text, err)
		}
		if text = rest; multibyte {
			out = append(out, string(r)...)
		} else {
			out = append(out, byte(r))
		}
	}
	return string(out)
}

// finish stops the engine, and checks that no side got unexpected bytes, and no tracker an unexpected connection.
func (s *scene) finish(log string) {
	s.t.Helper()
	if err := s.e.Stop(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	for name, a := range s.actors {
		conns := a.old
		if a.conn != nil {
			conns = append(conns, a.conn)
		}
		for _, c := range conns {
			// How the connection ended does not matter: unread bytes cause a reset.
			if rest, err := io.ReadAll(c); len(rest) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				s.t.Errorf("%s got unexpected bytes: %q (%v)", name, rest, err)
			}
		}
		if a.l == nil {
			continue
		}
		_ = a.l.(*net.TCPListener).SetDeadline(time.Now().Add(time.Millisecond))
		if _, err := a.l.Accept(); err == nil {
			s.t.Errorf("%s got an unexpected connection", name)
		}
	}
	var lines []string
	for line := range strings.Lines(s.log.String()) {
		_, line, _ = strings.Cut(line, "  ")
		if !strings.HasPrefix(line, "listening") {
			lines = append(lines, line)
		}
	}
	if got := strings.Join(lines, ""); got != log {
		s.t.Errorf("the log is\n%swant\n%s", got, log)
	}
}
