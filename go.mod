module bittoratio

go 1.25.0

require (
	fyne.io/fyne/v2 v2.8.1
	fyne.io/systray v1.12.3-0.20260810170012-af4e8e793ec4
	github.com/godbus/dbus/v5 v5.2.2
	github.com/zeebo/bencode v1.0.0
)
