# Controls one deluged for tests; deluge-console would need seconds for each command. Arguments: the settings folder and
# the port of deluged. Each line of standard input is a command: add FILE FOLDER, status, or pause. Each command is
# answered by one line of JSON.
import base64
import json
import sys
import threading

from deluge.ui.client import client
from twisted.internet import reactor


def answer(value):
    print(json.dumps(value), flush=True)


def fail(failure):
    answer({"error": str(failure)})


def run(line):
    command, *words = line.split()
    if command == "add":
        with open(words[0], "rb") as f:
            dump = base64.b64encode(f.read()).decode()
        result = client.core.add_torrent_file("a.torrent", dump, {"download_location": words[1]})
    elif command == "pause":
        result = client.core.pause_torrents()
    else:
        result = client.core.get_torrents_status({}, ["total_uploaded", "tracker_status"])
    result.addCallbacks(answer, fail)


def read(_):
    def lines():
        for line in sys.stdin:
            reactor.callFromThread(run, line)
        reactor.callFromThread(reactor.stop)

    threading.Thread(target=lines, daemon=True).start()


with open(sys.argv[1] + "/auth") as f:
    name, password = next(line for line in f if line.startswith("localclient:")).strip().split(":")[:2]
client.connect("127.0.0.1", int(sys.argv[2]), name, password).addCallbacks(read, fail)
reactor.run()
