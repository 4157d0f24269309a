package shell

import (
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/assets"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
	"bittoratio/gui/torrents"
)

// newHelp returns the button beside the tabs, whose menu explains the program.
func (s *Shell) newHelp() *control.Aside {
	b := control.NewAside(control.Tab{Title: lang.L("Help"), Icon: fynetheme.HelpIcon(), Tip: lang.L("The welcome, a demonstration, the keys, and what this program is.")}, nil)
	b.OnTapped = func() {
		items := []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Welcome…"), s.showWelcome)}
		if begin := s.demonstration(); begin != nil {
			items = append(items, fyne.NewMenuItem(lang.L("Demonstration"), begin))
		}
		items = append(items, fyne.NewMenuItem(lang.L("Keyboard… (F1)"), s.showKeys), fyne.NewMenuItem(lang.L("About…"), s.showAbout))
		s.desk.Menu(b, fyne.NewMenu("", items...))
	}
	return b
}

// shortcuts sets the keys that work everywhere in the window.
func (s *Shell) shortcuts() {
	c := s.window.Canvas()
	add := func(key fyne.KeyName, do func()) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) {
			if key == fyne.KeyQ || !s.desk.Covered() { // a dialog over the window comes first
				do()
			}
		})
	}
	for i, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5} {
		add(key, func() { s.goToPage(i) })
	}
	add(fyne.KeyQ, s.askQuit)
	add(fyne.KeyComma, func() { s.goToPage(pageSettings) })
	add(fyne.KeyF, s.find)
	c.AddShortcut(&fyne.ShortcutCopy{}, func(fyne.Shortcut) { s.copyRow() })
	c.AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) {
		if p, ok := s.pages[s.tabs.Current()].(*torrents.Page); ok && !s.desk.Covered() {
			p.Undo()
		}
	})
	c.AddShortcut(&fyne.ShortcutPaste{}, func(fyne.Shortcut) {
		if !s.desk.Covered() {
			s.paste()
		}
	})
	c.SetOnTypedKey(s.onKey)
	if d, ok := c.(desktop.Canvas); ok { // called only if nothing has the focus; a widget with the focus hides explanations itself
		d.SetOnKeyDown(func(*fyne.KeyEvent) { s.tips.Dismiss() })
	}
}

// goToPage goes to a page by a key. The next Tab goes into the page.
func (s *Shell) goToPage(page int) {
	s.window.Canvas().Focus(s.tabs)
	s.tabs.Choose(page)
}

// shortcutTexts returns the shortcuts and what they do.
func shortcutTexts() [][2]string {
	ctrl := lang.L("Ctrl")
	if runtime.GOOS == "darwin" {
		ctrl = "⌘"
	}
	return [][2]string{
		{ctrl + "+1 … 5", lang.L("Torrents, Activity, Swarm, Set-up, Settings")},
		{ctrl + "+,", lang.L("Settings")},
		{ctrl + "+F", lang.L("Filter the list")},
		{ctrl + "+C", lang.L("Copy the selected row")},
		{ctrl + "+A", lang.L("Select all rows; with Shift and an arrow, a range")},
		{lang.L("Delete"), lang.L("Forget the selected torrents")},
		{ctrl + "+Z", lang.L("Undo what was forgotten or excluded last")},
		{ctrl + "+V", lang.L("Learn a torrent's name from a magnet link")},
		{ctrl + "+Q", lang.L("Quit")},
		{lang.L("Tab"), lang.L("Next control; previous with Shift")},
		{lang.L("Enter"), lang.L("Press a button; open the selection; sort by a heading")},
		{lang.L("Space"), lang.L("Press a button; tick a box; open a choice")},
		{lang.L("Esc"), lang.L("Close a dialog or clear the selection")},
		{lang.L("Up, Down, PgUp, PgDn, Home, End"), lang.L("Move in a list; scroll a long page")},
		{lang.L("Shift+F10, Menu"), lang.L("Menu of the selected row")},
		{lang.L("Left, Right"), lang.L("Between the tabs, and between the titles of a list")},
		{lang.L("Left, Right"), lang.L("On the slider: by 0.1; with Shift by 0.001")},
		{lang.L("PgUp, PgDn"), lang.L("On the slider: by 1; Enter asks for the exact number")},
		{"F1", lang.L("This list")},
	}
}

// keysMargin is the room that the list of keys needs beside its texts.
const keysMargin float32 = 64

