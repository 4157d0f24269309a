package settings

import (
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Startup makes the system start the program when the user logs in.
type Startup interface {
	On() bool
	Set(on bool) error
}

// fillLogin shows whether the system starts the program. Only the system's entry records this.
func (p *Page) fillLogin() {
	if p.options.Startup == nil {
		p.login.Hide()
		return
	}
	p.login.Fill(p.options.Startup.On())
}

func (p *Page) onLogin(on bool) {
	p.options.Desk.Background(func() error { return p.options.Startup.Set(on) }, func(err error) {
		p.windowWrong.Set("", theme.Bad)
		if err != nil {
			p.windowWrong.Set(lang.L("The system refused: %s. Is your home folder writable?", text.Cause(err)), theme.Bad)
		}
		control.SetVisible(p.windowWrong, err != nil)
		p.fillLogin()
	})
}
