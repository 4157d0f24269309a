package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Choice is a row of buttons, one of which is chosen. It replaces Fyne's group of radio buttons, which keeps all keys
// for itself while it has the focus.
type Choice struct {
	Content fyne.CanvasObject

	buttons []*Button
	chosen  int
}

// NewChoice returns a choice with nothing chosen; changed is called with the index that the user chooses.
func NewChoice(words []string, changed func(index int)) *Choice {
	c := &Choice{chosen: -1}
	box := container.New(layout.NewCustomPaddedHBoxLayout(4))
	for i, word := range words {
		b := NewButton(word, func() {
			if c.chosen != i {
				c.Set(i)
				changed(i)
			}
		})
		c.buttons = append(c.buttons, b)
		box.Add(b)
	}
	c.Content = box
	return c
}

// Explained sets the texts shown while the pointer rests on a button: one for each, or one for all. It returns the
// choice.
func (c *Choice) Explained(texts ...string) *Choice {
	for i, b := range c.buttons {
		b.Tip = texts[min(i, len(texts)-1)]
	}
	return c
}

// Set shows what is chosen. It calls no callback.
func (c *Choice) Set(index int) {
	if c.chosen == index {
		return
	}
	c.chosen = index
	for i, b := range c.buttons {
		b.Importance = widget.MediumImportance
		if i == index {
			b.Importance = widget.HighImportance
		}
		b.Refresh()
	}
}

// Chosen returns what is chosen, or -1.
func (c *Choice) Chosen() int { return c.chosen }

// Button returns one of the buttons, for tests.
func (c *Choice) Button(index int) *Button { return c.buttons[index] }
