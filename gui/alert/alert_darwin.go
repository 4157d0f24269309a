package alert

const script = `on run argv
display alert (item 1 of argv) message (item 2 of argv) as critical
end run`

// Show shows a text on the screen; shown reports whether there was a way to do it. The texts are passed as arguments,
// so that they are not run as a script.
func Show(title, text string) (shown bool) {
	return run([]string{"osascript", "-e", script, title, text})
}
