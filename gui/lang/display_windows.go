package lang

import (
	fynelang "fyne.io/fyne/v2/lang"
	"golang.org/x/sys/windows"
)

// displayLanguages returns the display languages of Windows, the preferred one first. Fyne uses the region's language
// instead, so that English Windows in France would be French (fyne#5319, until fixed).
func displayLanguages() []string {
	if names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME); err == nil && len(names) > 0 {
		return names
	}
	return []string{fynelang.SystemLocale().String()}
}
