//go:build unix && !darwin

package alert

// Show shows a text on the screen; shown reports whether there was a way to do it. The texts are passed so that they
// are not read as markup.
func Show(title, text string) (shown bool) {
	return run(
		[]string{"kdialog", "--title", title, "--error", text},
		[]string{"zenity", "--error", "--no-markup", "--title=" + title, "--text=" + text},
		[]string{"xmessage", "-center", title + "\n\n" + text},
		[]string{"notify-send", "--app-name=BittOratio", title, text},
	)
}
