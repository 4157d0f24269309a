package engine

import (
	"slices"
	"strings"
	"testing"
)

// TestOnlyPagesEqualToTheFileAreUnmapped, because unmapped pages are read from the file again.
func TestOnlyPagesEqualToTheFileAreUnmapped(t *testing.T) {
	smaps := `00400000-009cb000 r-xp 00000000 fe:00 9981046                            /opt/a b/bittoratio
Size:               5932 kB
Rss:                5036 kB
Private_Dirty:         0 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd ex mr mw me
009cb000-00fe2000 r--p 005cb000 fe:00 9981046                            /opt/a b/bittoratio
Anonymous:             0 kB
Swap:                  0 kB
00fe2000-01065000 rw-p 00be2000 fe:00 9981046                            /opt/a b/bittoratio
Anonymous:             0 kB
Swap:                  0 kB
01065000-01066000 r--p 00be2000 fe:00 9981046                            /opt/a b/bittoratio
Private_Dirty:         8 kB
Anonymous:             8 kB
Swap:                  0 kB
01065000-01066000 r--p 00be2000 fe:00 9981046                            /opt/a b/bittoratio
Anonymous:             0 kB
Swap:                  8 kB
01066000-01067000 ---p 00be2000 fe:00 9981046                            /opt/a b/bittoratio
Anonymous:             0 kB
Swap:                  0 kB
01067000-01068000 r--s 00be2000 fe:00 9981046                            /opt/a b/bittoratio
Anonymous:             0 kB
Swap:                  0 kB
01068000-030ad000 r--p 00000000 00:00 0 
Anonymous:             0 kB
Swap:                  0 kB
7f9348ed8000-7f9348fd8000 r-xp 00000000 fe:00 99                         /usr/lib/libc.so.6
Anonymous:             0 kB
Swap:                  0 kB
7ffef749d000-7ffef74be000 rw-p 00000000 00:00 0                          [stack]
Anonymous:            16 kB
Swap:                  0 kB
`
	want := []mapping{{0x400000, 0x9cb000}, {0x9cb000, 0xfe2000}}
	if got := untouched(strings.NewReader(smaps), "/opt/a b/bittoratio"); !slices.Equal(got, want) {
		t.Errorf("the untouched pages are %x, want %x", got, want)
	}
}

// TestTheProgramContinuesAfterItsPagesAreUnmapped unmaps the test program itself.
func TestTheProgramContinuesAfterItsPagesAreUnmapped(t *testing.T) {
	for range 3 {
		unmapProgram()
		if got := strings.Repeat("no", 2); got != "nono" {
			t.Errorf("after its pages were unmapped the program computes %q, want %q", got, "nono")
		}
	}
}
