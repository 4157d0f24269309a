//go:build clients

package clientstest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// outside runs the program in one network namespace and sends it a request from another one, which a virtual cable
// connects, and from its own. It prints the first bytes of each answer, or the error.
const outside = `
set -eu
ip link set lo up
unshare --net sleep 60 & other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
ip link add inner type veth peer name outer netns $other
ip address add 10.77.0.1/24 dev inner; ip link set inner up
nsenter -t $other -n sh -c 'ip link set lo up; ip address add 10.77.0.2/24 dev outer; ip link set outer up'
"$1" -headless -data "$2" >"$2/log" & program=$!
trap 'kill $program $other' EXIT
until grep -q listening "$2/log"; do kill -0 $program; sleep 0.05; done
ask='exec 3<>/dev/tcp/10.77.0.1/8080 && printf "GET / HTTP/1.1\r\nHost: x\r\n\r\n" >&3 && head -c 12 <&3'
echo "from outside: $(nsenter -t $other -n timeout 10 bash -c "$ask" 2>&1 || true)"
echo "from inside: $(timeout 10 bash -c "${ask/10.77.0.1/127.0.0.1}" 2>&1 || true)"
`

// TestNobodyOutsideReachesThePort: another computer gets an answer only if the program listens on an address that it
// can reach and its network is allowed.
func TestNobodyOutsideReachesThePort(t *testing.T) {
	t.Parallel()
	const answered = "HTTP/1.1 404"
	for name, c := range map[string]struct{ settings, outside string }{
		"listens on this computer only":                  {`{}`, "Connection refused"},
		"listens everywhere, another network is allowed": {`{"listen": "0.0.0.0:8080", "allow_networks": ["10.78.0.0/24"]}`, ""},
		"listens everywhere, its network is allowed":     {`{"listen": "0.0.0.0:8080", "allow_networks": ["10.77.0.0/24"]}`, answered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataFolder(t)
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(c.settings), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			args := []string{"--net", "bash", "-c", outside, "sh", binary, dir}
			if os.Geteuid() != 0 { // root needs no user namespace, and could not make one inside a chroot
				args = append([]string{"--map-root-user"}, args...)
			}
			out, err := exec.CommandContext(ctx, "unshare", args...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			_, fromOutside, _ := strings.Cut(string(out), "from outside: ")
			fromOutside, fromInside, _ := strings.Cut(fromOutside, "\nfrom inside: ")
			if !strings.Contains(fromOutside, c.outside) || c.outside != answered && strings.Contains(fromOutside, "HTTP") {
				t.Errorf("from outside: %q, want %q", fromOutside, c.outside)
			}
			if !strings.HasPrefix(fromInside, answered) {
				t.Errorf("from inside: %q, want %q", fromInside, answered)
			}
		})
	}
}
