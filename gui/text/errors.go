package text

import (
	"errors"

	"bittoratio/engine/network/listen"
	"bittoratio/engine/settings"
	"bittoratio/gui/lang"
)

// PortOwner returns the name of the program that uses a port.
func PortOwner(e *listen.Error) string {
	if e.By != "" {
		return e.By
	}
	return lang.L("Another program")
}

// Error returns an error in words for people, with what to do next.
func Error(err error) string {
	var listen *listen.Error
	var setting *settings.Error
	var syntax *settings.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return UnreadableSettings(syntax)
	case errors.As(err, &listen) && listen.Taken:
		return lang.L("%s uses %s, and no port near it is free. Choose another port in Settings.", PortOwner(listen), listen.Addr)
	case errors.As(err, &listen):
		return lang.L("BittOratio can't listen on %s. Choose another address in Settings; 127.0.0.1 always works.", listen.Addr)
	case errors.As(err, &setting):
		return lang.L("A setting is not valid: %s. Change it in Settings.", Setting(setting))
	default:
		return lang.L("%s. Try again. If this doesn't help, restart BittOratio.", Cause(err))
	}
}

// UnreadableSettings returns where settings.json is not valid JSON, and what to do.
func UnreadableSettings(fault *settings.SyntaxError) string {
	return lang.L("%s (settings.json, line %d, column %d). BittOratio stays off until the file can be read. Correct it and switch on, or start over with a new file and multiplier 1.", syntaxErrorText(fault.Slip), fault.Line, fault.Column)
}

func syntaxErrorText(s settings.Slip) string {
	switch s {
	case settings.SlipEmpty:
		return lang.L("The file is empty")
	case settings.SlipEncoding:
		return lang.L("The file is saved as UTF-16, not as UTF-8")
	case settings.SlipComment:
		return lang.L("The file has a comment, which JSON doesn't allow")
	case settings.SlipComma:
		return lang.L("There is a comma in front of a closing bracket")
	case settings.SlipUnshut:
		return lang.L("A quote or a bracket isn't closed")
	default:
		return lang.L("The file isn't valid JSON")
	}
}
