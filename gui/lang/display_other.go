//go:build !windows

package lang

import fynelang "fyne.io/fyne/v2/lang"

// displayLanguages returns the desktop's language.
func displayLanguages() []string { return []string{fynelang.SystemLocale().String()} }
