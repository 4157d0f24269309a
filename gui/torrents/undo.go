package torrents

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// undoFor is how long the last action can be undone.
const undoFor = 10 * time.Second

// undo is a small bar over the end of the table, with the last action and a button that undoes it. Forgotten torrents
// are only hidden until the bar goes, so undoing brings back everything.
type undo struct {
	page    *Page
	until   time.Time
	revert  func()   // undoes the action; nil if there is nothing to undo
	forget  []string // IDs of torrents to forget when the time is over
	line    *control.Line
	content *fyne.Container
}

func newUndo(p *Page) *undo {
	u := &undo{page: p, line: control.NewLine("", theme.Plain)}
	button := control.NewButton(lang.L("Undo"), u.undo)
	button.Tip = lang.L("Puts everything back as it was. Ctrl+Z does the same.")
	bar := control.NewCard(container.NewHBox(container.NewCenter(u.line), button))
	u.content = container.NewVBox(layout.NewSpacer(), container.NewCenter(bar), container.New(layout.NewCustomPaddedLayout(8, 0, 0, 0)))
	u.content.Hide()
	return u
}

// offer shows an action that can be undone by revert. The action before it can no longer be undone.
func (u *undo) offer(words string, revert func()) {
	u.finish(false)
	u.revert, u.until = revert, u.page.options.Desk.Now().Add(undoFor)
	u.line.Set(words, theme.Plain)
	control.SetVisible(u.content, true)
	u.content.Refresh()
}

// undo undoes the last action.
func (u *undo) undo() {
	if u.revert == nil {
		return
	}
	revert, ids := u.revert, u.forget
	u.forget = nil
	u.close()
	u.page.rows.unhide(ids)
	revert()
	u.page.refresh()
}

func (u *undo) close() {
	u.revert = nil
	control.SetVisible(u.content, false)
}

// settle ends the offer when its time is over.
func (u *undo) settle(now time.Time) {
	if u.revert != nil && !now.Before(u.until) {
		u.finish(false)
	}
}

// finish forgets the torrents that were only hidden so far: in the background, or at once if the window is about to
// close.
func (u *undo) finish(atOnce bool) {
	if u.revert == nil {
		return
	}
	ids := u.forget
	u.forget = nil
	u.close()
	if len(ids) == 0 {
		return
	}
	if atOnce {
		u.page.rows.unhide(u.page.options.Engine.ForgetTorrents(ids))
		return
	}
	var kept []string
	u.page.options.Desk.Background(func() error {
		kept = u.page.options.Engine.ForgetTorrents(ids)
		return nil
	}, func(error) {
		if u.page.rows.unhide(kept); len(kept) > 0 {
			u.page.options.Desk.Inform(lang.L("Not forgotten"), lang.N("%d torrents are shared by a client again, and stay in the list.", len(kept), len(kept)))
		}
		u.page.refresh()
	})
}

// Settle ends the offer to undo the last action, once its time is over.
func (p *Page) Settle(now time.Time) { p.undo.settle(now) }

// Finish ends the offer at once, because the window is about to close.
func (p *Page) Finish() { p.undo.finish(true) }

// Undo undoes the last action while this is offered.
func (p *Page) Undo() { p.undo.undo() }

// mayForget reports whether a torrent may be forgotten, judging by its row. The engine checks again.
func mayForget(t *engine.Torrent, now time.Time) bool {
	return t.Pending == 0 && (t.Event == bittorrent.EventStopped || now.Sub(t.Last) > engine.Forgettable)
}

// forget hides the torrents that may be forgotten, and forgets them once this can no longer be undone.
func (p *Page) forget(ts []*engine.Torrent) {
	var gone []*engine.Torrent
	var ids []string
	for _, t := range ts {
		if mayForget(t, p.now) {
			gone, ids = append(gone, t), append(ids, t.ID)
		}
	}
	shared := len(ts) - len(ids)
	if len(ids) == 0 {
		p.options.Desk.Inform(lang.L("Not forgotten"), lang.N("%d torrents are still shared by a client or have a pending announce. Only torrents that their client has stopped can be forgotten.", shared, shared))
		return
	}
	words := lang.L("Forgotten: %s.", text.Torrents(len(ids)))
	if shared > 0 {
		words = lang.L("Forgotten: %s. Still shared: %s.", text.Torrents(len(ids)), text.Torrents(shared))
	}
	p.undo.offer(words, func() {})
	p.undo.forget = ids
	p.rows.hide(gone)
	p.selection, p.chosen = selection{}, ""
	p.selectRow(-1)
}

// exclude gives torrents the factor 1, so that their own totals are reported from now on. It can be undone.
func (p *Page) exclude(ts []*engine.Torrent) {
	before, one := map[bittorrent.InfoHash]policy.Factor{}, map[bittorrent.InfoHash]policy.Factor{}
	for _, t := range ts {
		before[t.InfoHash], one[t.InfoHash] = t.Own, policy.One
	}
	set := p.options.Engine
	if p.setFactors(func() error { return set.SetTorrentFactors(one) }) {
		p.undo.offer(lang.L("Excluded: %s.", text.Torrents(len(one))), func() {
			p.setFactors(func() error { return set.ReplaceTorrentFactors(policy.One, before) })
		})
	}
}

// setFactors calls do, which sets factors, and shows its error. ok is false after an error.
func (p *Page) setFactors(do func() error) (ok bool) {
	if err := do(); err != nil {
		p.options.Desk.Inform(lang.L("The multiplier could not be set"), text.Error(err))
		return false
	}
	return true
}
