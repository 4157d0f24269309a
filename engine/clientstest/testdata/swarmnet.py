# Runs a BitTorrent network of real programs for tests, inside a network namespace in which all of 198.18.0.0/15 is local.
# The n-th program has the address 198.18.n.1, port 6881, so that each is in a /24 of its own.
#
# The argument is a folder for everything that it writes. Once most DHT tables are filled, it prints one JSON object: the
# torrents with their hashes and metadata sizes in bytes, and which program seeds which torrents at which address. It ends
# when its standard input ends.
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

import libtorrent as lt

NODES, SEEDS = 24, 6  # libtorrent sessions, and how many of them seed each torrent
folder = pathlib.Path(sys.argv[1])
data, children, sessions, seeds = folder / "data", [], [], []
data.mkdir()
v1, hybrid, v2 = "v1", 0, lt.create_torrent.v2_only


def make(name, size, piece, version):
    content = (hashlib.sha1(name.encode()).digest() * (size // 20 + 1))[:size]
    (data / name).write_bytes(content)
    path = folder / (name + ".torrent")
    if version == v1:  # made by hand: libtorrent refuses such small pieces, which give much metadata for little content
        pieces = b"".join(hashlib.sha1(content[i : i + piece]).digest() for i in range(0, size, piece))
        path.write_bytes(lt.bencode({"info": {"length": size, "name": name, "piece length": piece, "pieces": pieces}}))
    else:
        files = lt.file_storage()
        lt.add_files(files, str(data / name))
        torrent = lt.create_torrent(files, piece, version)
        lt.set_piece_hashes(torrent, str(data))
        path.write_bytes(lt.bencode(torrent.generate()))
    info = lt.torrent_info(str(path))
    hashes = info.info_hashes()
    return {
        "path": str(path),
        "v1": str(hashes.v1) if hashes.has_v1() else "",
        "v2": str(hashes.v2) if hashes.has_v2() else "",
        "metadata": len(lt.bencode(lt.bdecode(path.read_bytes())[b"info"])),
    }


torrents = {
    "small": make("small", 200_000, 16384, v1),
    "medium": make("medium", 20_000_000, 16384, v1),
    "large": make("large", 52_000_000, 1024, v1),
    "hybrid": make("hybrid", 20_000_000, 16384, hybrid),
    "second": make("second", 9_000_000, 16384, v2),
}


def address(n):
    return "198.18.%d.1" % n


def seed(n, program, names):
    seeds.append({"address": address(n) + ":6881", "program": program, "torrents": names})


def start_libtorrent(n, names):
    ip = address(n)
    session = lt.session({
        "listen_interfaces": ip + ":6881", "outgoing_interfaces": ip, "enable_dht": True, "enable_lsd": False, "enable_upnp": False,
        "enable_natpmp": False, "dht_bootstrap_nodes": address(1) + ":6881" if n > 1 else "", "allow_multiple_connections_per_ip": True,
        "alert_mask": 0, "aio_threads": 1, "hashing_threads": 1, "dht_upload_rate_limit": 1_000_000,
    })
    sessions.append(session)
    for name in names:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(torrents[name]["path"])
        params.save_path = str(data)
        flags = lt.torrent_flags
        params.flags = (params.flags | flags.seed_mode) & ~flags.auto_managed & ~flags.paused
        session.add_torrent(params)
    seed(n, "libtorrent", names)


def start(home, command, **more):
    log = open(home / "log", "w")
    environment = {**os.environ, "HOME": str(home), "TERM": "xterm"}
    children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, **more))


def start_transmission(n):
    home = folder / ("transmission%d" % n)
    (home / "watch").mkdir(parents=True)
    for name in ("small", "medium", "large"):
        (home / "watch" / (name + ".torrent")).write_bytes(pathlib.Path(torrents[name]["path"]).read_bytes())
    (home / "settings.json").write_text(json.dumps({
        "bind-address-ipv4": address(n), "peer-port": 6881, "rpc-port": 19000 + n, "rpc-bind-address": "127.0.0.1", "dht-enabled": True,
        "lpd-enabled": False, "utp-enabled": True, "port-forwarding-enabled": False, "download-dir": str(data), "preallocation": 0,
        "watch-dir-enabled": True, "watch-dir": str(home / "watch"), "encryption": 0,
    }))
    (home / "dht.bootstrap").write_text(address(1) + " 6881\n")
    start(home, ["transmission-daemon", "-f", "-g", str(home)])
    seed(n, "transmission", ["small", "medium", "large"])


def start_aria2(n):
    home = folder / ("aria2-%d" % n)
    home.mkdir()
    start(home, [
        "aria2c", "--no-conf", "-d", str(data), "--interface=" + address(n), "--listen-port=6881", "--dht-listen-port=6881", "--enable-dht=true",
        "--dht-file-path=" + str(home / "dht.dat"), "--dht-entry-point=%s:6881" % address(1), "--bt-enable-lpd=false", "--seed-ratio=0",
        "--check-integrity=true", "--allow-overwrite=true", "--bt-seed-unverified=true", torrents["small"]["path"],
    ])
    seed(n, "aria2", ["small"])


def start_rtorrent(n):
    home = folder / ("rtorrent%d" % n)
    (home / "session").mkdir(parents=True)
    (home / "rtorrent.rc").write_text("\n".join([
        "network.bind_address.set = " + address(n), "network.port_range.set = 6881-6881", "directory.default.set = " + str(data),
        "session.path.set = " + str(home / "session"), "trackers.use_udp.set = no",
        'schedule2 = load, 1, 0, ((load.start, "%s"))' % torrents["small"]["path"],
    ]) + "\n")
    # rTorrent needs a terminal, which script(1) provides. pdeathsig ends it with script: in Debian 13 it would keep running.
    start(home, ["script", "-qefc", "exec setpriv --pdeathsig KILL rtorrent -n -o import=" + str(home / "rtorrent.rc"), "/dev/null"])
    seed(n, "rtorrent", ["small"])


groups = [["small", "medium"], ["large"], ["hybrid"], ["second"]]
for n in range(1, NODES + 1):
    # The first one is everybody's first node of the DHT, and seeds nothing.
    start_libtorrent(n, [] if n == 1 else groups[(n - 2) // SEEDS])
start_transmission(NODES + 1)
start_aria2(NODES + 2)
start_rtorrent(NODES + 3)

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
ready = False
while not ended.wait(0.5):
    known = []
    for session in sessions:
        session.pop_alerts()
        nodes = session.status().dht_nodes
        known.append(nodes)
        if nodes < 8:  # a session without torrents finds no other nodes unless it is given one and something to search
            session.add_dht_node((address(random.randrange(1, NODES)), 6881))
            session.dht_get_peers(lt.sha1_hash(os.urandom(20)))
    if not ready and sorted(known)[len(known) // 2] >= 8:
        ready = True
        print(json.dumps({"torrents": torrents, "seeds": seeds}), flush=True)
for child in children:
    child.kill()
    child.wait()
shutil.rmtree(folder, ignore_errors=True)
os._exit(0)
