package bencode

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/zeebo/bencode"
)

var limits = Limits{Size: 8 << 20, Depth: 8, Elements: 1 << 16}

func TestCheckAcceptsWhatBEP3Allows(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
	}{
		{"i0e", 3},
		{"i-1e", 4},
		{"i9223372036854775807e", 21},
		{"i-9223372036854775808e", 22},
		{"0:", 2},
		{"5:e:le0", 7},
		{"le", 2},
		{"de", 2},
		{"li1e1:al1:bedee", 15},
		{"d1:ai1e1:bld1:cdeeee", 20},
		{"d0:i1e1:ai2ee", 13},
		{"i1e\r\n", 3},
		{"d1:ai1eei7e", 8},
		{"d1:bi1e1:ai2ee", 14},
		{"d1:ai1e1:ai2ee", 14},
		{"d1:ai1e1:bi1e1:ai2ee", 20},
		{"d1:bd1:ai1e1:bi1ee1:cd1:ai1eee", 30},
		{"d1:bi1e1:ad1:bi1e1:ci1eee", 25},
	} {
		if n, err := Check([]byte(c.in), limits); n != c.want || err != nil {
			t.Errorf("%q: Check returned %d, %v, want %d", c.in, n, err, c.want)
		}
	}
}

func TestCheckRefusesInvalidInput(t *testing.T) {
	for _, c := range []struct {
		name, in, reason string
		limit            bool
	}{
		{"nothing", "", "ends early", false},
		{"a word", "hello", "no value", false},
		{"a page", "<html>", "no value", false},
		{"an end without a beginning", "e", "no value", false},
		{"twelve bytes that cost 1.9 GiB", "2000000000:x", "longer than the input", false},
		{"a length past 64 bits", "99999999999999999999999:x", "longer than the input", false},
		{"a string one byte short", "5:abcd", "longer than the input", false},
		{"a length with no colon", "0", "ends early", false},
		{"a length with a letter", "5a:abcde", "not a number", false},
		{"a length with a leading zero", "01:a", "leading zero", false},
		{"a negative length", "-1:a", "no value", false},
		{"an integer without an end", "i12", "ends early", false},
		{"an integer without digits", "ie", "not a number", false},
		{"a sign alone", "i-e", "not a number", false},
		{"a plus", "i+1e", "not a number", false},
		{"a fraction", "i1.5e", "not a number", false},
		{"a leading zero", "i01e", "leading zero", false},
		{"a negative leading zero", "i-01e", "leading zero", false},
		{"minus zero", "i-0e", "minus zero", false},
		{"two zeros", "i00e", "leading zero", false},
		{"above 63 bits", "i9223372036854775808e", "64 bits", false},
		{"below 63 bits", "i-9223372036854775809e", "64 bits", false},
		{"far above", "i99999999999999999999999999e", "64 bits", false},
		{"a key that is a number", "di1ei2ee", "key is not a string", false},
		{"a key without a value", "d1:ae", "key has no value", false},
		{"a list without an end", "li1e", "ends early", false},
		{"a dictionary cut in its key", "d5:ab", "longer than the input", false},
		{"nine lists", strings.Repeat("l", 9) + strings.Repeat("e", 9), "too deep", true},
		{"too many", "l" + strings.Repeat("0:", 1<<16) + "e", "too many elements", true},
		{"too long", strings.Repeat("x", 9<<20), "too long", true},
		{"four megabytes of l", strings.Repeat("l", 4<<20), "too deep", true},
		{"four megabytes of d0:", strings.Repeat("d0:", 4<<20/3), "too deep", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := Check([]byte(c.in), limits)
			var e *Error
			if !errors.As(err, &e) || n != 0 {
				t.Fatalf("Check returned %d, %v; want an *Error", n, err)
			}
			if !strings.Contains(e.Error(), c.reason) || e.Limit != c.limit {
				t.Errorf("%v (limit %v); want %q (limit %v)", e, e.Limit, c.reason, c.limit)
			}
			v := any("old")
			if err := Unmarshal([]byte(c.in), limits, &v); err == nil || v != nil {
				t.Errorf("Unmarshal returned %v, %v", v, err)
			}
		})
	}
}

func TestCheckAcceptsInputAtItsLimits(t *testing.T) {
	in := []byte("lli1eee")
	exact := Limits{Size: len(in), Depth: 2, Elements: 3}
	if _, err := Check(in, exact); err != nil {
		t.Error(err)
	}
	for _, l := range []Limits{{len(in) - 1, 2, 3}, {len(in), 1, 3}, {len(in), 2, 2}, {}} {
		var e *Error
		if _, err := Check(in, l); !errors.As(err, &e) || !e.Limit {
			t.Errorf("%+v: Check returned %v", l, err)
		}
	}
}

