package torrents

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// trackers is the page's other view: one row for each tracker, with the sums of its torrents and its own rules.
type trackers struct {
	page   *Page
	rows   []trackerRow
	by     Sort
	hosts  []string // in the order of the rows
	chosen string   // host of the selected tracker; "" for none
	now    time.Time

	grid                *grid.Grid
	line                *control.Line
	showTorrents, rules *control.Button
	content             *fyne.Container
}

// trackerRow is one tracker with the sums of its torrents.
type trackerRow struct {
	engine.Tracker
	torrents, refused, answered, unanswered int
	seen, reported                          uint64
	last                                    time.Time
}

func (r *trackerRow) added() uint64 { return r.reported - min(r.seen, r.reported) }

// trackerOrders compares two trackers by each column.
var trackerOrders = map[string]func(a, b *trackerRow) int{
	"host":     func(a, b *trackerRow) int { return strings.Compare(a.Host, b.Host) },
	"state":    func(a, b *trackerRow) int { return cmp.Compare(a.state(), b.state()) },
	"torrents": func(a, b *trackerRow) int { return cmp.Compare(a.torrents, b.torrents) },
	"seen":     func(a, b *trackerRow) int { return cmp.Compare(a.seen, b.seen) },
	"told":     func(a, b *trackerRow) int { return cmp.Compare(a.reported, b.reported) },
	"credit":   func(a, b *trackerRow) int { return cmp.Compare(a.added(), b.added()) },
	"refused":  func(a, b *trackerRow) int { return cmp.Compare(a.refused, b.refused) },
	"try":      func(a, b *trackerRow) int { return a.NextTry.Compare(b.NextTry) },
	"factor":   func(a, b *trackerRow) int { return cmp.Compare(a.Own.Factor, b.Own.Factor) },
	"rules":    func(a, b *trackerRow) int { return strings.Compare(guardsText(&a.Own), guardsText(&b.Own)) },
}

// state returns the most important fact about a tracker.
func (r *trackerRow) state() state {
	switch {
	case r.Away:
		return trackerAway
	case r.refused > 0:
		return refused
	case r.unanswered > 0 && r.answered == 0:
		return undelivered
	case r.answered > 0:
		return seeding
	}
	return ended
}

func newTrackers(p *Page) *trackers {
	t := &trackers{page: p, by: Sort{Key: "host"}, line: control.NewLine("", theme.Muted).AtLeast(120)}
	const end = fyne.TextAlignTrailing
	t.grid = grid.New([]grid.Column{
		{Key: "host", Title: lang.L("Tracker"), Tip: lang.L("The tracker, without the parts of its address that are secret."), Min: 100, Weight: 5},
		{Key: "state", Title: lang.L("State"), Tip: lang.L("Whether the tracker answers, and whether it refuses torrents."), Min: 104, Weight: 3, Icon: true},
		{Key: "torrents", Title: lang.L("Torrents"), Tip: lang.L("How many torrents your clients announce to it."), Min: 62, Weight: 0.3, Align: end},
		{Key: "seen", Title: lang.L("Uploaded"), Tip: lang.L("What your clients uploaded since BittOratio first saw the torrent."), Min: 64, Weight: 0.3, Align: end},
		{Key: "told", Title: lang.L("Reported"), Tip: lang.L("The upload total that was reported to the tracker."), Min: 64, Weight: 0.3, Align: end},
		{Key: "credit", Title: lang.L("Added"), Tip: lang.L("What was added: reported minus uploaded."), Min: 68, Weight: 0.3, Align: end},
		{Key: "refused", Title: lang.L("Refused (torrents)"), Tip: lang.L("How many torrents the tracker refuses."), Min: 56, Weight: 0.2, Align: end},
		{Key: "try", Title: lang.L("Next try"), Tip: lang.L("When a tracker that does not answer is asked again."), Min: 56, Weight: 0.2, Align: end},
		{Key: "factor", Title: lang.L("Multiplier"), Tip: lang.L("The tracker's own multiplier; a dash where the one for all applies."), Min: 94, Weight: 0.2, Align: end},
		{Key: "rules", Title: lang.L("Guards"), Tip: lang.L("The tracker's own limits: how fast upload may be reported, and from which ratio on nothing is added."), Min: 82, Weight: 4, Lead: 8},
	}, func() int { return len(t.rows) }, t.cells)
	t.grid.SetSort(t.by.Key, false)
	t.grid.OnSort, t.grid.OnSelect, t.grid.OnMenu, t.grid.OnOpen = t.onSort, t.onSelect, t.onMenu, func(int) { t.onShowTorrents() }
	t.showTorrents = control.NewButton(lang.L("Show its torrents"), t.onShowTorrents)
	t.showTorrents.Tip = lang.L("Shows the torrents of this tracker.")
	t.rules = control.NewButton(lang.L("Multiplier and guards…"), t.onRules)
	t.rules.Tip = lang.L("Gives this tracker a multiplier and guards of its own.")
	t.rules.Importance = widget.LowImportance
	foot := container.New(layout.NewCustomPaddedLayout(4, 0, 4, 0), control.Border(nil, nil, nil, container.NewHBox(t.rules, t.showTorrents), t.line))
	t.content = control.Border(nil, foot, nil, nil, control.NewFrame(t.grid))
	t.content.Hide()
	return t
}

