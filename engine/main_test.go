package engine_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets tests that mostly wait run in parallel even on two processors.
func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", "16")
	}
	os.Exit(m.Run())
}
