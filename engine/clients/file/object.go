package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"bittoratio/engine/clients"
)

// object is a JSON object as text, with the positions of its members. Only the outermost object counts.
type object struct {
	text    []byte
	open    int // just after the first brace
	members []member
}

// member is the position of a member: its key from the quote on, its value.
type member struct {
	key             string
	from, start, to int // of the key, of the value, of the end of the value
}

var errNoObject = errors.New("it is not one JSON object from its first byte to its last")

func readObject(text []byte) (*object, error) {
	if !json.Valid(text) {
		return nil, errNoObject
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errNoObject
	}
	o := &object{text: text, open: int(d.InputOffset())}
	for end := o.open; d.More(); {
		from := end + bytes.IndexByte(text[end:], '"')
		key, err := d.Token()
		if err != nil {
			return nil, errNoObject
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errNoObject
		}
		end = int(d.InputOffset())
		name, _ := key.(string)
		o.members = append(o.members, member{key: name, from: from, start: end - len(value), to: end})
	}
	return o, nil
}

func (o *object) bytes() []byte { return o.text }

// replace puts new text between two positions, and parses the whole again, which is small.
func (o *object) replace(from, to int, with string) {
	text := slices.Concat(o.text[:from], []byte(with), o.text[to:])
	if again, err := readObject(text); err == nil {
		*o = *again
	}
}

func (o *object) find(key string) int {
	return slices.IndexFunc(o.members, func(m member) bool { return m.key == key })
}

// get returns the last of several members with one key, as readers do.
func (o *object) get(s clients.Setting) (value string, has bool) {
	for _, m := range o.members {
		if m.key == s.Key {
			value, has = string(o.text[m.start:m.to]), true
		}
	}
	return value, has
}

func (o *object) put(s clients.Setting) {
	found := false
	for i, m := range o.members {
		if m.key == s.Key {
			found = true
			o.replace(o.members[i].start, o.members[i].to, s.Value)
		}
	}
	if found {
		return
	}
	name, _ := json.Marshal(s.Key) // never fails: every string can be encoded
	setting := string(name) + ": " + s.Value
	if len(o.members) == 0 {
		closing := o.open + bytes.IndexByte(o.text[o.open:], '}')
		o.replace(o.open, closing, "\n    "+setting+"\n")
		return
	}
	// The new member becomes the first, with the same blanks before it.
	room := string(o.text[o.open:o.members[0].from])
	o.replace(o.open, o.open, room+setting+",")
}

func (o *object) remove(s clients.Setting) {
	for i := o.find(s.Key); i >= 0; i = o.find(s.Key) {
		switch {
		case i+1 < len(o.members):
			o.replace(o.members[i].from, o.members[i+1].from, "")
		case i > 0:
			o.replace(o.members[i-1].to, o.members[i].to, "")
		default:
			o.replace(o.open, o.open+bytes.LastIndexByte(o.text[o.open:], '}'), "")
		}
	}
}
