// Package gui is the window and the tray icon. It shows snapshots of the engine and calls its methods; it shares no
// mutable thing with it and holds no rule of the program.
//
//	shell                     window, top bar, tray, and the one loop that carries news from the engine to the pages
//	torrents activity setup settings
//	                          one package a page: page.go has the widgets, rows.go is pure
//	control                   the widgets that Fyne lacks, or that keep keys for themselves: a switch, tabs, cards, buttons
//	desk                      what every page may use of the window: work elsewhere, questions, menus, files, the clock
//	grid chart                a table of rows; lines and bars over time
//	theme text lang           colours and sizes; bytes, times and outcomes in words; the words in the user's language
//	autostart                 starting with the system
//	alert                     words by the desktop's own means, where no window can open
//	e2e                       for tests only: the built program on a real screen
//
// Only run.go imports fyne/app. Built with the tag nogui the package has no Fyne in it, and Run says so.
package gui
