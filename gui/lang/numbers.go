package lang

import (
	"strings"

	textlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// numbers writes numbers as CLDR says for a language. Its marks are looked up once: a table asks for every cell.
type numbers struct {
	printer *message.Printer
	marks   *strings.Replacer // of digits and the point; nil where they are those of English
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

// whole has a narrow space between groups where CLDR has a space: later versions than the one of x/text say so.
func (n *numbers) whole(v uint64) string {
	return strings.ReplaceAll(n.printer.Sprint(number.Decimal(v)), "\u00a0", "\u202f")
}
