package text

import (
	"math"
	"strconv"
	"strings"

	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
)

// Rule returns the rules of one tracker: "3×, at most 2.00 MiB/s, nothing added from ratio 2 on"; "" if it has none.
func Rule(r policy.TrackerRule) string {
	var words []string
	if r.Factor != 0 {
		words = append(words, Times(r.Factor))
	}
	if r.Ceiling != 0 {
		words = append(words, lang.L("at most %s/s", Bytes(r.Ceiling)))
	}
	if r.StopAt != 0 {
		words = append(words, lang.L("nothing added from ratio %s on", Factor(policy.Factor(r.StopAt))))
	}
	if r.Alone {
		words = append(words, lang.L("nothing added while nobody could receive it"))
	}
	return strings.Join(words, ", ")
}

const mebi = 1 << 20

// maxMiB is the highest speed that can be typed, in MiB per second: one TiB per second.
const maxMiB = 1 << 20

// MiB returns a size in MiB to be edited, with at most three decimals: "2.5".
func MiB(n uint64) string {
	return lang.Decimal(strconv.FormatFloat(math.Round(float64(n)/mebi*1000)/1000, 'f', -1, 64))
}

// ParseMiB reads a typed speed in MiB per second, with a point or a comma. ok is false outside of 0.001 MiB to 1 TiB
// per second.
func ParseMiB(typed string) (bytes uint64, ok bool) {
	v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(typed), ",", ".", 1), 64)
	if err != nil || !(v >= 0.001 && v <= maxMiB) {
		return 0, false
	}
	return uint64(math.Round(v * mebi)), true
}
