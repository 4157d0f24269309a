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

// TestActivity filters what is kept, opens an exchange whole, and finds all of it again at the next start.
func TestActivity(t *testing.T) {
	d := newDesk(t, stubHost)
	torrents, addr := d.torrents(), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "theme": "light", "language": "en"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	busy(t, addr, torrents)
	p.key("ctrl+2")
	p.sees("all exchanges", func(s sight) bool { return s.says("24 exchanges in all") })

	p.key("ctrl+f")
	p.types("opensuse")
	p.sees("those of one torrent", few)
	p.pick(0)
	p.sees("it is explained", func(s sight) bool { return s.says(", reported ") && s.Places["button:Details…"].W > 0 })
	p.key("ctrl+c")
	eventually(t, "its figures are copied", func() bool {
		out, err := d.try("xclip", "-selection", "clipboard", "-o")
		return err == nil && strings.Contains(out, ", reported ")
	})
	p.click("button:Details…", 0.5, 0.5)
	p.sees("the exchange, masked", func(s sight) bool { return s.says("uploaded") && s.says("What the tracker got") })
	d.picture(p.win, "exchange")
	p.scrollTo("button:Show passkeys…")
	p.click("button:Show passkeys…", 0.5, 0.5)
	p.sees("the question", func(s sight) bool { return s.says("Anyone with your passkey can announce in your name") })
	p.secrets = true
	p.click("button:Show", 0.5, 0.5)
	p.sees("what was masked", func(s sight) bool { return s.says(secret) })
	p.click("button:Close", 0.5, 0.5)
	p.sees("the page", func(s sight) bool { return !s.says(secret) })
	p.secrets = false
	p.click("button:Per day", 0.5, 0.5)
	p.sees("the days", func(s sight) bool { return s.says("Last day (1): ") })
	p.aside()
	d.picture(p.win, "per-day")
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()

	p = d.launch()
	p.key("ctrl+2")
	p.sees("what an earlier run kept", func(s sight) bool { return len(s.Rows) >= 24 })
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
}

// few reports whether the filter has done its work: three exchanges, and each failed try to deliver what is kept adds
// one.
func few(s sight) bool { return len(s.Rows) >= 3 && len(s.Rows) < 10 }

// TestExport writes what is kept into files of the user's choice: masked, and over nothing without a question.
func TestExport(t *testing.T) {
	d := newDesk(t, stubHost)
	torrents, addr := d.torrents(), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "theme": "light", "language": "en"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	busy(t, addr, torrents)
	p.key("ctrl+2")
	p.sees("all exchanges", func(s sight) bool { return s.says("24 exchanges in all") })

	name := "bittoratio-activity-" + time.Now().Format(time.DateOnly)
	csvFile, jsonFile := d.path("home", name+".csv"), d.path("home", name+".json")
	p.export("Down")
	p.sees("a name and the home folder", func(s sight) bool {
		return s.Places["entry:"+name+".csv"].W > 0 && s.Places["button:home"].W > 0
	})
	p.aside()
	d.picture(p.win, "export")
	p.key("Return")
	p.sees("where it is", func(s sight) bool { return s.says(csvFile + " is saved") })
	p.click("button:OK", 0.5, 0.5)
	table, err := csv.NewReader(strings.NewReader(d.exported(csvFile))).ReadAll()
	if err != nil || len(table) != 25 {
		t.Errorf("%d lines, %v", len(table), err)
	}

	p.key("ctrl+f")
	p.types("opensuse")
	p.sees("those of one torrent", few)
	p.export("Down", "Down")
	p.key("Return")
	p.sees("where it is", func(s sight) bool { return s.says(jsonFile + " is saved") })
	p.click("button:OK", 0.5, 0.5)
	var list []map[string]any
	if err := json.Unmarshal([]byte(d.exported(jsonFile)), &list); err != nil || len(list) < 3 || len(list) > 9 {
		t.Errorf("%d exchanges, %v", len(list), err)
	}

	p.export("Down")
	p.key("Return")
	p.sees("the question", func(s sight) bool { return s.says(name+".csv") && s.Places["button:No"].W > 0 })
	p.aside()
	d.picture(p.win, "overwrite")
	p.click("button:No", 0.5, 0.5)
	p.sees("the file dialog", func(s sight) bool { return s.Places["button:Save"].W > 0 })
	if table, err := csv.NewReader(strings.NewReader(d.exported(csvFile))).ReadAll(); err != nil || len(table) != 25 {
		t.Errorf("overwritten without a yes: %d lines, %v", len(table), err)
	}
	p.click("button:Save", 0.5, 0.5)
	p.click("button:Yes", 0.5, 0.5)
	p.sees("where it is", func(s sight) bool { return s.says(csvFile + " is saved") })
	if table, err := csv.NewReader(strings.NewReader(d.exported(csvFile))).ReadAll(); err != nil || len(table) < 4 || len(table) > 10 {
		t.Errorf("%d lines, %v", len(table), err)
	}
	p.click("button:OK", 0.5, 0.5)
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
}

// export chooses a line of the menu below the button, and waits for the file dialog.
func (p *prog) export(keys ...string) {
	p.d.t.Helper()
	p.click("button:Export", 0.5, 0.5)
	p.key(append(keys, "Return")...)
	p.sees("the file dialog", func(s sight) bool { return s.Places["button:Save"].W > 0 })
}

// exported is what a file holds, in which no passkey may be.
func (d *desk) exported(file string) string {
	d.t.Helper()
	b, err := os.ReadFile(file)
	must(d.t, err)
	if bytes.Contains(b, []byte(secret)) {
		d.t.Errorf("a passkey is in %s:\n%s", file, b)
	}
	return string(b)
}
