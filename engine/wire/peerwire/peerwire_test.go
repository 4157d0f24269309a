package peerwire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"bittoratio/engine/bittorrent"
)

func TestHandshakesAreReadAsWritten(t *testing.T) {
	for _, h := range []Handshake{
		{InfoHash: bittorrent.InfoHash{1, 2}, PeerID: bittorrent.PeerID{3, 4}},
		{InfoHash: bittorrent.InfoHash{1, 2}, PeerID: bittorrent.PeerID{3, 4}, Extensions: true, DHT: true},
		{InfoHash: bittorrent.InfoHash{9}, PeerID: bittorrent.PeerID{8}, Version2: true},
	} {
		b := h.Append(nil)
		if len(b) != HandshakeSize {
			t.Fatalf("the handshake has %d bytes, want %d", len(b), HandshakeSize)
		}
		got, err := NewReader(iotest.OneByteReader(bytes.NewReader(b))).Handshake()
		if err != nil || got != h {
			t.Errorf("Handshake returned %+v, %v", got, err)
		}
	}
}

func TestAnotherProtocolIsRecognisedByItsFirstBytes(t *testing.T) {
	never, w := io.Pipe() // a read would block forever
	go func() { _, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\n") }()
	defer never.Close()
	if _, err := NewReader(never).Handshake(); !errors.Is(err, ErrProtocol) {
		t.Errorf("Handshake returned %v", err)
	}
	if _, err := NewReader(strings.NewReader(protocol + "short")).Handshake(); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("Handshake returned %v", err)
	}
}

// frame returns a frame as a peer writes it.
func frame(id ID, body string) string {
	return string(append(appendFrame(nil, id, len(body)), body...))
}

func TestIrrelevantFramesAreSkippedAndCounted(t *testing.T) {
	in := "\x00\x00\x00\x00" + frame(5, strings.Repeat("\xff", 900_000)) + frame(Port, "\x1a\xe1") + frame(7, "content") + frame(Extended, "\x01abc")
	r := NewReader(strings.NewReader(in))
	var got []string
	for {
		f, wanted, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if wanted {
			got = append(got, string(rune(f.ID))+string(f.Body))
		}
	}
	if len(got) != 2 || got[0] != "\x09\x1a\xe1" || got[1] != "\x14\x01abc" || r.Frames != 5 || r.Bytes != int64(len(in)) {
		t.Errorf("read %q, %d frames, %d of %d bytes", got, r.Frames, r.Bytes, len(in))
	}
}

func TestFramesThatAreTooLargeAreRefused(t *testing.T) {
	for name, in := range map[string]string{
		"4 GB":               "\xff\xff\xff\xff\x14\x00",
		"more than 1 MiB":    "\x00\x10\x00\x01\x05",
		"extended of 100 kB": "\x00\x01\x86\xa0\x14",
	} {
		if _, _, err := NewReader(strings.NewReader(in)).Next(); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: Next returned %v", name, err)
		}
	}
	if _, _, err := NewReader(strings.NewReader("\x00\x00\x00\x05\x14\x00")).Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a truncated frame: %v", err)
	}
}

