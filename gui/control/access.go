package control

import (
	"cmp"

	"fyne.io/fyne/v2"
)

// Fyne 2.8 asks each widget for a name and a role, which screen readers read.

// AccessibilityLabel returns [Button.Name], or the text on the button if that is empty.
func (b *Button) AccessibilityLabel() string { return cmp.Or(b.Name, b.Text) }

// AccessibilityLabel returns the text beside the check box.
func (c *Check) AccessibilityLabel() string { return c.Text }

// AccessibilityRole is part of fyne.Accessible.
func (c *Check) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the name with the chosen word, or with the placeholder if none is chosen.
func (s *Select) AccessibilityLabel() string { return named(s.Name, cmp.Or(s.Selected, s.PlaceHolder)) }

// AccessibilityRole is part of fyne.Accessible.
func (s *Select) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the name, or else the placeholder, with the typed text unless it is a password.
func (e *Entry) AccessibilityLabel() string {
	if e.Password {
		return cmp.Or(e.Name, e.PlaceHolder)
	}
	return named(cmp.Or(e.Name, e.PlaceHolder), e.Text)
}

// AccessibilityRole is part of fyne.Accessible.
func (e *Entry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel returns the whole text, even if the line is shortened.
func (l *Line) AccessibilityLabel() string { return l.text }

// AccessibilityRole is part of fyne.Accessible.
func (l *Line) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel returns the sentence.
func (l *Light) AccessibilityLabel() string { return l.Text() }

// AccessibilityRole is part of fyne.Accessible.
func (l *Light) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the word for the switch's state.
func (s *Switch) AccessibilityLabel() string {
	if s.on {
		return s.onWord
	}
	return s.offWord
}

// AccessibilityRole is part of fyne.Accessible.
func (s *Switch) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the title of the chosen tab.
func (t *Tabs) AccessibilityLabel() string { return t.items[t.current].what.Title }

// AccessibilityRole is part of fyne.Accessible.
func (t *Tabs) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// AccessibilityLabel returns the tab's title.
func (t *tab) AccessibilityLabel() string { return t.what.Title }

// AccessibilityRole is part of fyne.Accessible.
func (t *tab) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the title.
func (a *Aside) AccessibilityLabel() string { return a.what.Title }

// AccessibilityRole is part of fyne.Accessible.
func (a *Aside) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel returns the list's name; its rows have their own labels.
func (l *List) AccessibilityLabel() string { return l.Name }

// AccessibilityRole is part of fyne.Accessible.
func (l *List) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// named returns "name: value", or only one of the two if the other is empty or the same.
func named(name, value string) string {
	if name == "" || value == "" || name == value {
		return cmp.Or(name, value)
	}
	return name + ": " + value
}
