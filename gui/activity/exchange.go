package activity

import (
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// newExchange returns all that is known about one exchange: the announce and the answer in words, then the bytes of
// both.
func (p *Page) newExchange(e *exchange.Entry, heads *exchange.Heads) fyne.CanvasObject {
	box := container.New(layout.NewCustomPaddedVBoxLayout(10), request(e, heads), answer(e))
	if heads == nil {
		box.Add(control.NewCard(control.NewParagraph(lang.L("The bytes of this exchange are not there. They hold your passkeys, so they stay in memory only: of the newest 256 announces that happened while this window was there."), theme.Muted)))
	} else {
		box.Add(p.newBytes(heads))
	}
	return container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 8, 0, 12), box))
}

// table returns a card of rows with a name before each value.
func table(title string, rows ...fyne.CanvasObject) fyne.CanvasObject {
	head := control.NewLine(title, theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true})
	box := container.New(layout.NewCustomPaddedVBoxLayout(5), head)
	for _, r := range rows {
		if r != nil {
			box.Add(r)
		}
	}
	return control.NewCard(box)
}

// shortRow returns one row; nil if its value is empty.
func shortRow(name, value string, tone theme.Tone) fyne.CanvasObject {
	if value == "" {
		return nil
	}
	return labelled(name, control.NewLine(value, tone).AtLeast(100))
}

// longRow returns one row whose value may be long, so it wraps.
func longRow(name, value string, tone theme.Tone) fyne.CanvasObject {
	if value == "" {
		return nil
	}
	return labelled(name, control.NewParagraph(value, tone))
}

func labelled(name string, value fyne.CanvasObject) fyne.CanvasObject {
	return control.Border(nil, nil, control.Fixed(control.NewLine(name, theme.Muted).AtLeast(10), 170), nil, value)
}

// request returns the card about the announce: what was decided, and each of its parameters if the bytes are known.
func request(e *exchange.Entry, heads *exchange.Heads) fyne.CanvasObject {
	rows := []fyne.CanvasObject{
		shortRow(lang.L("Client"), e.Client, theme.Plain),
		shortRow(lang.L("Calculation"), calculation(e), theme.Plain),
	}
	if heads != nil {
		for _, p := range heads.Params() {
			rows = append(rows, param(p))
		}
	} else if e.Kind == exchange.KindAnnounce || e.Kind == exchange.KindRedelivered {
		rows = append(rows, shortRow("info_hash", e.InfoHash.String(), theme.Plain),
			shortRow("uploaded", changedNumber(strconv.FormatUint(e.Seen, 10), strconv.FormatUint(e.Reported, 10)), theme.Plain))
	}
	return table(text.Kind(e.Kind, e.Event), rows...)
}

// changedNumber returns a number of the client, and the number that was sent in its place.
func changedNumber(client, sent string) string {
	if client == sent {
		return client
	}
	return client + " › " + sent
}

// param returns one parameter, with the digits that were changed in another colour.
func param(p exchange.Param) fyne.CanvasObject {
	value := decode(p.Name, p.Client)
	if p.Client == p.Sent {
		return shortRow(p.Name, value, theme.Plain)
	}
	mono := fyne.TextStyle{Monospace: true}
	return labelled(p.Name, container.NewHBox(control.NewLine(value, theme.Muted).Styled(mono), control.NewLine("→", theme.Muted),
		control.NewLine(p.Sent, theme.Strong).Styled(mono)))
}

// decode returns a value for people to read: hashes in hex, other values without escapes.
func decode(name, value string) string {
	plain, err := url.PathUnescape(value)
	switch {
	case err != nil:
		return value
	case name == "info_hash":
		return hex.EncodeToString([]byte(plain))
	case name == "peer_id":
		return strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '·'
			}
			return r
		}, plain)
	default:
		return value
	}
}

// answer returns the card about the tracker's answer.
func answer(e *exchange.Entry) fyne.CanvasObject {
	how, tone := outcomeText(e)
	status, interval := "", ""
	if e.Status > 0 {
		status = strconv.Itoa(e.Status)
	}
	if e.Interval > 0 {
		interval = text.Duration(e.Interval)
	}
	least := ""
	if e.MinInterval > 0 {
		least = text.Duration(e.MinInterval)
	}
	return table(lang.L("Answer"),
		longRow(lang.L("Outcome"), how, tone),
		shortRow(lang.L("Status"), status, theme.Plain),
		shortRow(lang.L("Took"), lang.L("%s ms", lang.Int(uint64(max(e.Took.Milliseconds(), 0)))), theme.Plain),
		longRow(lang.L("Failure reason"), e.Failure, theme.Bad),
		longRow(lang.L("Warning"), e.Warning, theme.Warn),
		shortRow(lang.L("Next announce in"), interval, theme.Plain),
		shortRow(lang.L("Not sooner than in"), least, theme.Plain),
		shortRow(lang.L("Seeders / leechers"), text.Count(e.Swarm.Seeders)+" / "+text.Count(e.Swarm.Leechers), theme.Plain),
	)
}

// newBytes returns the heads as they went over the wire. Passkeys are masked until the user asks to see them.
func (p *Page) newBytes(h *exchange.Heads) fyne.CanvasObject {
	client, sent, answer := h.Masked()
	titles := []string{lang.L("What the client sent"), lang.L("What the tracker got"), lang.L("What the tracker answered")}
	labels := make([]*widget.Label, 0, len(titles))
	box := container.NewVBox()
	for i, t := range []string{client, sent, answer} {
		l := widget.NewLabelWithStyle(lines(t), fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
		l.Wrapping = fyne.TextWrapBreak
		labels = append(labels, l)
		button := control.NewCopy(lang.L("Copy"), func() string { return l.Text }, func() time.Time { return p.now })
		button.Importance = widget.LowImportance
		p.copies = append(p.copies, button)
		box.Add(control.Border(nil, nil, nil, button, control.NewLine(titles[i], theme.Muted)))
		box.Add(control.NewWell(l))
	}
	show := control.NewButtonWithIcon(lang.L("Show passkeys…"), fynetheme.VisibilityIcon(), nil)
	show.OnTapped = func() {
		p.desk.Confirm(lang.L("Show passkeys?"), lang.L("Anyone with your passkey can announce in your name. Make sure that nobody sees your screen, and don't publish it."), lang.L("Show"), func() {
			client, sent, answer := h.Secret()
			for i, t := range []string{client, sent, answer} {
				labels[i].SetText(lines(t))
			}
			show.Disable()
		})
	}
	head := control.NewLine(lang.L("Bytes"), theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true})
	return control.NewCard(container.NewVBox(control.Border(nil, nil, nil, show, head), box))
}

// lines returns the lines of a head, or a dash if there is none.
func lines(head string) string {
	if head == "" {
		return text.Dash
	}
	return strings.TrimRight(strings.ReplaceAll(head, "\r\n", "\n"), "\n")
}
