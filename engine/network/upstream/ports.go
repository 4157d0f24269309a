package upstream

import "slices"

// closedPorts are the ports that browsers refuse (Fetch standard, "port blocking"): a server there might take a request
// for its own commands.
var closedPorts = []uint16{
	1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113,
	115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554,
	556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666,
	6667, 6668, 6669, 6679, 6697, 10080,
}

// ClosedPort reports whether a port is closed to all requests.
func ClosedPort(port uint16) bool {
	_, closed := slices.BinarySearch(closedPorts, port)
	return closed
}

// MayPass reports whether bytes that are not read may go to a port. Trackers over https and peers may be at any; a
// BitTorrent client has no reason to reach mail, remote shells or file shares, which are below 1024.
func MayPass(port uint16) bool { return port >= 1024 || port != 0 && !ClosedPort(port) }