func TestExtensionHandshakesAreReadAndWritten(t *testing.T) {
	for in, want := range map[string]Extensions{
		"d1:md11:ut_metadatai3e6:ut_pexi1ee13:metadata_sizei31235e1:v9:Name 1.0 e": {Metadata: 3, Size: 31235, Client: "Name 1.0 "},
		"d1:md11:ut_metadatai3eee":                               {Metadata: 3},
		"d1:md11:ut_metadatai0ee13:metadata_sizei5ee":            {Size: 5},
		"d1:md11:ut_metadatai256ee13:metadata_sizei2147483648ee": {TooLarge: true},
		"d1:md11:ut_metadatai-1ee13:metadata_sizei-1ee":          {},
		"d1:md11:ut_metadatai3ee13:metadata_sizei0ee":            {Metadata: 3},
		"d1:md11:ut_metadatai3ee13:metadata_sizei16777217ee":     {Metadata: 3, TooLarge: true},
		"d1:mi1e13:metadata_size1:51:vi1ee":                      {},
		"d1:v5:first1:v4:laste":                                  {Client: "last"},
		"detrailing":                                             {},
	} {
		if got, ok := ParseExtensions([]byte(in)); !ok || got != want {
			t.Errorf("%q: ParseExtensions returned %+v %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "le", "i1e", "d1:m", "d1:m" + strings.Repeat("l", 60_000), "d1:m" + strings.Repeat("l", 17) + strings.Repeat("e", 18), "2000000000:x"} {
		if got, ok := ParseExtensions([]byte(in)); ok {
			t.Errorf("%.40q was accepted as %+v", in, got)
		}
	}
	f, wanted, err := NewReader(bytes.NewReader(AppendExtensions(nil))).Next()
	number, message, _ := ParseExtended(f.Body)
	if e, ok := ParseExtensions(message); err != nil || !wanted || number != 0 || !ok || e != (Extensions{Metadata: MetadataID}) {
		t.Errorf("our own handshake is %q: %+v", f.Body, e)
	}
}

func TestMetadataMessagesAreReadAndWritten(t *testing.T) {
	f, _, err := NewReader(bytes.NewReader(AppendAsk(nil, 3, 77))).Next()
	if err != nil || string(f.Body) != "\x03d8:msg_typei0e5:piecei77ee" {
		t.Errorf("Next returned %q, %v", f.Body, err)
	}
	for in, want := range map[string]Metadata{
		"d8:msg_typei1e5:piecei2e10:total_sizei40000eePAYLOAD": {Piece, 2, []byte("PAYLOAD")},
		"d8:msg_typei2e5:piecei0eer":                           {Reject, 0, []byte("r")},
		"d5:piecei1024e8:msg_typei9ee":                         {Kind: 9},
		"d8:msg_typei9e1:xi1ee":                                {Kind: 9}, // to be ignored, whatever it contains (BEP 9)
	} {
		if got, ok := ParseMetadata([]byte(in)); !ok || got.Kind != want.Kind || got.Index != want.Index || !bytes.Equal(got.Bytes, want.Bytes) {
			t.Errorf("%q: ParseMetadata returned %+v %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "de", "d8:msg_typei1ee", "d5:piecei1ee", "d8:msg_typei1e5:piecei-1ee", "d8:msg_typei1e5:piecei1025ee", "d8:msg_typei-1e5:piecei1ee", "d8:msg_type1:15:piecei1ee", "x"} {
		if got, ok := ParseMetadata([]byte(in)); ok {
			t.Errorf("%q was accepted as %+v", in, got)
		}
	}
	if Pieces(1) != 1 || Pieces(16384) != 1 || Pieces(16385) != 2 || PieceLength(16385, 1) != 1 || PieceLength(16385, 0) != 16384 {
		t.Error("PieceLength or the number of pieces is wrong")
	}
}

func TestHashMessagesAreReadAndWritten(t *testing.T) {
	r := HashRange{Root: Hash{1, 2, 3}, Layer: 4, First: 8, Count: 2, Proofs: 1}
	ask := AppendHashAsk(nil, &r)
	body := ask[5:]
	if len(ask) != 4+1+48 || binary.BigEndian.Uint32(ask) != 49 || ID(ask[4]) != HashAsk {
		t.Errorf("unexpected result: %x", ask)
	}
	if got, ok := ParseHashReject(body); !ok || got != r {
		t.Errorf("ParseHashReject returned %+v %v", got, ok)
	}
	all := append(bytes.Clone(body), bytes.Repeat([]byte{7}, 3*32)...)
	got, hashes, ok := ParseHashes(all)
	if !ok || got != r || len(hashes) != 2 || hashes[1] != Hash(bytes.Repeat([]byte{7}, 32)) {
		t.Errorf("ParseHashes returned %+v %v %v", got, hashes, ok)
	}
	binary.BigEndian.PutUint32(all[40:], 1<<31)
	for name, b := range map[string][]byte{"cut": body[:47], "no hashes": body, "half a hash": append(bytes.Clone(body), make([]byte, 70)...), "more than there are": all} {
		if _, _, ok := ParseHashes(b); ok {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, ok := ParseHashReject(all); ok {
		t.Error("a reject with hashes was accepted")
	}
}

func TestDHTPortMessagesAreRead(t *testing.T) {
	if p, ok := DHTPort([]byte{0x1a, 0xe1}); !ok || p != 6881 {
		t.Errorf("DHTPort returned %v, %v", p, ok)
	}
	for _, b := range [][]byte{nil, {1}, {0, 0}, {1, 2, 3}} {
		if _, ok := DHTPort(b); ok {
			t.Errorf("%v was accepted as a port", b)
		}
	}
}

// FuzzReader checks that a stream is read to its end with no more memory than the stream has bytes, and without a
// panic.
func FuzzReader(f *testing.F) {
	h := Handshake{Extensions: true}
	f.Add(append(AppendAsk(AppendExtensions(h.Append(nil)), 1, 2), frame(Hashes, strings.Repeat("x", 80))...))
	f.Add([]byte(frame(Extended, "\x01d8:msg_typei1e5:piecei0eeabc") + frame(Port, "ab")))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		if len(b) > 0 && b[0] == 19 {
			if _, err := r.Handshake(); err != nil {
				return
			}
		}
		for {
			m, wanted, err := r.Next()
			if err != nil {
				return
			}
			if !wanted {
				continue
			}
			DHTPort(m.Body)
			ParseHashReject(m.Body)
			if r, hashes, ok := ParseHashes(m.Body); ok && len(hashes) != int(r.Count) {
				t.Fatalf("got %d hashes for %+v", len(hashes), r)
			}
			_, message, _ := ParseExtended(m.Body)
			if e, ok := ParseExtensions(message); ok && (e.Size < 0 || e.Size > MaxMetadata) {
				t.Fatalf("ParseExtensions returned %+v", e)
			}
			if m, ok := ParseMetadata(message); ok && (m.Index < 0 || len(m.Bytes) > len(message)) {
				t.Fatalf("ParseMetadata returned %+v", m)
			}
		}
	})
}
