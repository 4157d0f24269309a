# Runs a libtorrent session that seeds a torrent and announces it in the DHT, until its standard input ends. Arguments:
# address to bind, first node of the DHT, .torrent file, folder of the content.
import sys

import libtorrent as lt

bind, node, torrent, folder = sys.argv[1:5]
session = lt.session({
    "listen_interfaces": bind + ":6881", "outgoing_interfaces": bind, "enable_dht": True, "enable_lsd": False, "enable_upnp": False,
    "enable_natpmp": False, "dht_bootstrap_nodes": node, "dht_announce_interval": 15, "alert_mask": 0,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
params.flags = (params.flags | lt.torrent_flags.seed_mode) & ~lt.torrent_flags.auto_managed & ~lt.torrent_flags.paused
session.add_torrent(params)
sys.stdin.read()
