package main

import "testing"

// TestEachWorkerAnnounces, however few announces a cell has.
func TestEachWorkerAnnounces(t *testing.T) {
	for _, c := range []struct{ n, workers, want int }{{4000, 32, 125}, {1000, 32, 31}, {31, 32, 1}, {0, 1, 1}, {-1, 8, 1}} {
		if got := share(c.n, c.workers); got != c.want {
			t.Errorf("%d announces of %d workers: %d each, want %d", c.n, c.workers, got, c.want)
		}
	}
}

func TestCellsAreCheckedBeforeTheyAreMeasured(t *testing.T) {
	plain, secure, err := parseCells("close/32,https/8,kept/1,httpskept/2")
	if err != nil || len(plain) != 2 || len(secure) != 2 || plain[1] != (cell{"kept", 1}) || secure[1].String() != "httpskept/2" {
		t.Errorf("parseCells returned %v, %v, %v", plain, secure, err)
	}
	for _, text := range []string{"", "kept", "kept/", "kept/0", "kept/-1", "kept/x", "keep/1", "kept/1,"} {
		if _, _, err := parseCells(text); err == nil {
			t.Errorf("parseCells accepted %q", text)
		}
	}
}
