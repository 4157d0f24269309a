package settings

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"bittoratio/engine/network/listen"
	"bittoratio/engine/settings"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

// splitAddr returns the host and the port of host:port, for two fields.
func splitAddr(listen string) (host, port string) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen, ""
	}
	return host, port
}

// joinAddr returns host:port from two fields.
func joinAddr(host, port string) string {
	host = strings.Trim(strings.TrimSpace(host), "[]")
	return net.JoinHostPort(host, strings.TrimSpace(port))
}

// reachableByOthers reports whether other computers could connect to an address.
func reachableByOthers(listen string) bool {
	host, _ := splitAddr(listen)
	if host == "localhost" {
		return false
	}
	a, err := netip.ParseAddr(host)
	return err == nil && !a.IsLoopback()
}

// The fields that may have an error beside them.
const (
	fieldAddress = "address"
	fieldPort    = "port"
	fieldNets    = "networks"
	fieldNames   = "names"
	fieldWindow  = "window"
)

// errorText returns an error of a change as a sentence with what to do next, and the field that it belongs to. free is
// a free port, if one is known.
func errorText(err error) (field, words, free string) {
	var listen *listen.Error
	var setting *settings.Error
	switch {
	case err == nil:
		return "", "", ""
	case errors.As(err, &listen) && listen.Taken:
		_, port := splitAddr(listen.Addr)
		_, free = splitAddr(listen.Free)
		return fieldPort, lang.L("%s uses port %s. Choose another one.", text.PortOwner(listen), port), free
	case errors.As(err, &listen):
		return fieldAddress, lang.L("This address cannot be opened here. 127.0.0.1 always works."), ""
	case errors.As(err, &setting) && setting.Field == "listen":
		return fieldAddress, lang.L("This is not an address. Use 127.0.0.1 to be reached from this computer only."), ""
	case errors.As(err, &setting) && setting.Field == "allow_networks":
		return fieldNets, lang.L("Name the networks that may connect, such as 192.168.1.0/24."), ""
	case errors.As(err, &setting) && setting.Field == "gateway_names":
		return fieldNames, lang.L("Names are such as seedbox.example.org, without a port."), ""
	case errors.As(err, &setting):
		return fieldWindow, lang.L("Not valid: %s.", text.Setting(setting)), ""
	default:
		return fieldWindow, lang.L("The settings could not be saved: %s. Is the data folder writable?", text.Cause(err)), ""
	}
}

// splitList returns the items of a field with several.
func splitList(field string) []string {
	return strings.FieldsFunc(field, func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
}

// checkFields checks the fields before the engine gets them. It returns the field that is wrong, and why.
func checkFields(host, port, nets, names string) (field, words string) {
	s := settings.Default()
	s.Listen = joinAddr("127.0.0.1", port)
	if strings.TrimSpace(port) == "" || s.Validate() != nil {
		return fieldPort, lang.L("A port is a number from 1 to 65535; 8080 is usual.")
	}
	s.Listen, s.AllowNetworks, s.GatewayNames = joinAddr(host, port), splitList(nets), splitList(names)
	field, words, _ = errorText(s.Validate())
	return field, words
}
