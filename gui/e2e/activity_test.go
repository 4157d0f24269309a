//go:build e2e

package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestExchangesAreFilteredOpenedAndFoundAfterARestart filters the exchanges, opens the details of one, and finds all of
// them again after a restart.
func TestExchangesAreFilteredOpenedAndFoundAfterARestart(t *testing.T) {
	d := newDesktop(t, stubHost)
	torrents, addr := d.torrents(), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "theme": "light", "language": "en"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceShared(t, addr, torrents)
	p.key("ctrl+2")
	p.waitFor("all exchanges", func(s windowState) bool { return s.hasText("24 exchanges in all") })

	p.key("ctrl+f")
	p.typeText("opensuse")
	p.waitFor("only the exchanges of one torrent", fewRows)
	p.clickRow(0)
	p.waitFor("the explanation of the exchange", func(s windowState) bool { return s.hasText(", reported ") && s.Places["button:Details…"].W > 0 })
	p.key("ctrl+c")
	eventually(t, "the explanation is in the clipboard", func() bool {
		out, err := d.try("xclip", "-selection", "clipboard", "-o")
		return err == nil && strings.Contains(out, ", reported ")
	})
	p.click("button:Details…", 0.5, 0.5)
	p.waitFor("the details, with the passkey masked", func(s windowState) bool { return s.hasText("uploaded") && s.hasText("What the tracker got") })
	d.picture(p.win, "exchange")
	p.scrollTo("button:Show passkeys…")
	p.click("button:Show passkeys…", 0.5, 0.5)
	p.waitFor("the warning about passkeys", func(s windowState) bool { return s.hasText("Anyone with your passkey can announce in your name") })
	p.secrets = true
	p.click("button:Show", 0.5, 0.5)
	p.waitFor("the passkey", func(s windowState) bool { return s.hasText(secret) })
	p.click("button:Close", 0.5, 0.5)
	p.waitFor("the page without the passkey", func(s windowState) bool { return !s.hasText(secret) })
	p.secrets = false
	p.click("button:Per day", 0.5, 0.5)
	p.waitFor("the sums per day", func(s windowState) bool { return s.hasText("Last day (1): ") })
	p.movePointerAway()
	d.picture(p.win, "per-day")
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()

	p = d.launch()
	p.key("ctrl+2")
	p.waitFor("the exchanges of the earlier run", func(s windowState) bool { return len(s.Rows) >= 24 })
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()
}

// fewRows reports whether the filter left few rows: three exchanges, and one for each failed delivery of a pending
// announce.
func fewRows(s windowState) bool { return len(s.Rows) >= 3 && len(s.Rows) < 10 }

// TestExchangesAreExportedWithoutPasskeys writes the exchanges into files of the user's choice, without passkeys, and
// replaces a file only after a question.
func TestExchangesAreExportedWithoutPasskeys(t *testing.T) {
	d := newDesktop(t, stubHost)
	torrents, addr := d.torrents(), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "theme": "light", "language": "en"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceShared(t, addr, torrents)
	p.key("ctrl+2")
	p.waitFor("all exchanges", func(s windowState) bool { return s.hasText("24 exchanges in all") })

	name := "bittoratio-activity-" + time.Now().Format(time.DateOnly)
	csvFile, jsonFile := d.path("home", name+".csv"), d.path("home", name+".json")
	p.export("Down")
	p.waitFor("the suggested name and the home folder", func(s windowState) bool {
		return s.Places["entry:"+name+".csv"].W > 0 && s.Places["button:home"].W > 0
	})
	p.movePointerAway()
	d.picture(p.win, "export")
	p.key("Return")
	p.waitFor("the path of the saved file", func(s windowState) bool { return s.hasText(csvFile + " is saved") })
	p.click("button:OK", 0.5, 0.5)
	table, err := csv.NewReader(strings.NewReader(d.readExport(csvFile))).ReadAll()
	if err != nil || len(table) != 25 {
		t.Errorf("the exported table has %d lines, want 25 (%v)", len(table), err)
	}

	p.key("ctrl+f")
	p.typeText("opensuse")
	p.waitFor("only the exchanges of one torrent", fewRows)
	p.export("Down", "Down")
	p.key("Return")
	p.waitFor("the path of the saved file", func(s windowState) bool { return s.hasText(jsonFile + " is saved") })
	p.click("button:OK", 0.5, 0.5)
	var list []map[string]any
	if err := json.Unmarshal([]byte(d.readExport(jsonFile)), &list); err != nil || len(list) < 3 || len(list) > 9 {
		t.Errorf("the exported JSON has %d exchanges, want 3 to 9 (%v)", len(list), err)
	}

	p.export("Down")
	p.key("Return")
	p.waitFor("the question whether to replace the file", func(s windowState) bool { return s.hasText(name+".csv") && s.Places["button:No"].W > 0 })
	p.movePointerAway()
	d.picture(p.win, "overwrite")
	p.click("button:No", 0.5, 0.5)
	p.waitFor("the file dialog", func(s windowState) bool { return s.Places["button:Save"].W > 0 })
	if table, err := csv.NewReader(strings.NewReader(d.readExport(csvFile))).ReadAll(); err != nil || len(table) != 25 {
		t.Errorf("after No the table has %d lines, want still 25 (%v)", len(table), err)
	}
	p.click("button:Save", 0.5, 0.5)
	p.click("button:Yes", 0.5, 0.5)
	p.waitFor("the path of the saved file", func(s windowState) bool { return s.hasText(csvFile + " is saved") })
	if table, err := csv.NewReader(strings.NewReader(d.readExport(csvFile))).ReadAll(); err != nil || len(table) < 4 || len(table) > 10 {
		t.Errorf("after Yes the table has %d lines, want 4 to 10 (%v)", len(table), err)
	}
	p.click("button:OK", 0.5, 0.5)
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()
}

// export opens the button's menu, chooses an entry with these keys and Return, and waits for the file dialog.
func (p *prog) export(keys ...string) {
	p.d.t.Helper()
	p.click("button:Export", 0.5, 0.5)
	p.key(append(keys, "Return")...)
	p.waitFor("the file dialog", func(s windowState) bool { return s.Places["button:Save"].W > 0 })
}

// readExport returns the text of an exported file, and fails the test if it contains the passkey.
func (d *desktop) readExport(file string) string {
	d.t.Helper()
	b, err := os.ReadFile(file)
	must(d.t, err)
	if bytes.Contains(b, []byte(secret)) {
		d.t.Errorf("%s contains the passkey:\n%s", file, b)
	}
	return string(b)
}