// update shows the trackers of a snapshot whose hosts contain each word of the filter.
func (t *trackers) update(known []engine.Tracker, torrents []*engine.Torrent, words []string, now time.Time) {
	t.now = now
	if !slices.ContainsFunc(known, func(k engine.Tracker) bool { return k.Host == t.chosen }) {
		t.chosen = ""
	}
	t.rows = t.rows[:0]
	at := make(map[string]int, len(known))
	for _, k := range known {
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(k.Host, w) }) {
			continue
		}
		at[k.Host] = len(t.rows)
		t.rows = append(t.rows, trackerRow{Tracker: k})
	}
	for _, one := range torrents {
		if i, ok := at[one.Tracker]; ok {
			t.rows[i].add(one, now)
		}
	}
	t.arrange()
	row := slices.Index(t.hosts, t.chosen)
	t.grid.Update()
	t.grid.Mark(row)
	about := lang.L("Choose a tracker to see its torrents or to give it rules of its own.")
	if row >= 0 {
		about = t.lineFor(&t.rows[row])
	}
	t.line.Set(about, theme.Muted)
	for _, b := range []*control.Button{t.showTorrents, t.rules} {
		if b.Disabled() != (row < 0) {
			if row < 0 {
				b.Disable()
			} else {
				b.Enable()
			}
		}
	}
}

func (r *trackerRow) add(t *engine.Torrent, now time.Time) {
	r.torrents++
	r.seen += t.Seen
	r.reported += t.Reported
	if text.About(t, now) == text.AboutRefused {
		r.refused++
	}
	switch {
	case !t.Answered:
	case text.Unanswered(t):
		r.unanswered++
	default:
		r.answered++
	}
	if t.Last.After(r.last) {
		r.last = t.Last
	}
}

// arrange sorts the rows. While a row is selected or the pointer is over the table, rows stay where they are and new
// ones come last.
func (t *trackers) arrange() {
	order := trackerOrders[t.by.Key]
	slices.SortFunc(t.rows, func(a, b trackerRow) int {
		c := order(&a, &b)
		if t.by.Descending {
			c = -c
		}
		return cmp.Or(c, strings.Compare(a.Host, b.Host))
	})
	if slices.Contains(t.hosts, t.chosen) || t.grid.Hovered() {
		place := make(map[string]int, len(t.hosts))
		for i, host := range t.hosts {
			place[host] = i - len(t.hosts)
		}
		slices.SortStableFunc(t.rows, func(a, b trackerRow) int { return place[a.Host] - place[b.Host] })
	}
	t.hosts = t.hosts[:0]
	for i := range t.rows {
		t.hosts = append(t.hosts, t.rows[i].Host)
	}
}

// lineFor returns what the row has no room for.
func (t *trackers) lineFor(r *trackerRow) string {
	if r.Away {
		return lang.L("%s has not answered for %s: %s. Next try %s.", r.Host, text.Duration(t.now.Sub(r.Since)), text.Problem(r.Problem), text.Until(r.NextTry, t.now))
	}
	return lang.L("%s: last announce %s.", r.Host, text.Ago(r.last, t.now))
}

