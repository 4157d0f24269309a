package krpc

import (
	"crypto/sha1"
	"math"
	"math/bits"
	"net/netip"

	"bittoratio/engine/wire/bencode"
)

// Bloom is a set of addresses of which only the size can be read (BEP 33).
type Bloom [256]byte

const bloomBits = 8 * len(Bloom{})

// Add adds an address.
func (f *Bloom) Add(a netip.Addr) {
	sum := sha1.Sum(a.Unmap().AsSlice())
	for _, i := range [2]int{int(sum[0]) | int(sum[1])<<8, int(sum[2]) | int(sum[3])<<8} {
		i %= bloomBits
		f[i/8] |= 1 << (i % 8)
	}
}

// Or adds all addresses of another set.
func (f *Bloom) Or(other *Bloom) {
	for i, b := range other {
		f[i] |= b
	}
}

// Size estimates the number of addresses in the set, about 6,000 at most.
func (f *Bloom) Size() float64 {
	zeros := bloomBits
	for _, b := range f {
		zeros -= bits.OnesCount8(b)
	}
	if zeros == bloomBits {
		return 0 // the formula has no value for the empty set but its limit
	}
	const m = float64(bloomBits)
	return math.Log(float64(max(zeros, 1))/m) / (2 * math.Log(1-1/m))
}

func parseBloom(raw bencode.RawMessage) *Bloom {
	b, _ := bencode.Text(raw)
	if len(b) != len(Bloom{}) {
		return nil
	}
	f := Bloom(b)
	return &f
}
