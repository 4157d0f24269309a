package httphead

// Span is a range of bytes in a head: from Start up to, not including, End.
type Span struct{ Start, End int }

// Of returns the span's bytes in raw.
func (s Span) Of(raw []byte) []byte { return raw[s.Start:s.End] }

// Edit replaces the bytes of a span. An empty New removes them.
type Edit struct {
	Span
	New []byte
}

// Apply appends raw to dst with the edits made. They must be in order and must not overlap: Apply panics if an edit
// starts before the end of the previous one.
func Apply(dst, raw []byte, edits ...Edit) []byte {
	at := 0
	for _, e := range edits {
		if e.Start < at {
			panic("httphead: edits overlap or are out of order")
		}
		dst = append(dst, raw[at:e.Start]...)
		dst = append(dst, e.New...)
		at = e.End
	}
	return append(dst, raw[at:]...)
}
