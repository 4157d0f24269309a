package text

import (
	"errors"
	"io/fs"
	"strings"

	"bittoratio/engine/convert"
	"bittoratio/engine/settings"
	"bittoratio/gui/lang"
)

// Cause returns an error of the system as the end of a sentence for people: the file, and what is wrong with it.
func Cause(err error) string {
	var file *fs.PathError
	if errors.As(err, &file) {
		return file.Path + ": " + System(file.Err.Error())
	}
	return System(err.Error())
}

// System returns an error of the system in the current language if it is a usual one. On Windows the system's errors
// are in the user's language already.
func System(message string) string {
	if lang.Current() == lang.English {
		return message
	}
	for _, usual := range []struct{ english, words string }{
		{noSpace, lang.L("no space is left on the disk")},
		{quotaExceeded, lang.L("the disk quota is used up")},
		{readOnly, lang.L("the disk is read-only")},
		{permissionDenied, lang.L("permission denied")},
		{notPermitted, lang.L("permission denied")},
		{noSuchFile, lang.L("there is no such file or folder")},
		{isAFolder, lang.L("that is a folder")},
		{notAFolder, lang.L("that is not a folder")},
		{inputOutputError, lang.L("the disk does not answer")},
		{tooManyFiles, lang.L("too many files are open")},
		{connectionRefused, lang.L("connection refused")},
		{ioTimeout, lang.L("no answer in time")},
		{deadlineExceeded, lang.L("no answer in time")},
	} {
		if strings.HasSuffix(message, usual.english) {
			return usual.words
		}
	}
	return message
}

// Setting returns why a setting was refused, as the end of a sentence. Languages other than English have one reason for
// each field.
func Setting(e *settings.Error) string {
	if lang.Current() == lang.English {
		return e.Field + " " + e.Reason
	}
	switch e.Field {
	case "version":
		return lang.L("it was written by another version")
	case "listen":
		return lang.L("the address to listen on is not a host and a port")
	case "multiplier", "torrent_multipliers", "tracker_multipliers":
		return lang.L("a multiplier is not from 1 to 100")
	case "stop_ratio", "tracker_stop_ratios":
		return lang.L("a ratio is not from 0.1 to 1000")
	case "allow_networks":
		return lang.L("the allowed networks are missing, or one is not written like 192.168.1.0/24")
	case "gateway_names":
		return lang.L("a name of the gateway is not written like seedbox.example.org")
	case "torrent_folders":
		return lang.L("a folder is not a whole path")
	case "activity_days":
		return lang.L("the days of activity are not from 0 to 3650")
	case "activity_mib":
		return lang.L("the size of the activity is not from 1 to 10000 MiB")
	case "open_hosts":
		return lang.L("a tracker to decrypt is not a host, or there are too many")
	case "swarm.bind", "swarm.routers":
		return lang.L("the swarm's interface or one of its routers is not valid")
	default:
		return lang.L("%s is not valid", e.Field)
	}
}

// ConversionError returns why a torrent was not converted, as the end of a sentence.
func ConversionError(err error) string {
	var e *convert.Error
	if !errors.As(err, &e) {
		return Cause(err)
	}
	switch e.Kind {
	case convert.NothingToTurnBack:
		return lang.L("no tracker leads through the gateway")
	case convert.NoTracker:
		return lang.L("the torrent names no tracker")
	case convert.NothingToConvert:
		return lang.L("its trackers already use the gateway, or it can't serve them")
	case convert.NotServed:
		return lang.L("the gateway serves http, https, and udp with a port")
	case convert.NoPort:
		return lang.L("the gateway's port is not known: choose one in Settings")
	case convert.HoldsMagnet:
		return lang.L("the file holds a magnet link: paste the link itself")
	case convert.Exists:
		return lang.L("a copy of this name is there already and holds something else: rename or remove it")
	case convert.NotTorrent:
		return lang.L("it is not a .torrent file, or it is damaged")
	case convert.NotMagnet:
		return lang.L("the link names no torrent")
	case convert.BlankInMagnet:
		return lang.L("there is a space or a line break in the link: paste one link, whole")
	case convert.TooLarge:
		return lang.L("the file is too large for a .torrent file")
	case convert.NotPlain:
		return lang.L("it is not a plain file")
	default:
		return System(e.Reason)
	}
}
