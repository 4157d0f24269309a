package alert

import "golang.org/x/sys/windows"

// Show shows a text on the screen; shown reports whether there was a way to do it. It waits until the user closes the
// message, because the message ends with this program.
func Show(title, text string) (shown bool) {
	t, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return false
	}
	m, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return false
	}
	_, err = windows.MessageBox(0, m, t, windows.MB_OK|windows.MB_ICONERROR|windows.MB_SETFOREGROUND)
	return err == nil
}
