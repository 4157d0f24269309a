package local

import (
	"bittoratio/engine/clients/launch"
)

// SystemTrust is how to make the whole system, or its user, trust the authority, and how to undo that. It is the last
// resort, for clients that cannot be set up otherwise. The commands are for the user to run, who must agree to each.
type SystemTrust struct {
	Trust, Forget string
	Everyone      bool // all users' programs, so an administrator's password is asked for
}

// TrustOn returns the commands for a system, which is as in [runtime.GOOS], and the authority's certificate and name;
// the zero value if no way is known. exists reports whether a folder exists.
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