func TestUnmarshalLeavesNothingBehindAfterAnError(t *testing.T) {
	v := struct {
		A int    `bencode:"a"`
		B string `bencode:"b"`
	}{A: 7, B: "old"}
	if err := Unmarshal([]byte("d1:ai1e1:bi2ee"), limits, &v); err == nil || v.A != 0 || v.B != "" {
		t.Errorf("Unmarshal returned %+v, %v", v, err)
	}
	if err := Unmarshal([]byte("i1e"), limits, nil); err == nil {
		t.Error("Unmarshal accepted nil")
	}
}

func TestUnmarshalIgnoresOnlyTheFieldsOfAWrongType(t *testing.T) {
	var v struct {
		Interval RawMessage `bencode:"interval"`
		Peers    RawMessage `bencode:"peers"`
		Missing  RawMessage `bencode:"missing"`
	}
	if err := Unmarshal([]byte("d8:intervall3:oope5:peers6:abcdefe\n"), limits, &v); err != nil {
		t.Fatal(err)
	}
	if _, ok := Int(v.Interval); ok {
		t.Error("a list was read as an integer")
	}
	if p, ok := Text(v.Peers); !ok || string(p) != "abcdef" {
		t.Errorf("the peers are %q", p)
	}
	if _, ok := Int(v.Peers); ok {
		t.Error("a string was read as an integer")
	}
	if _, ok := Text(v.Interval); ok {
		t.Error("a list was read as a string")
	}
	if _, ok := Text(v.Missing); ok {
		t.Error("a missing entry was read as a string")
	}
	if n, ok := Int(RawMessage("i-42e")); !ok || n != -42 {
		t.Errorf("got %d", n)
	}
	if s, ok := Text(RawMessage("0:")); !ok || len(s) != 0 {
		t.Errorf("got %q", s)
	}
}

func TestEntriesAndElementsVisitCheckedInput(t *testing.T) {
	b := []byte("d1:bd2:idi-5ee1:ale2:l22:de1:bl1:xd1:yleei7eee tail")
	n, err := Check(b, limits)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for key, v := range Entries(b, Span{0, n}) {
		got += string(key) + "=" + string(v.Of(b)) + " "
		for e := range Elements(b, v) {
			got += "[" + string(e.Of(b)) + "]"
			for range Entries(b, e) {
				got += "+"
			}
		}
	}
	if want := "b=d2:idi-5ee a=le l2=2:de b=l1:xd1:yleei7ee [1:x][d1:ylee]+[i7e]"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for range Entries([]byte("3:abc"), Span{0, 5}) {
		t.Error("a string has the entries of a dictionary")
	}
}

func TestMarshalSortsKeys(t *testing.T) {
	b, err := Marshal(map[string]any{"b": 1, "a": []string{"x"}})
	if err != nil || string(b) != "d1:al1:xe1:bi1ee" {
		t.Errorf("Marshal returned %s, %v", b, err)
	}
}

// FuzzCheck checks that the decoder reads what the guard accepts to exactly the same end, that the guard accepts the
// value alone with the same length, and that it accepts what the decoder encodes again.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		"2000000000:x", "llllllll", "d1:ad1:bl1:ci1eeee", "i-0e", "d1:bi1e1:ai2ee", "d1:ai1e1:ai2ee", "i9223372036854775808e",
		"01:a", "d8:completei1e10:incompletei2e8:intervali1800e5:peers6:abcdefe", "i1etrailing", "di1e1:ae", "d1:ae",
	} {
		f.Add([]byte(s))
	}
	f.Add(answer(3))
	small := Limits{Size: 1 << 12, Depth: 8, Elements: 512}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Check(b, small)
		if err != nil {
			if n != 0 {
				t.Fatalf("Check returned %d with %v, want 0", n, err)
			}
			return
		}
		d := bencode.NewDecoder(bytes.NewReader(b))
		var v any
		if err := d.Decode(&v); err != nil || d.BytesParsed() != n {
			t.Fatalf("Check accepted %d bytes, the decoder read %d: %v", n, d.BytesParsed(), err)
		}
		if again, err := Check(b[:n], small); err != nil || again != n {
			t.Fatalf("Check returned %d, then %d, %v", n, again, err)
		}
		if e := end(b, 0); e != n {
			t.Fatalf("the walk ends at byte %d, Check at %d", e, n)
		}
		out, err := Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := Check(out, small); err != nil || o != len(out) || o > n { // shorter if a key was repeated
			t.Fatalf("%q became %q: %d, %v", b[:n], out, o, err)
		}
		var w any
		if err := Unmarshal(b, small, &w); err != nil || !reflect.DeepEqual(v, w) {
			t.Fatalf("Unmarshal returned %v, %v", w, err)
		}
	})
}

// answer returns an announce answer with n compact peers.
func answer(n int) []byte {
	b, err := Marshal(map[string]any{
		"complete": 12, "incomplete": 3, "interval": 1800, "min interval": 900, "downloaded": 77,
		"tracker id": "TID42", "peers": strings.Repeat("\x7f\x00\x00\x01\x1a\xe1", n), "peers6": "",
	})
	if err != nil {
		panic(err)
	}
	return b
}

func BenchmarkCheck(b *testing.B) {
	in := answer(200)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(in, limits); err != nil {
			b.Fatal(err)
		}
	}
}
