package policy_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"bittoratio/engine/report/policy"
)

var spellings = []struct {
	text   string
	factor policy.Factor
	short  string // as it is written
}{
	{"1", 1000, "1"},
	{"1.0", 1000, "1"},
	{"1.001", 1001, "1.001"},
	{"1.25", 1250, "1.25"},
	{"2.5", 2500, "2.5"},
	{"2,5", 2500, "2.5"},
	{" 3 ", 3000, "3"},
	{"3.", 3000, "3"},
	{"03", 3000, "3"},
	{"10", 10_000, "10"},
	{"2.5000", 2500, "2.5"},
	{"99.999", 99_999, "99.999"},
	{"100", 100_000, "100"},
	{"100.000000", 100_000, "100"},
}

func TestAFactorIsWrittenInItsShortestForm(t *testing.T) {
	for _, c := range spellings {
		f, err := policy.ParseFactor(c.text)
		if err != nil || f != c.factor || f.String() != c.short || !f.Valid() {
			t.Errorf("%q is read as %d and written %q (%v), want %d and %q", c.text, f, f, err, c.factor, c.short)
		}
		if again, err := policy.ParseFactor(f.String()); err != nil || again != f {
			t.Errorf("%q is read as %d (%v), want %d", f, again, err, f)
		}
		if f.Float() != float64(c.factor)/1000 {
			t.Errorf("Float of %q is %v, want %v", c.text, f.Float(), float64(c.factor)/1000)
		}
	}
}

func TestEveryFactorIsReadAsItIsWritten(t *testing.T) {
	for f := policy.One; f <= policy.MaxFactor; f++ {
		if again, err := policy.ParseFactor(f.String()); err != nil || again != f {
			t.Fatalf("%d is written %q and read as %d (%v)", f, f, again, err)
		}
	}
}

func TestInvalidFactorsAreRefused(t *testing.T) {
	for _, s := range []string{
		"", " ", ".", ",", "0", "0.999", "100.001", "101", "1000", "-1", "+3", ".5", "1.2345", "1e1", "0x2", "three", "1 5", "1.5.5", "1,5,5",
		"1.5,5", "Inf", "NaN", "１", "1000000000000000000000", "1.-5", "1.+5", "3x", "3×",
	} {
		if f, err := policy.ParseFactor(s); err == nil {
			t.Errorf("%q is accepted as %s", s, f)
		}
	}
	for _, f := range []policy.Factor{0, 999, 100_001, math.MaxUint32} {
		if f.Valid() {
			t.Errorf("a factor of %d thousandths is valid", f)
		}
	}
}

func TestAFactorIsANumberInJSON(t *testing.T) {
	type settings struct {
		F policy.Factor
		M map[string]policy.Factor
	}
	in := settings{2500, map[string]policy.Factor{"t": 1000}}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"F":2.5,"M":{"t":1}}` {
		t.Errorf("written as %s (%v)", b, err)
	}
	var out settings
	if err := json.Unmarshal(b, &out); err != nil || out.F != in.F || out.M["t"] != in.M["t"] {
		t.Errorf("read as %+v (%v), want %+v", out, err, in)
	}
	for _, s := range []string{`0.5`, `101`, `-1`, `"three"`, `true`, `null`, `{}`, `[3]`, `1.2345`, `1e9`, ``} {
		f := policy.Factor(4000)
		if err := json.Unmarshal([]byte(s), &f); err == nil || f != 4000 {
			t.Errorf("%s is accepted as %s (%v)", s, f, err)
		}
	}
}

func TestTimesIsExactAndReportsAnOverflow(t *testing.T) {
	for _, bytes := range []uint64{0, 1, 2, 3, 999, 1000, 1001, 1 << 32, math.MaxInt64, math.MaxUint64 / 100, math.MaxUint64/100 + 1, math.MaxUint64 - 1, math.MaxUint64} {
		for _, f := range []policy.Factor{1000, 1001, 1500, 2500, 3000, 99_999, 100_000} {
			for _, carry := range []uint16{0, 1, 500, 999} {
				want := new(big.Int).Mul(new(big.Int).SetUint64(bytes), big.NewInt(int64(f)))
				want.Add(want, big.NewInt(int64(carry)))
				quotient, rest := new(big.Int).DivMod(want, big.NewInt(1000), new(big.Int))
				got, left, ok := f.Times(bytes, carry)
				if ok != quotient.IsUint64() {
					t.Errorf("%d × %s + %d: fits %v, want %v", bytes, f, carry, ok, !ok)
				} else if ok && (got != quotient.Uint64() || uint64(left) != rest.Uint64()) {
					t.Errorf("%d × %s + %d: %d rest %d, want %d rest %d", bytes, f, carry, got, left, quotient, rest)
				}
			}
		}
	}
}

// TestManySmallStepsGiveTheSameResultAsALargeOne: with the carry, many small steps have the same result as a large one.
func TestManySmallStepsGiveTheSameResultAsALargeOne(t *testing.T) {
	const factor, steps = policy.Factor(1333), 3000
	var sum uint64
	var carry uint16
	for range steps {
		n, rest, ok := factor.Times(1, carry)
		if !ok {
			t.Fatal("the product of one byte does not fit")
		}
		sum, carry = sum+n, rest
	}
	if whole, rest, _ := factor.Times(steps, 0); sum != whole || carry != rest {
		t.Errorf("%d and %d thousandths, want %d and %d", sum, carry, whole, rest)
	}
}