// guardsText returns a tracker's own limits in words; "" if it has none.
func guardsText(rule *policy.TrackerRule) string {
	limits := *rule
	limits.Factor = 0 // it has a column of its own
	return text.Rule(limits)
}

func (t *trackers) cells(row int, out []grid.Cell) {
	r := &t.rows[row]
	dash := grid.Cell{Text: text.Dash, Tone: theme.Muted}
	s := r.state()
	words, tone := map[state]string{trackerAway: lang.L("Unreachable (tracker)"), undelivered: lang.L("No answer"), seeding: lang.L("Answers"), ended: text.Dash}[s], s.tone()
	if s == refused {
		words = lang.N("%d refused", r.refused, r.refused)
	}
	icon := t.page.stateIcons[s]
	if s == ended {
		icon = nil
	}
	refused, try, factor, added, limits := dash, dash, dash, dash, dash
	if r.refused > 0 {
		refused = grid.Cell{Text: lang.Int(uint64(r.refused)), Tone: theme.Bad}
	}
	if r.Away {
		try = grid.Cell{Text: text.To(r.NextTry, t.now), Tone: theme.Warn}
	}
	if r.Own.Factor != 0 {
		factor = grid.Cell{Text: text.Times(r.Own.Factor)}
	}
	if r.added() > 0 {
		added = grid.Cell{Text: "+" + text.Bytes(r.added()), Tone: theme.Strong}
	}
	if g := guardsText(&r.Own); g != "" {
		limits = grid.Cell{Text: g}
	}
	copy(out, []grid.Cell{
		{Text: r.Host},
		{Text: words, Tone: tone, Icon: icon},
		{Text: lang.Int(uint64(r.torrents)), Tone: theme.Muted},
		{Text: text.Bytes(r.seen)},
		{Text: text.Bytes(r.reported)},
		added,
		refused,
		try,
		factor,
		limits,
	})
}

func (t *trackers) onSort(key string) {
	if t.by.Key == key {
		t.by.Descending = !t.by.Descending
	} else {
		t.by = Sort{key, key != "host" && key != "rules"}
	}
	t.hosts = nil // sorts even while a row is selected, because the user asks for it
	t.grid.SetSort(t.by.Key, t.by.Descending)
	t.page.refresh()
	t.grid.Reveal(t.grid.Selected())
}

func (t *trackers) onSelect(row int) {
	t.chosen = ""
	if row >= 0 {
		t.chosen = t.rows[row].Host
	}
	t.page.refresh()
}

// onShowTorrents goes to the torrents of the selected tracker.
func (t *trackers) onShowTorrents() {
	if t.chosen != "" {
		t.page.ShowTracker(t.chosen)
	}
}

func (t *trackers) onRules() {
	if t.chosen != "" {
		t.page.options.Tracker(t.chosen)
	}
}

func (t *trackers) onMenu(row int, at fyne.Position) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(t.grid); c != nil {
		widget.ShowPopUpMenuAtPosition(t.menu(t.rows[row].Host), c, at)
	}
}

// menu returns the menu of a tracker.
func (t *trackers) menu(host string) *fyne.Menu {
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Show its torrents"), func() { t.page.ShowTracker(host) }),
		fyne.NewMenuItem(lang.L("Multiplier and guards…"), func() { t.page.options.Tracker(host) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy the tracker's name"), func() { t.page.options.Desk.Copy(host) }),
	)
}

// copiedText returns the selected tracker's figures as text.
func (t *trackers) copiedText() string {
	row := slices.Index(t.hosts, t.chosen)
	if row < 0 {
		return ""
	}
	return t.grid.Words(row)
}

// setView shows the trackers, or the torrents again.
func (p *Page) setView(toTrackers bool) {
	p.byTracker = toTrackers
	p.bar.setView(toTrackers)
	p.refresh()
}

// ShowTracker shows the torrents of one tracker.
func (p *Page) ShowTracker(host string) {
	p.bar.clear()
	p.setFilter(filter{tracker: host})
	p.setView(false)
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.grid); c != nil && c.Focused() == p.trackers.grid.Body() {
		c.Focus(p.grid.Body())
	}
}
