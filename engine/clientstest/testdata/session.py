# Runs one libtorrent session for tests, set up as in qBittorrent and Deluge. The first argument is JSON:
#   torrent, folder     the .torrent file, and the folder of its content
#   listen              host:port
#   proxy               host:port of a SOCKS proxy; no proxy if missing
#   version             the SOCKS version, 5 or 4; 5 if missing
#   names               whether the proxy resolves host names; true if missing
# Each line of standard input is a command: announce, uploaded, or quit. Each line of standard output is one event: a list
# of its kind and its details.
import json
import queue
import sys
import threading
import time

import libtorrent as lt

config = json.loads(sys.argv[1])
settings = {
    "listen_interfaces": config["listen"],
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "allow_multiple_connections_per_ip": True,
    "announce_to_all_tiers": True,
    "announce_to_all_trackers": True,
    "alert_mask": lt.alert.category_t.tracker_notification | lt.alert.category_t.error_notification | lt.alert.category_t.status_notification,
}
if "proxy" in config:
    host, port = config["proxy"].rsplit(":", 1)
    settings |= {
        "proxy_type": lt.proxy_type_t.socks4 if config.get("version") == 4 else lt.proxy_type_t.socks5,
        "proxy_hostname": host,
        "proxy_port": int(port),
        "proxy_hostnames": config.get("names", True),
        "proxy_peer_connections": False,
        "proxy_tracker_connections": True,
    }


def report(*what):
    print(json.dumps(what), flush=True)


session = lt.session(settings)
torrent = session.add_torrent({"ti": lt.torrent_info(config["torrent"]), "save_path": config["folder"]})
commands = queue.SimpleQueue()


def read():
    for line in sys.stdin:
        commands.put(line.strip())
    commands.put("quit")


threading.Thread(target=read, daemon=True).start()
leaving = None
while leaving is None or time.monotonic() < leaving:
    session.wait_for_alert(50)
    for alert in session.pop_alerts():
        name = type(alert).__name__
        if name == "tracker_reply_alert":
            report("reply", alert.num_peers)
            if leaving is not None:
                leaving = 0
        elif name == "tracker_error_alert":
            report("error", alert.message())
        elif name == "torrent_finished_alert":
            report("finished")
        elif name in ("socks5_alert", "listen_failed_alert", "udp_error_alert"):
            report("problem", alert.message())
    while not commands.empty():
        command = commands.get()
        if command == "announce":
            torrent.force_reannounce(0, -1, lt.reannounce_flags_t.ignore_min_interval)
        elif command == "uploaded":
            report("uploaded", torrent.status().total_payload_upload)
        elif command == "quit":
            session.pause()  # announces `stopped`
            leaving = time.monotonic() + 10
del torrent
del session
report("bye")
