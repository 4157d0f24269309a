package policy

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"reflect"
	"strconv"
	"strings"
)

// Factor is by how much new upload is multiplied, in thousandths: 2500 is 2.5×. Valid from 1000 to 100000.
type Factor uint32

// The range of a factor: 1 changes nothing.
const (
	One       Factor = 1000
	MaxFactor Factor = 100_000
)

// Valid reports whether the factor is from 1 to 100.
func (f Factor) Valid() bool { return f >= One && f <= MaxFactor }

// String returns the shortest decimal: "3", "2.5", "1.25".
func (f Factor) String() string {
	s := fmt.Sprintf("%d.%03d", f/1000, f%1000)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// Float returns the factor as a number, for a slider.
func (f Factor) Float() float64 { return float64(f) / 1000 }

// ParseFactor reads a decimal from 1 to 100 with at most three places; a comma serves as a point.
func ParseFactor(s string) (Factor, error) {
	n, ok := parseThousandths(s)
	if !ok {
		return 0, fmt.Errorf("%q is not a number from 1 to 100 with at most three decimals", s)
	}
	if n < uint64(One) || n > uint64(MaxFactor) {
		return 0, fmt.Errorf("%q is not from 1 to 100", s)
	}
	return Factor(n), nil
}

// parseThousandths reads a decimal with at most three places and at most nine digits in all.
func parseThousandths(s string) (n uint64, ok bool) {
	s = strings.Replace(strings.TrimSpace(s), ",", ".", 1)
	whole, frac, _ := strings.Cut(s, ".")
	for len(frac) > 3 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	digits := whole + frac
	if whole == "" || len(frac) > 3 || len(digits) > 9 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(frac + "000")[:3], 10, 64)
	return n, err == nil
}

// MarshalJSON writes the factor as a JSON number.
func (f Factor) MarshalJSON() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalJSON reads a JSON number from 1 to 100. encoding/json adds the field's name to the error.
func (f *Factor) UnmarshalJSON(b []byte) error {
	v, err := ParseFactor(string(b))
	if err != nil {
		return &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[Factor]()}
	}
	*f = v
	return nil
}

// Times multiplies new bytes by the factor: the result is whole bytes and a rest in thousandths of a byte (0 to 999).
// carry is the rest of the last multiplication. ok is false if the product exceeds 64 bits.
func (f Factor) Times(bytes uint64, carry uint16) (whole uint64, rest uint16, ok bool) {
	hi, lo := bits.Mul64(bytes, uint64(f))
	lo, c := bits.Add64(lo, uint64(carry), 0)
	hi += c
	if hi >= 1000 { // the quotient would not fit
		return 0, 0, false
	}
	q, r := bits.Div64(hi, lo, 1000)
	return q, uint16(r), true
}
