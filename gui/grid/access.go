package grid

import (
	"strings"

	"fyne.io/fyne/v2"
)

// AccessibilityLabel returns the cells of the chosen row with their titles, or the titles if no row is chosen.
func (b *body) AccessibilityLabel() string {
	if b.grid.Selected() < 0 {
		return b.grid.header.AccessibilityLabel()
	}
	cells := make([]Cell, len(b.grid.columns))
	b.grid.cells(b.grid.Selected(), cells)
	var words []string
	for i, c := range b.grid.columns {
		if cells[i].Text != "" && !b.grid.hidden[c.Key] {
			words = append(words, c.Title+": "+cells[i].Text)
		}
	}
	return strings.Join(words, ", ")
}

// AccessibilityRole is part of fyne.Accessible.
func (b *body) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// AccessibilityLabel returns the title with the focus, or all titles.
func (h *header) AccessibilityLabel() string {
	if h.focused {
		return h.titles[h.at].column.Title
	}
	var words []string
	for _, t := range h.titles {
		if !t.Hidden {
			words = append(words, t.column.Title)
		}
	}
	return strings.Join(words, ", ")
}

// AccessibilityRole is part of fyne.Accessible.
func (h *header) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// AccessibilityLabel returns the column's title.
func (t *title) AccessibilityLabel() string { return t.column.Title }

// AccessibilityRole is part of fyne.Accessible.
func (t *title) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
