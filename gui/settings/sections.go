package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

func (p *Page) connection() fyne.CanvasObject {
	p.host, p.port, p.nets, p.names = control.NewEntry(), control.NewEntry(), control.NewEntry(), control.NewEntry()
	for _, e := range []*control.Entry{p.host, p.port, p.nets, p.names} {
		e.OnChanged, e.OnSubmitted = p.onTyped, p.onSubmitted
	}
	p.host.Name, p.port.Name, p.nets.Name, p.names.Name = lang.L("Address"), lang.L("Port"), lang.L("Allow"), lang.L("Names")
	p.host.Tip = lang.L("The address that BittOratio listens on; 127.0.0.1 is this computer only.")
	p.port.Tip = lang.L("The port that your clients use to reach BittOratio.")
	p.nets.Tip = lang.L("The networks whose clients may connect.")
	p.names.Tip = lang.L("The names by which clients on other computers reach this one.")
	p.nets.SetPlaceHolder("192.168.1.0/24")
	p.names.SetPlaceHolder("seedbox.example.org")
	p.hostWrong, p.portWrong, p.netsWrong, p.namesWrong, p.save = newErrorLine(), newErrorLine(), newErrorLine(), newErrorLine(), control.NewLine("", theme.Muted).AtLeast(80)
	p.apply = control.NewButton(lang.L("Apply"), p.onApply).Explained(lang.L("Saves this and uses it at once."))
	p.apply.Disable()
	p.useFreePort = control.NewButton("", p.onUseFreePort).Explained(lang.L("Uses this port, which is free, at once."))
	p.useFreePort.Importance = widget.HighImportance
	p.useFreePort.Hide()
	p.run = control.NewText("", theme.Muted)
	p.run.Content.Hide()
	p.netsRow = row(lang.L("Allow"), control.Fixed(p.nets, 340), p.netsWrong)
	p.netsRow.Hide()
	namesHint := control.NewLine(lang.L("Names by which gateway addresses call this computer, beside its own and local ones."), theme.Muted).AtLeast(120)
	p.namesRow = row(lang.L("Names"), container.NewVBox(control.Fixed(p.names, 340), namesHint), p.namesWrong)
	p.namesRow.Hide()
	p.udpWrong = newErrorLine()
	p.udp = control.NewCheck(lang.L("Allow UDP through SOCKS5, for udp:// trackers"), func(on bool) {
		p.change(p.udpWrong, func(s *settings.Settings) { s.UDPTrackers = on })
	})
	p.udp.Tip = lang.L("Lets clients announce to udp:// trackers through SOCKS5.")
	hint := control.NewLine(lang.L("qBittorrent and Deluge then switch µTP off. Converted torrents need no UDP."), theme.Muted).AtLeast(120)
	return section(lang.L("Connection"),
		row(lang.L("Port"), container.NewVBox(container.NewHBox(control.Fixed(p.port, 110), p.apply, p.useFreePort), p.run.Content), p.portWrong),
		row(lang.L("Address"), container.NewHBox(control.Fixed(p.host, 170), control.Fixed(p.save, 260)), p.hostWrong),
		p.netsRow,
		p.namesRow,
		row(lang.L("UDP"), container.NewVBox(p.udp, hint), p.udpWrong),
	)
}

func (p *Page) announces() fyne.CanvasObject {
	p.joinWrong = newErrorLine()
	p.joinDuplicates = control.NewCheck(lang.L("Merge duplicate announces"), func(on bool) {
		p.change(p.joinWrong, func(s *settings.Settings) { s.JoinDuplicates = on })
	})
	p.joinDuplicates.Tip = lang.L("Sends an announce once that a client sends twice, over IPv4 and IPv6.")
	hint := control.NewLine(lang.L("Clients often announce twice, once for IPv4 and once for IPv6. The tracker gets one of them."), theme.Muted).AtLeast(120)
	rows := []fyne.CanvasObject{row(lang.L("Duplicate"), container.NewVBox(p.joinDuplicates, hint), p.joinWrong)}
	return section(lang.L("Announces"), append(append(rows, p.guardRows()...), p.overrides.content)...)
}

func (p *Page) window() fyne.CanvasObject {
	check := func(label string, set func(w *settings.Window, on bool)) *control.Check {
		return control.NewCheck(label, func(on bool) {
			p.change(p.windowWrong, func(s *settings.Settings) { set(&s.Window, on) })
		})
	}
	p.close = check(lang.L("Keep running in the tray when the window is closed"), func(w *settings.Window, on bool) { w.CloseToTray = on }).Explained(lang.L("Hides the window instead of quitting. Your clients go on announcing."))
	p.hide = check(lang.L("Start hidden in the tray"), func(w *settings.Window, on bool) { w.StartHidden = on }).Explained(lang.L("Shows only the tray icon when BittOratio starts."))
	p.notify = check(lang.L("Notify me when a tracker is unreachable, the disk is full, or a client first connects"), func(w *settings.Window, on bool) { w.Notify = on }).Explained(lang.L("Shows messages on your desktop, also while the window is hidden."))
	p.login = control.NewCheck(lang.L("Start when I log in, hidden in the tray"), p.onLogin).Explained(lang.L("Starts BittOratio each time you log in to this computer."))
	p.fillLogin()
	p.mode = control.NewChoice(modeWords(), p.onMode).Explained(lang.L("Chooses light or dark colours. System follows your desktop."))
	p.size = control.NewChoice(textSizeWords(), p.onTextSize).Explained(lang.L("Makes all text of the window smaller or larger."))
	p.languages = languageTags()
	p.language = control.NewChoice(languageWords(), p.onLanguage).Explained(lang.L("Chooses the language of the window. System follows your desktop."))
	p.windowWrong = newErrorLine()
	return section(lang.L("Window"),
		row(lang.L("Appearance"), p.mode.Content, nil),
		row(lang.L("Text size"), p.size.Content, nil),
		row(lang.L("Language"), p.language.Content, nil),
		row(lang.L("At launch"), container.NewVBox(p.login, p.hide), nil),
		row(lang.L("When closing"), p.close, nil),
		row(lang.L("Notifications"), p.notify, p.windowWrong),
	)
}

func (p *Page) data() fyne.CanvasObject {
	p.folder = control.NewLine(p.options.Engine.Folder(), theme.Plain).Styled(fyne.TextStyle{Monospace: true}).AtLeast(120)
	p.copy = control.NewCopy(lang.L("Copy"), p.options.Engine.Folder, p.options.Desk.Now)
	p.openFolder = control.NewButtonWithIcon(lang.L("Open"), fynetheme.FolderOpenIcon(), p.onOpen).Explained(lang.L("Opens the folder in your file manager."))
	p.reset = control.NewButtonWithIcon(lang.L("Reset…"), fynetheme.DeleteIcon(), p.onReset).Explained(lang.L("Forgets all torrents and their totals, after a question."))
	p.reset.Importance = widget.DangerImportance
	p.resetHint = control.NewLine("", theme.Muted).AtLeast(120)
	folder := control.Border(nil, nil, nil, container.NewHBox(p.openFolder, p.copy), control.NewWell(p.folder))
	return section(lang.L("Data"),
		row(lang.L("Folder"), folder, nil),
		p.activityRows(),
		row(lang.L("Reset"), control.Border(nil, nil, container.NewHBox(p.reset), nil, container.NewPadded(container.NewPadded(p.resetHint))), nil),
	)
}
