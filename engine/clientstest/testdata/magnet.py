# Resolves a magnet link to a .torrent file with libtorrent, and prints how many milliseconds that took. Arguments: address
# to bind, first node of the DHT, link, file. With a fifth argument it fills its DHT table first, and that time does not
# count. It looks for peers every 15 s: a look-up before its first node has answered finds none, and the next would come
# after a quarter of an hour.
import os
import sys
import time

import libtorrent as lt

bind, node, link, out = sys.argv[1:5]
session = lt.session({
    "listen_interfaces": bind + ":6881", "outgoing_interfaces": bind, "enable_dht": True, "enable_lsd": False, "enable_upnp": False,
    "enable_natpmp": False, "dht_bootstrap_nodes": node, "dht_announce_interval": 15, "alert_mask": lt.alert.category_t.status_notification,
})
while len(sys.argv) > 5 and session.status().dht_nodes < 8:
    session.add_dht_node((node.split(":")[0], int(node.split(":")[1])))
    session.dht_get_peers(lt.sha1_hash(os.urandom(20)))
    time.sleep(0.3)
began = time.time()
params = lt.parse_magnet_uri(link)
params.save_path = out + ".d"
session.async_add_torrent(params)
while True:
    session.wait_for_alert(100)
    for alert in session.pop_alerts():
        if isinstance(alert, lt.metadata_received_alert):
            print("%.1f" % (1000 * (time.time() - began)), flush=True)
            torrent = lt.create_torrent(alert.handle.torrent_file()).generate()
            with open(out + ".part", "wb") as f:
                f.write(lt.bencode(torrent))
            os.rename(out + ".part", out)
            os._exit(0)
