package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
)

// activityLimits has the choices of how much activity stays on the disk.
type activityLimits struct {
	days, size *control.Select
	wrong      *control.Line

	allDays, allMiB []int // on offer, in the order shown
}

// The values on offer. If settings.json has another value, it is added to them.
var (
	daysOffered  = []int{0, 7, 30, 90, 365}
	sizesOffered = []int{10, 50, 200, 1000}
)

// activityRows returns the row with the choices for the activity.
func (p *Page) activityRows() fyne.CanvasObject {
	k := &p.activityLimits
	k.wrong = newErrorLine()
	k.days = control.NewSelect(nil, func(string) {
		if i := k.days.SelectedIndex(); i >= 0 {
			days := k.allDays[i] // the list may be another one when it is saved
			p.change(k.wrong, func(s *settings.Settings) { s.ActivityDays = days })
		}
	})
	k.size = control.NewSelect(nil, func(string) {
		if i := k.size.SelectedIndex(); i >= 0 {
			size := k.allMiB[i]
			p.change(k.wrong, func(s *settings.Settings) { s.ActivityMiB = size })
		}
	})
	k.days.Tip = lang.L("How long the activity is kept on disk.")
	k.size.Tip = lang.L("How much room the activity may take on disk.")
	return row(lang.L("Activity"), container.NewHBox(control.Fixed(k.days, 200), control.Fixed(k.size, 200)), k.wrong)
}

func (k *activityLimits) fill(s *settings.Settings) {
	k.allDays, k.allMiB = insertSorted(daysOffered, s.ActivityDays), insertSorted(sizesOffered, s.ActivityMiB)
	var days, sizes []string
	for _, n := range k.allDays {
		if n == 0 {
			days = append(days, lang.L("Not kept on disk"))
			continue
		}
		days = append(days, lang.N("Kept for %d days", n))
	}
	for _, n := range k.allMiB {
		sizes = append(sizes, lang.L("at most %d MiB", n))
	}
	k.days.Fill(days, slices.Index(k.allDays, s.ActivityDays))
	k.size.Fill(sizes, slices.Index(k.allMiB, s.ActivityMiB))
	if s.ActivityDays == 0 {
		k.size.Disable()
	} else {
		k.size.Enable()
	}
}

// insertSorted returns a sorted list with a value added, unless it has that value already.
func insertSorted(list []int, n int) []int {
	i, there := slices.BinarySearch(list, n)
	if there {
		return list
	}
	return slices.Insert(slices.Clone(list), i, n)
}
