package engine_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// validTree returns a small tree that breaks no rule.
func validTree() fstest.MapFS {
	files := map[string]string{
		"main.go":                           "// Command bittoratio is the program.\npackage main\nimport (\"os\"; \"bittoratio/engine\"; \"bittoratio/engine/clients\"; \"bittoratio/gui\"; \"bittoratio/assets\")",
		"assets/embed.go":                   "// Package assets has the pictures.\npackage assets\nimport _ \"embed\"",
		"gui/run.go":                        "// Package gui is the window.\npackage gui\nimport (\"fyne.io/fyne/v2/app\"; \"bittoratio/gui/shell\"; \"bittoratio/engine\")",
		"gui/shell/shell.go":                "// Package shell is the frame.\npackage shell\nimport (\"bittoratio/gui/torrents\"; \"bittoratio/gui/activity\"; \"bittoratio/engine/bittorrent\"; \"time\")\nvar _ = time.Now",
		"gui/torrents/page.go":              "// Package torrents is a page.\npackage torrents\nimport (\"bittoratio/gui/text\"; \"bittoratio/gui/grid\")",
		"gui/torrents/page_test.go":         "package torrents_test\nimport (\"testing\"; \"bittoratio/gui/torrents\"; \"bittoratio/engine/enginetest\")",
		"gui/activity/page.go":              "// Package activity is a page.\npackage activity",
		"gui/grid/grid.go":                  "// Package grid is a widget.\npackage grid\nimport \"bittoratio/gui/theme\"",
		"gui/text/text.go":                  "// Package text words.\npackage text",
		"gui/theme/theme.go":                "// Package theme colours.\npackage theme",
		"engine/engine.go":                  "// Package engine is the engine.\npackage engine\nimport (\"net\"; \"os\"; \"bittoratio/engine/network/httpway\"; \"bittoratio/engine/store\")",
		"engine/engine_test.go":             "package engine_test\nimport (\"testing\"; \"bittoratio/engine\"; \"bittoratio/engine/enginetest\")",
		"engine/enginetest/tracker.go":      "// Package enginetest is for tests.\npackage enginetest\nimport (\"testing\"; \"net\"; \"bittoratio/engine\")",
		"engine/enginetest/load/main.go":    "// Command load loads.\npackage main\nimport \"bittoratio/engine/network/httpway\"",
		"engine/network/httpway/way.go":     "// Package httpway serves.\npackage httpway\nimport (\"net\"; \"bittoratio/engine/report\"; \"bittoratio/engine/network/upstream\")",
		"engine/network/upstream/up.go":     "// Package upstream dials.\npackage upstream\nimport \"net\"",
		"engine/report/report.go":           "// Package report decides.\npackage report\nimport (\"time\"; \"bittoratio/engine/report/ledger\")\nvar now = time.Now",
		"engine/report/ledger/ledger.go":    "// Package ledger sums.\npackage ledger\nimport \"bittoratio/engine/bittorrent\"",
		"engine/store/store.go":             "// Package store writes.\npackage store\nimport \"os\"",
		"engine/wire/httphead/head.go":      "// Package httphead reads.\npackage httphead\nimport \"time\"\nconst day = 24 * time.Hour",
		"engine/wire/httphead/head_test.go": "package httphead\nimport (\"testing\"; \"net/http\"; \"os\"; \"time\")\nvar _ = time.Now",
		"engine/bittorrent/announce.go":     "// Package bittorrent names.\npackage bittorrent\nimport \"net/netip\"\n// InfoHash is one.\ntype InfoHash [20]byte\n// ParseInfoHash reads it; -XX1234- is no mark, nor is a todo in small letters.\nfunc ParseInfoHash() {}\ntype database struct{}",
		"engine/clients/setup.go":           "// Package clients tells.\npackage clients\nimport _ \"embed\"",
		"engine/clients/testdata/bad.go":    "package nothing at all",
		".build/bad.go":                     "package nothing at all",
	}
	tree := fstest.MapFS{}
	for name, src := range files {
		tree[name] = &fstest.MapFile{Data: []byte(src)}
	}
	return tree
}

func TestAValidTreeHasNoFault(t *testing.T) {
	if faults, packages := inspect(validTree()); len(faults) > 0 || packages != 20 {
		t.Errorf("%d packages, want 20, and no faults: %q", packages, faults)
	}
}

