package lang

import (
	"strings"

	textlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// numbers writes numbers by the rules of CLDR for a language. It looks up the marks once, because a table needs them
// for each cell.
type numbers struct {
	printer *message.Printer
	marks   *strings.Replacer // for the digits and the decimal point; nil if they are as in English
}

func numbersOf(tag textlanguage.Tag) numbers {
	n := numbers{printer: message.NewPrinter(tag)}
	if half := []rune(n.printer.Sprint(number.Decimal(1.5))); len(half) == 3 && string(half) != "1.5" {
		pairs := []string{".", string(half[1])}
		for digit := range 10 {
			pairs = append(pairs, string(rune('0'+digit)), n.printer.Sprint(number.Decimal(digit)))
		}
		n.marks = strings.NewReplacer(pairs...)
	}
	return n
}

func (n *numbers) decimal(written string) string {
	if n.marks == nil {
		return written
	}
	return n.marks.Replace(written)
}

// whole returns a whole number. Between groups it has a narrow space instead of CLDR's space, as in later versions of
// CLDR than that of x/text.
func (n *numbers) whole(v uint64) string {
	return strings.ReplaceAll(n.printer.Sprint(number.Decimal(v)), "\u00a0", "\u202f")
}