func (s *Shell) showKeys() {
	if s.desk.Covered() {
		return // only one at a time
	}
	grid := container.New(layout.NewFormLayout())
	var names float32
	for _, k := range shortcutTexts() {
		names = max(names, fyne.MeasureText(k[0], theme.Size(fynetheme.SizeNameText), fyne.TextStyle{Bold: true}).Width)
	}
	room := s.window.Canvas().Size().Width - names - keysMargin
	for _, k := range shortcutTexts() {
		grid.Add(control.NewLine(k[0], theme.Plain).Styled(fyne.TextStyle{Bold: true}))
		var what fyne.CanvasObject = control.NewLine(k[1], theme.Plain)
		if what.MinSize().Width > room {
			what = control.Fixed(control.NewParagraph(k[1], theme.Plain), room)
		}
		grid.Add(container.New(layout.NewCustomPaddedLayout(0, 0, 12, 0), what))
	}
	s.desk.ShowSmall(lang.L("Keyboard"), container.New(layout.NewCustomPaddedLayout(0, 12, 0, 0), grid))
}

// finder is a page with a filter over a table.
type finder interface {
	Find() fyne.Focusable
	Grid() *grid.Grid
}

// copier is a page whose selected row can be copied. Copied returns "" if no row is selected.
type copier interface{ Copied() string }

func (s *Shell) find() {
	if p, ok := s.pages[s.tabs.Current()].(finder); ok {
		s.window.Canvas().Focus(p.Find())
	}
}

func (s *Shell) copyRow() {
	if p, ok := s.pages[s.tabs.Current()].(copier); ok {
		if what := p.Copied(); what != "" {
			s.desk.Copy(what)
		}
	}
}

// showAbout shows what the program is, its licences, and what a report of a fault needs.
func (s *Shell) showAbout() {
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", assets.Icon))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(64))
	name := control.NewLine(Name+" "+s.options.Version, theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true})
	place := lang.L("New versions appear where you got this one. The program never looks for them itself.")
	if site := s.options.Website; site != "" {
		place = lang.L("New versions are announced at %s. The program never looks for them itself.", site)
	}
	about := control.NewParagraph(lang.L("Free software under the MIT licence, without telemetry.")+" "+place, theme.Muted)
	folder := control.NewLine(s.engine.Folder(), theme.Plain).Styled(fyne.TextStyle{Monospace: true}).AtLeast(120)
	openFolder := control.NewButtonWithIcon(lang.L("Open"), fynetheme.FolderOpenIcon(), func() {
		if err := s.desk.Browse(s.engine.Folder()); err != nil {
			s.showError(lang.L("The folder could not be opened. Copy its path instead."), err)
		}
	})
	diagnostics := control.NewButtonWithIcon(lang.L("Copy diagnostics"), fynetheme.ContentCopyIcon(), nil)
	diagnostics.OnTapped = func() {
		s.desk.Copy(s.diagnostics())
		diagnostics.SetText(lang.L("Copied, without passkeys or tracker names"))
		diagnostics.SetIcon(fynetheme.ConfirmIcon())
	}
	top := control.Border(nil, nil, icon, nil, container.New(pad(0, 12), container.NewVBox(layout.NewSpacer(), name, about, layout.NewSpacer())))
	head := func(text string) fyne.CanvasObject { return control.NewLine(text, theme.Muted) }
	box := container.New(layout.NewCustomPaddedVBoxLayout(6), top, head(lang.L("Data folder")),
		control.Border(nil, nil, nil, container.NewHBox(openFolder, diagnostics), control.NewWell(folder)), head(lang.L("Open-source licences")))
	s.desk.Show(lang.L("About"), control.Border(box, nil, nil, nil, control.NewWell(newLongText(assets.Licences))))
}

// newLongText returns a text of thousands of lines, of which only the visible ones exist as widgets.
func newLongText(text string) fyne.CanvasObject {
	lines := strings.Split(text, "\n")
	list := control.NewList(
		func() int { return len(lines) },
		func() fyne.CanvasObject {
			return control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameCaptionText).Styled(fyne.TextStyle{Monospace: true}).AtLeast(100)
		},
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if l, ok := o.(*control.Line); ok {
				l.Set(strings.ReplaceAll(lines[i], "\t", "    "), theme.Plain)
			}
		})
	list.HideSeparators = true
	list.Name = lang.L("Open-source licences")
	return list
}
