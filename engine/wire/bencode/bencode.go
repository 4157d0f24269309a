package bencode

import (
	"bufio"
	"bytes"
	"reflect"
	"strconv"
	"sync"

	"github.com/zeebo/bencode"
)

// RawMessage is one value as its bytes are in the input. A field of this type takes any value, so a tracker that sends
// the wrong type for one key does not cost the others; [Int] and [Text] read it.
type RawMessage = bencode.RawMessage

// Unmarshal decodes the value at the beginning of b into what v points to, as zeebo/bencode does, after [Check] has
// accepted it; bytes after the value are ignored. Of a repeated key the last counts. After an error v holds its zero
// value: the decoder stops half way, and half an answer must not be used. v may hold slices, but no arrays.
func Unmarshal(b []byte, l Limits, v any) error {
	n, err := Check(b, l)
	if err == nil {
		err = decode(b[:n], v)
	}
	if err != nil {
		if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && !p.IsNil() {
			p.Elem().SetZero()
		}
	}
	return err
}

// buffers are readers for the decoder. It uses a bufio.Reader of this size as it is; otherwise it allocates one for
// each value.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

func decode(b []byte, v any) error {
	buffer := buffers.Get().(*bufio.Reader)
	defer buffers.Put(buffer)
	buffer.Reset(bytes.NewReader(b))
	return bencode.NewDecoder(buffer).Decode(v)
}

// Marshal encodes v with the keys of its dictionaries in order.
func Marshal(v any) ([]byte, error) { return bencode.EncodeBytes(v) }

// Int returns the integer in raw, which must have come from [Unmarshal]; ok is false for any other value and if raw is
// empty.
func Int(raw RawMessage) (n int64, ok bool) {
	if len(raw) < 3 || raw[0] != 'i' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(raw[1:len(raw)-1]), 10, 64)
	return n, err == nil
}

// Text returns the string in raw, which must have come from [Unmarshal], sharing its bytes; ok is false for any other
// value and if raw is empty. It is not inlined: it has many call sites, and none of them is hot.
//
//go:noinline
func Text(raw RawMessage) (s []byte, ok bool) {
	if len(raw) == 0 || raw[0] < '0' || raw[0] > '9' {
		return nil, false
	}
	for i, c := range raw {
		if c == ':' {
			return raw[i+1:], true
		}
	}
	return nil, false
}
