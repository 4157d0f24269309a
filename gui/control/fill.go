package control

import "slices"

// Fill shows whether the check is on, and calls no callback.
func (c *Check) Fill(on bool) {
	if c.Checked != on {
		c.Checked = on
		c.Refresh()
	}
}

// Fill shows words to choose from with one of them chosen, -1 for none, and calls no callback.
func (s *Select) Fill(words []string, chosen int) {
	selected := ""
	if chosen >= 0 && chosen < len(words) {
		selected = words[chosen]
	}
	if s.Selected != selected || !slices.Equal(s.Options, words) {
		s.Options, s.Selected = words, selected
		s.Refresh()
	}
}

// Fill shows a text, and calls no callback.
func (e *Entry) Fill(text string) {
	changed := e.OnChanged
	e.OnChanged = nil
	e.SetText(text)
	e.OnChanged = changed
}
