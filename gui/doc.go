// Package gui is the window and the tray icon. It shows snapshots of the engine and calls its methods; it shares no
// mutable thing with it and holds no rule of the program.
//
//	shell                     window, top bar, tray, and the one loop that carries news from the engine to the pages
//	torrents activity setup settings
//	                          one package a page: page.go has the widgets, rows.go is pure
//	grid control              the widgets that Fyne lacks: a table of rows, a switch, tabs, cards
//	theme text                colours and sizes; bytes, times and outcomes in words
//	alert                     words by the desktop's own means, where no window can open
//
// Only run.go imports fyne/app. Built with the tag nogui the package has no Fyne in it, and Run says so.
package gui
