// Package text turns numbers, times and outcomes of the engine into words for people. It is pure: the time is a
// parameter, and it knows no widgets. Translations are in package lang, which also describes how to add a text.
package text

import (
	"math"
	"strconv"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
)

// Dash is the text of an empty value.
const Dash = "–"

const units = "KMGTPE"

// Bytes returns a size in binary units with three digits: "512 B", "1.24 MiB", "12.4 MiB", "124 MiB".
func Bytes(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10) + " " + lang.L("B")
	}
	v, i := float64(n)/1024, 0
	for v >= 999.5 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return threeDigits(v) + " " + unit(i)
}

// threeDigits returns a number from 1 to 999 with three digits: "1.24", "12.4", "124".
func threeDigits(v float64) string {
	decimals := 2
	switch {
	case v >= 99.95:
		decimals = 0
	case v >= 9.995:
		decimals = 1
	}
	return lang.Decimal(strconv.FormatFloat(v, 'f', decimals, 64))
}

// round returns a round number of a scale without more decimals than it needs: "20", "0.5".
func round(v float64) string { return lang.Decimal(strconv.FormatFloat(v, 'g', 4, 64)) }

func unit(i int) string {
	switch units[i] {
	case 'K':
		return lang.L("KiB")
	case 'M':
		return lang.L("MiB")
	case 'G':
		return lang.L("GiB")
	case 'T':
		return lang.L("TiB")
	case 'P':
		return lang.L("PiB")
	default:
		return lang.L("EiB")
	}
}

// Times returns a factor with its sign: "2.5×".
func Times(f policy.Factor) string { return Factor(f) + "×" }

// Factor returns a factor without its sign: "2.5".
func Factor(f policy.Factor) string { return lang.Decimal(f.String()) }

// Count returns a number of peers, or a dash for -1, which means not known.
func Count(n int64) string {
	if n < 0 {
		return Dash
	}
	return strconv.FormatInt(n, 10)
}

// BytesOf returns a value of a scale whose highest value is most, in the unit of most: "0", "0.5 GiB", "1 GiB".
func BytesOf(n, most float64) string {
	i := -1
	for most >= 1024 && i < len(units)-1 {
		most, n, i = most/1024, n/1024, i+1
	}
	switch {
	case n == 0:
		return "0"
	case i < 0:
		return round(n) + " " + lang.L("B")
	default:
		return round(n) + " " + unit(i)
	}
}

// Large returns an estimate with three digits: "18.2 million", "950,000", "96".
func Large(n float64) string {
	if n < 999_500 {
		step := math.Pow(10, max(math.Floor(math.Log10(max(n, 1)))-2, 0))
		return lang.Int(uint64(math.Round(n/step) * step))
	}
	return lang.N("%s million", int(n/1e6), threeDigits(n/1e6))
}

// Millions returns a value of a scale whose highest value is most: "20 M", or the plain number if most is less than a
// million.
func Millions(n, most float64) string {
	if most < 1e6 || n == 0 {
		return lang.Int(uint64(n))
	}
	return lang.L("%s M", round(n/1e6))
}

// RatioOf returns a torrent's reported total divided by what it downloaded, both since it was first seen. For a torrent
// that is only seeded it divides by the size, as clients do. ok is false if there is nothing to divide by.
func RatioOf(t *engine.Torrent) (ratio float64, ok bool) {
	by := t.Downloaded
	if by == 0 && t.Left == 0 {
		by = t.Size
	}
	if by == 0 {
		return 0, false
	}
	return float64(t.Reported) / float64(by), true
}

// Ratio returns a ratio with two decimals, or without decimals from 100 on: "2.41".
func Ratio(ratio float64) string {
	if ratio >= 100 {
		return strconv.FormatFloat(ratio, 'f', 0, 64)
	}
	return lang.Decimal(strconv.FormatFloat(ratio, 'f', 2, 64))
}
