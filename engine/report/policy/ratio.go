package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Ratio is upload by download, in thousandths: 2000 is 2. Valid from 100 to 1000000; 0 is none.
type Ratio uint32

// The range of a ratio.
const (
	MinRatio Ratio = 100
	MaxRatio Ratio = 1_000_000
)

// Valid reports whether the ratio is none, or from 0.1 to 1000.
func (r Ratio) Valid() bool { return r == 0 || r >= MinRatio && r <= MaxRatio }

// String returns the shortest decimal: "2", "1.5".
func (r Ratio) String() string { return Factor(r).String() }

// ParseRatio reads a decimal from 0.1 to 1000 with at most three places, or 0 for none; a comma serves as a point.
func ParseRatio(s string) (Ratio, error) {
	n, ok := parseThousandths(s)
	if r := Ratio(n); ok && n <= uint64(MaxRatio) && r.Valid() {
		return r, nil
	}
	return 0, fmt.Errorf("%q is not a number from 0.1 to 1000 with at most three decimals, nor 0", s)
}

// MarshalJSON writes the ratio as a JSON number.
func (r Ratio) MarshalJSON() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalJSON reads a JSON number. encoding/json adds the field's name to the error.
func (r *Ratio) UnmarshalJSON(b []byte) error {
	v, err := ParseRatio(string(b))
	if err != nil {
		return &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[Ratio]()}
	}
	*r = v
	return nil
}
