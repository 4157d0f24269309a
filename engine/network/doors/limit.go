package doors

// mostTunnels is how many tunnels there may be: clients have up to some hundred peers for each torrent that is active.
const mostTunnels = 4000

// tunnelsFor returns how many tunnels fit a limit of open files. A tunnel has two; the rest of the program needs reserve
// beside the connections that it shares with tunnels when files are few.
func tunnelsFor(files uint64) int32 {
	const reserve, fewest = 256, 64
	if files < reserve+2*fewest {
		return fewest
	}
	return int32(min((files-reserve)/2, mostTunnels))
}
