package local

import (
	"bittoratio/engine/clients/launch"
)

// SystemTrust is how the whole system, or its user, is made to trust the authority, and how that is taken back: the
// last resort, for clients that cannot be set up otherwise. They are commands for the user to run, who must agree to
// each.
type SystemTrust struct {
	Trust, Forget string
	Everyone      bool // all users' programs, so an administrator's password is asked for
}

// TrustOn returns it for a system as [runtime.GOOS] names it, with the authority's certificate and name; the zero value is
// none that is known. exists reports whether a folder is there.
func TrustOn(system, certificate, name string, exists func(string) bool) SystemTrust {
	file := launch.ShellWord(certificate)
	const as = "bittoratio.crt"
	switch {
	case system == "darwin":
		return SystemTrust{
			Trust:  "security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db " + file,
			Forget: "security remove-trusted-cert " + file + " && security delete-certificate -c " + launch.ShellWord(name) + " ~/Library/Keychains/login.keychain-db",
		}
	case system == "windows":
		return SystemTrust{
			Trust:  `certutil -user -addstore Root "` + certificate + `"`,
			Forget: `certutil -user -delstore Root "` + name + `"`,
		}
	case exists("/usr/local/share/ca-certificates"):
		const to = "/usr/local/share/ca-certificates/" + as
		return SystemTrust{Trust: "sudo install -m 644 " + file + " " + to + " && sudo update-ca-certificates", Forget: "sudo rm " + to + " && sudo update-ca-certificates --fresh", Everyone: true}
	case exists("/etc/pki/ca-trust/source/anchors"):
		const to = "/etc/pki/ca-trust/source/anchors/" + as
		return SystemTrust{Trust: "sudo install -m 644 " + file + " " + to + " && sudo update-ca-trust", Forget: "sudo rm " + to + " && sudo update-ca-trust", Everyone: true}
	case exists("/etc/ca-certificates/trust-source/anchors"):
		return SystemTrust{Trust: "sudo trust anchor --store " + file, Forget: "sudo trust anchor --remove " + file, Everyone: true}
	}
	return SystemTrust{}
}
