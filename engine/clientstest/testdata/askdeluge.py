# Asks one deluged things, for tests: deluge-console needs seconds for each. Arguments: its folder, its port. A line of
# standard input is a command: add FILE FOLDER, status, pause. Each is answered by one line of JSON.
import base64
import json
import sys
import threading

from deluge.ui.client import client
from twisted.internet import reactor


def say(what):
    print(json.dumps(what), flush=True)


def wrong(failure):
    say({"error": str(failure)})


def obey(line):
    command, *words = line.split()
    if command == "add":
        with open(words[0], "rb") as f:
            dump = base64.b64encode(f.read()).decode()
        answer = client.core.add_torrent_file("a.torrent", dump, {"download_location": words[1]})
    elif command == "pause":
        answer = client.core.pause_torrents()
    else:
        answer = client.core.get_torrents_status({}, ["total_uploaded", "tracker_status"])
    answer.addCallbacks(say, wrong)


def read(_):
    def lines():
        for line in sys.stdin:
            reactor.callFromThread(obey, line)
        reactor.callFromThread(reactor.stop)

    threading.Thread(target=lines, daemon=True).start()


with open(sys.argv[1] + "/auth") as f:
    name, password = next(line for line in f if line.startswith("localclient:")).strip().split(":")[:2]
client.connect("127.0.0.1", int(sys.argv[2]), name, password).addCallbacks(read, wrong)
reactor.run()
