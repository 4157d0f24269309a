package doors

// mostTunnels is the most tunnels at a time: clients have up to some hundred peers for each active torrent.
const mostTunnels = 4000

// tunnelsFor returns how many tunnels a limit of open files allows. A tunnel has two; the rest of the program needs
// reserve files besides the connections that it shares with tunnels if files are few.
func tunnelsFor(files uint64) int32 {
	const reserve, fewest = 256, 64
	if files < reserve+2*fewest {
		return fewest
	}
	return int32(min((files-reserve)/2, mostTunnels))
}
