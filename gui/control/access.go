package control

import (
	"cmp"

	"fyne.io/fyne/v2"
)

// What a screen reader reads of the widgets: Fyne 2.8 asks each for a name and a role.

// AccessibilityLabel returns the button's word, or [Button.Name] if it has none.
func (b *Button) AccessibilityLabel() string { return cmp.Or(b.Name, b.Text) }

// AccessibilityLabel returns the check's word.
func (c *Check) AccessibilityLabel() string { return c.Text }

// AccessibilityRole is part of fyne.Accessible.
func (c *Check) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns what is chosen, or what there is to choose.
func (s *Select) AccessibilityLabel() string { return named(s.Name, cmp.Or(s.Selected, s.PlaceHolder)) }

// AccessibilityRole is part of fyne.Accessible.
func (s *Select) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns what is to be typed, and what was typed, except for a password.
func (e *Entry) AccessibilityLabel() string {
	if e.Password {
		return cmp.Or(e.Name, e.PlaceHolder)
	}
	return named(cmp.Or(e.Name, e.PlaceHolder), e.Text)
}

// AccessibilityRole is part of fyne.Accessible.
func (e *Entry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel returns the text, whole.
func (l *Line) AccessibilityLabel() string { return l.text }

// AccessibilityRole is part of fyne.Accessible.
func (l *Line) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel returns the sentence.
func (l *Light) AccessibilityLabel() string { return l.Text() }

// AccessibilityRole is part of fyne.Accessible.
func (l *Light) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the switch's state.
func (s *Switch) AccessibilityLabel() string {
	if s.on {
		return s.onWord
	}
	return s.offWord
}

// AccessibilityRole is part of fyne.Accessible.
func (s *Switch) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the tab that is chosen.
func (t *Tabs) AccessibilityLabel() string { return t.items[t.current].what.Title }

// AccessibilityRole is part of fyne.Accessible.
func (t *Tabs) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// AccessibilityLabel returns its title.
func (t *tab) AccessibilityLabel() string { return t.what.Title }

// AccessibilityRole is part of fyne.Accessible.
func (t *tab) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns its title.
func (a *Aside) AccessibilityLabel() string { return a.what.Title }

// AccessibilityRole is part of fyne.Accessible.
func (a *Aside) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel is part of fyne.Accessible; the lines of a list have their own.
func (l *List) AccessibilityLabel() string { return l.Name }

// AccessibilityRole is part of fyne.Accessible.
func (l *List) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// named returns a value with its name in front, as far as there are both.
func named(name, value string) string {
	if name == "" || value == "" || name == value {
		return cmp.Or(name, value)
	}
	return name + ": " + value
}