// TestEachBrokenRuleIsFound adds files to a valid tree, one after another, that each break a rule.
func TestEachBrokenRuleIsFound(t *testing.T) {
	for _, c := range []struct{ name, file, src, fault string }{
		{"wire imports store", "engine/wire/httphead/x.go", `package httphead; import "bittoratio/engine/store"`, "imports go down only"},
		{"store imports report", "engine/store/x.go", `package store; import "bittoratio/engine/report/ledger"`, "imports go down only"},
		{"report imports network", "engine/report/x.go", `package report; import "bittoratio/engine/network/upstream"`, "imports go down only"},
		{"network imports engine", "engine/network/httpway/x.go", `package httpway; import "bittoratio/engine"`, "imports go down only"},
		{"engine imports gui", "engine/x.go", `package engine; import "bittoratio/gui/text"`, "imports go down only"},
		{"a test imports a higher floor", "engine/store/x_test.go", `package store_test; import "bittoratio/engine/report"`, "imports go down only"},
		{"behind a build tag", "engine/store/x_windows.go", "//go:build windows\n\npackage store\nimport \"bittoratio/engine/report\"", "imports go down only"},
		{"under another name", "engine/store/x.go", `package store; import r "bittoratio/engine/report"`, "imports go down only"},
		{"assets import", "assets/x.go", `package assets; import "bittoratio/engine"`, "imports go down only"},
		{"a widget imports a page", "gui/grid/x.go", `package grid; import "bittoratio/gui/torrents"`, "imports go down only"},
		{"a page imports the shell", "gui/torrents/x.go", `package torrents; import "bittoratio/gui/shell"`, "imports go down only"},
		{"a page imports a page", "gui/torrents/x.go", `package torrents; import "bittoratio/gui/activity"`, "pages do not know each other"},
		{"the engine imports the toolkit", "engine/x.go", `package engine; import "fyne.io/fyne/v2"`, "only gui knows the toolkit"},
		{"main imports the toolkit", "x.go", `package main; import "fyne.io/systray"`, "only gui knows the toolkit"},
		{"the window imports a lower floor", "gui/shell/x.go", `package shell; import "bittoratio/engine/report"`, "the window sees only"},
		{"the window calls a function that only the engine may call", "gui/setup/x.go", "// Package setup is a page.\npackage setup; import f \"bittoratio/engine/clients/file\"\nvar here f.System\nvar _ = f.Here()", "calls f.Here"},
		{"main imports a lower floor", "x.go", `package main; import "bittoratio/engine/store"`, "the window sees only"},
		{"a test of the window imports a lower floor", "gui/text/x_test.go", `package text; import "bittoratio/engine/store"`, "the window sees only"},
		{"package testing outside of tests", "engine/report/x.go", `package report; import "testing"`, "it is for tests"},
		{"testing/iotest outside of tests", "gui/x.go", `package gui; import "testing/iotest"`, "it is for tests"},
		{"httptest outside of tests", "engine/x.go", `package engine; import "net/http/httptest"`, "it is for tests"},
		{"text/template in the program", "engine/clients/x.go", `package clients; import "text/template"`, "2 MiB"},
		{"enginetest in the engine", "engine/x.go", `package engine; import "bittoratio/engine/enginetest"`, "it is for tests"},
		{"enginetest in main", "x.go", `package main; import "bittoratio/engine/enginetest"`, "it is for tests"},
		{"clientstest in a test", "engine/x_test.go", `package engine; import "bittoratio/engine/clientstest"`, "it is for tests of its own"},
		{"sockets on floor 0", "engine/bittorrent/x.go", `package bittorrent; import "net"`, "no sockets"},
		{"HTTP on the wire floor", "engine/wire/httphead/x.go", `package httphead; import "net/http"`, "no sockets"},
		{"files on the wire floor", "engine/wire/httphead/x.go", `package httphead; import "os"`, "no files"},
		{"processes on floor 0", "engine/bittorrent/x.go", `package bittorrent; import "os/exec"`, "no files"},
		{"embedded files on the wire floor", "engine/wire/httphead/x.go", `package httphead; import _ "embed"`, "only clients"},
		{"a clock on the wire floor", "engine/wire/httphead/x.go", `package httphead; import "time"; var x = time.Now()`, "no clock"},
		{"a clock under another name", "engine/wire/httphead/x.go", `package httphead; import t "time"; var x = t.Since`, "no clock"},
		{"a wait on floor 0", "engine/bittorrent/x.go", `package bittorrent; import "time"; func f() { time.Sleep(1) }`, "no clock"},
		{"a folder without a floor", "other/x.go", "// Package other is new.\npackage other", "the folder has no floor"},
		{"no doc comment", "engine/report/policy/x.go", "package policy", "no doc comment"},
		{"another package's doc comment", "engine/report/policy/x.go", "// Package ledger rules.\npackage policy", "no doc comment"},
		{"a doc comment in a test only", "engine/report/policy/x_test.go", "// Package policy rules.\npackage policy", ""},
		{"a TODO", "engine/store/x.go", "package store\n\n// TODO: more\nvar x int", "TODO"},
		{"a FIXME within a comment", "engine/store/x_test.go", "package store\n\nvar x = 1 /* one\nFIXME */", "FIXME"},
		{"a vague type", "engine/store/x.go", "package store; type FileManager struct{}", `"manager"`},
		{"a vague method", "engine/store/x.go", "package store; type t int; func (t) ProcessData() {}", `"data"`},
		{"a vague field", "gui/text/x.go", "package text; type T struct { a, PeerInfo int }", `"info"`},
		{"a vague method of an interface", "gui/text/x.go", "package text; type T interface { EventHandler() }", `"handler"`},
		{"a vague constant", "engine/store/x.go", "package store; const (A = iota; StringUtil)", `"util"`},
		{"a vague package", "engine/store/common/x.go", "// Package common is idle.\npackage common", `"common"`},
		{"a file that does not parse", "engine/store/x.go", "package store; func", "x.go:1"},
	} {
		tree := validTree()
		if tree[c.file] != nil {
			t.Fatalf("%s: the valid tree has %s already", c.name, c.file)
		}
		tree[c.file] = &fstest.MapFile{Data: []byte(c.src)}
		faults, _ := inspect(tree)
		if c.fault == "" && len(faults) > 0 || c.fault != "" && (len(faults) != 1 || !strings.Contains(faults[0], c.fault)) {
			t.Errorf("%s: the faults are %q, want one with %q", c.name, faults, c.fault)
		}
	}
}

func TestVagueNamesAreFound(t *testing.T) {
	for name, want := range map[string]string{
		"InfoHash": "", "ParseInfoHash": "", "InfoHashes": "", "Information": "", "Database": "", "HTTPHandler": "handler", "DataFolder": "data",
		"Utility": "", "UtilX": "util", "XInfo": "info", "PeerInfoHash": "", "": "",
	} {
		if got := vagueWord(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
