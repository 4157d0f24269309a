package file

import (
	"bytes"
	"encoding/json"

	"bittoratio/engine/clients"
)

// nested is a settings file as Deluge writes it: an object with the file's format, then one whose members are objects.
// A setting's section is such a member.
type nested struct {
	head []byte // the first object
	*object
}

func readNested(text []byte) (*nested, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	var first map[string]json.RawMessage
	if err := d.Decode(&first); err != nil {
		return nil, errNoObject
	}
	end := int(d.InputOffset())
	o, err := readObject(text[end:])
	if err != nil {
		return nil, err
	}
	return &nested{text[:end:end], o}, nil
}

func (n *nested) bytes() []byte { return append(n.head, n.object.bytes()...) }

// section returns a member that is an object, or nil if there is none.
func (n *nested) section(name string) *object {
	value, has := n.object.get(clients.Setting{Key: name})
	if !has {
		return nil
	}
	o, err := readObject([]byte(value))
	if err != nil {
		return nil
	}
	return o
}

func (n *nested) get(s clients.Setting) (value string, has bool) {
	if o := n.section(s.Section); o != nil {
		return o.get(s)
	}
	return "", false
}

func (n *nested) put(s clients.Setting) {
	o := n.section(s.Section)
	if o == nil {
		o = &object{text: []byte("{}"), open: 1}
	}
	o.put(s)
	n.object.put(clients.Setting{Key: s.Section, Value: string(o.bytes())})
}

func (n *nested) remove(s clients.Setting) {
	o := n.section(s.Section)
	if o == nil {
		return
	}
	if o.remove(s); len(o.members) == 0 {
		n.object.remove(clients.Setting{Key: s.Section})
		return
	}
	n.object.put(clients.Setting{Key: s.Section, Value: string(o.bytes())})
}
