package text

import (
	"testing"

	"bittoratio/engine/report/policy"
)

func TestATrackersRuleIsDescribedInWords(t *testing.T) {
	for want, r := range map[string]policy.TrackerRule{
		"":                   {},
		"3×":                 {Factor: 3000},
		"at most 2.00 MiB/s": {Ceiling: 2 << 20},
		"1×, at most 512 KiB/s, nothing added from ratio 1.5 on": {Factor: policy.One, Ceiling: 512 << 10, StopAt: 1500},
		"nothing added while nobody could receive it":            {Alone: true},
	} {
		if got := Rule(r); got != want {
			t.Errorf("%+v: got %q, want %q", r, got, want)
		}
	}
}

func TestSpeedsAreParsedAsTheyAreFormatted(t *testing.T) {
	for typed, want := range map[string]uint64{"1": 1 << 20, " 2.5 ": 5 << 19, "2,5": 5 << 19, "0.001": 1049, "1048576": 1 << 40} {
		got, ok := ParseMiB(typed)
		if !ok || got != want {
			t.Errorf("ParseMiB(%q) = %d, %v, want %d", typed, got, ok, want)
		}
		if again, ok := ParseMiB(MiB(got)); !ok || again != got {
			t.Errorf("%d is formatted as %q, which is parsed as %d", got, MiB(got), again)
		}
	}
	for _, typed := range []string{"", "0", "-1", "0.0001", "1048577", "ten", "1,5,5", "NaN", "Inf", "5 MiB"} {
		if got, ok := ParseMiB(typed); ok {
			t.Errorf("ParseMiB(%q) = %d, want a failure", typed, got)
		}
	}
}
