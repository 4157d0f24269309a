package setup

import (
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/convert"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// converter makes converted copies of torrents, and turns converted ones back.
type converter struct {
	desk    *desk.Desk
	addr    string // the engine's address
	magnet  *control.Entry
	back    *control.Check
	results *fyne.Container
	copies  []*control.Copy
	content fyne.CanvasObject
}

// maxResults is how many results stay visible.
const maxResults = 20

func newConverter(d *desk.Desk) *converter {
	c := &converter{desk: d, magnet: control.NewEntry(), results: container.NewVBox()}
	c.magnet.SetPlaceHolder(lang.L("or paste a magnet link, or a tracker's address"))
	c.magnet.Tip = lang.L("A magnet link or a tracker's address. Enter converts it.")
	c.magnet.OnSubmitted = func(string) { c.link() }
	c.back = control.NewCheck(lang.L("Turn a converted one back"), nil).Explained(lang.L("Gives a converted torrent or link its own trackers again."))
	choose := control.NewButtonWithIcon(lang.L("Choose a .torrent…"), fynetheme.FolderOpenIcon(), func() {
		c.desk.File(func(path string) { c.files([]string{path}) })
	})
	choose.Tip = lang.L("Makes a converted copy of a file of your choice, beside it.")
	do := control.NewButton(lang.L("Convert"), c.link).Explained(lang.L("Makes a link or an address that leads through BittOratio."))
	c.content = control.NewCard(container.NewVBox(
		heading(lang.L("Convert a torrent")),
		control.NewParagraph(lang.L("A converted torrent reaches its trackers through BittOratio: https:// without a certificate, udp:// too, in clients without a proxy setting too. Its content and info hash stay the same, so the client goes on where it was. Drop .torrent files anywhere on this page:"), theme.Muted),
		control.Border(nil, nil, choose, do, c.magnet),
		c.back,
		c.results,
	))
	return c
}

// settle ends the confirmations of copy buttons whose time is over.
func (c *converter) settle(now time.Time) {
	for _, k := range c.copies {
		k.Settle(now)
	}
}

// files converts .torrent files one after the other, each into a file beside it.
func (c *converter) files(paths []string) {
	back, addr := c.back.Checked, c.addr
	for _, p := range paths {
		var copied string
		var done convert.Result
		c.desk.Background(func() (err error) {
			copied, done, err = convert.File(p, addr, back)
			return err
		}, func(err error) {
			if err != nil {
				c.failed(filepath.Base(p), err)
				return
			}
			message := lang.L("%s is ready. Open it in your client instead of the original.", filepath.Base(copied))
			c.showConverted(conversion{title(done, filepath.Base(p)), message, copied, lang.L("Copy its path"), done.Past})
		})
	}
}

// link converts a pasted link or address.
func (c *converter) link() {
	text := strings.TrimSpace(c.magnet.Text)
	switch {
	case text == "":
	case bittorrent.IsMagnet(text):
		done, err := convert.Bytes([]byte(text), c.addr, c.back.Checked)
		message := lang.L("The link is ready. Add it to your client instead of the original.")
		c.pasted(conversion{title(done, lang.L("Magnet link")), message, done.Magnet, lang.L("Copy the link"), done.Past}, err)
	default:
		to, err := convert.Tracker(text, c.addr, c.back.Checked)
		message := lang.L("The address is ready. Put it in your client in place of the tracker's.")
		c.pasted(conversion{lang.L("Tracker's address"), message, to, lang.L("Copy the address"), nil}, err)
	}
}

// conversion is the result of one conversion.
type conversion struct {
	name, message string
	text          string // to be copied; not shown, because it may contain a passkey
	label         string // the text of the copy button
	past          []string
}

// pasted shows the result of converting a pasted text. If that failed, the text stays in the field.
func (c *converter) pasted(v conversion, err error) {
	if err != nil {
		c.failed(v.name, err)
		return
	}
	c.magnet.SetText("")
	c.showConverted(v)
}

// title returns the name of a converted torrent, or otherwise if it has none.
func title(c convert.Result, otherwise string) string {
	if c.Name != "" {
		return c.Name
	}
	return otherwise
}

// showConverted shows a conversion, and the trackers that still bypass this program.
func (c *converter) showConverted(v conversion) {
	button := control.NewCopy(v.label, func() string { return v.text }, c.desk.Now)
	c.copies = append([]*control.Copy{button}, c.copies[:min(len(c.copies), maxResults-1)]...)
	words := container.NewVBox(line(v.name), control.NewParagraph(v.message, theme.Good))
	if len(v.past) > 0 {
		words.Add(control.NewParagraph(lang.L("Not routed through BittOratio: %s.", strings.Join(v.past, ", ")), theme.Warn))
	}
	c.add(control.Border(nil, nil, nil, container.NewCenter(button), words))
}

func (c *converter) failed(name string, err error) {
	c.add(container.NewVBox(line(name), control.NewParagraph(lang.L("Not converted: %s.", text.ConversionError(err)), theme.Bad)))
}

func line(name string) *control.Line {
	return control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100)
}

// add puts a result at the top, and removes the oldest if there are too many.
func (c *converter) add(o fyne.CanvasObject) {
	c.results.Objects = append([]fyne.CanvasObject{control.NewWell(o)}, c.results.Objects[:min(len(c.results.Objects), maxResults-1)]...)
	c.results.Refresh()
	control.Reveal(c.results.Objects[0])
}
