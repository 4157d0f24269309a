// Package gui is the window and the tray icon. It shows snapshots of the engine and calls the engine's methods. It
// shares no mutable data with the engine and has none of the program's rules.
//
//	shell                 window, top bar, tray, and the one loop that carries news from the engine to the pages
//	torrents activity swarm setup settings
//	                      one package a page; page.go has the widgets
//	desk                  what a page may use of the window: background work, questions, menus, files, the clock
//	control               widgets that Fyne lacks, such as a switch, tabs and cards, and Fyne's own with better keys
//	tip                   explanations beside the pointer
//	grid chart            a table of rows; charts of lines, bars and a ring
//	theme text lang       colours and sizes; numbers and outcomes in words; all words in the user's language
//	autostart             starting the program when the user logs in
//	alert                 a message by the desktop's own means, where no window can open
//	e2e                   for tests only: the built program on a real screen
//
// Only run.go imports fyne/app. A build with the tag nogui contains no Fyne, and Run returns an error.
package gui
