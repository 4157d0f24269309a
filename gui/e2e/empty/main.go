//go:build e2e

// Command empty shows an empty Fyne window, to measure what Fyne itself costs while nothing happens.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.NewWithID("org.bittoratio.empty").NewWindow("Empty")
	w.SetContent(widget.NewLabel(""))
	w.Resize(fyne.NewSize(1100, 700))
	w.ShowAndRun()
}
