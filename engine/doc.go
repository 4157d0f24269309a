// Package engine is the whole program but its window: settings in, snapshots out. It knows no toolkit.
//
// # The map
//
// Folders are floors; imports go down only. floors_test.go checks that, with more floors where there is a reason.
//
//	6  gui, main.go       the window; may import only the packages that floors_test.go lists
//	   commandline        flags and environment, the data folder's place, -launch, -convert and -magnet
//	   demo               the demonstration: the engine with a practice tracker and sample clients, in one process
//	5  engine             Engine owns every long-lived goroutine; settings in, Snapshots out
//	   settings           the user's choices: what they may be, settings.json, and what the command line overrides
//	   convert            leads the trackers of torrent files, magnet links and running clients through the gateway
//	   instance           a second start brings the running program to the front
//	   swarmask           the node of the DHT while the user wants it, searches, names, announces of the user's client
//	   feed               publishes the newest snapshot to subscribers, at most five times a second
//	   linelog            the log: one line per record, as text or as JSON
//	4  network/listen     the port that clients connect to
//	   network/doors      accepts clients; HTTP, SOCKS, CONNECT, blind tunnels; one goroutine per connection
//	   network/httpway    requests over HTTP: as a proxy, in a tunnel, through the gateway; announces among them
//	   network/downstream the client's side of a connection, for doors and httpway
//	   network/udprelay   datagrams through SOCKS5, announces to udp trackers among them
//	   network/redelivery sends pending announces
//	   clients/change     a change that makes a client use this program: planned, shown, made, and undone
//	   clients/local      what can be done with this computer's clients, for the window
//	   clients/remote     what the remote access of all clients has in common; built on it:
//	   clients/transmission  the RPC of a running Transmission: other trackers for its torrents
//	   clients/qbittorrent   the Web API of a running qBittorrent: its proxy, and other trackers for its torrents
//	   network/upstream   dialling trackers, classifying errors
//	   network/intercept  which TLS streams of clients are decrypted, with which authority, and the server's side of those
//	   network/swarm      what a torrent is, from its swarm: trackers' counts, peers of the DHT, metadata from many peers
//	   network/utp        connections of µTP over those sockets
//	   network/dht        a node of the DHT: searches, its table, what it stores for others, the size of the DHT
//	   network/udp        the sockets that the DHT and µTP share: which addresses, which interface, what pace
//	   network/localca    the certificate authority of this computer for the trackers the user listed
//	   practice           a small real tracker in memory that checks its peers, to try things with
//	3  report             Reporter: rule, ledger, guard and journal in one step
//	   report/ledger      the arithmetic: seen, reported, credit
//	   report/activity    what happened, numbered and bounded: in memory, and on the disk for a month
//	   announce           Desk: how one announce proceeds; turns, last answers, trackers that are away, pending announces
//	   names              names of torrents, from the folders of the clients on this computer
//	2  store              the data folder: lock, whole-file writes, journals. All other packages write there through it
//	   clients/file       a client's own settings file: changing it for the user, and undoing that
//	   clients/find       the clients that are installed or run here, with their versions, and what fits each
//	   clients/launch     starting a client so that it uses this program, only in that run
//	1  wire/httphead      HTTP heads as bytes, spans and edits; body framing
//	   wire/httptracker   announces and scrapes over HTTP: find, edit, read answers
//	   wire/socks         SOCKS5, 4 and 4a: requests, replies, headers of datagrams
//	   wire/udptracker    announces and scrapes in datagrams (BEP 15)
//	   wire/krpc          datagrams of the DHT (BEP 5, 32, 33, 42, 43)
//	   wire/metainfo      .torrent files: what they name, and their trackers' addresses changed by splices
//	   wire/jsontext      a string in JSON, without allocations
//	   wire/bencode       a guard in front of the decoder
//	   wire/peerwire      what peers send about a torrent: handshake, extensions, metadata, hashes (BEP 3, 9, 10, 52)
//	   wire/moment        time, for the packages of the swarm
//	   wire/utp           µTP: one connection as a machine without socket and clock; gives way to other traffic
//	   wire/tlshello      which server a TLS client asks for
//	0  bittorrent         the words of the field
//	   clients            all facts about each client, one JSON file per client, and its guide
//	   clients/check      whether a client announces through this program, or which known reason prevents that
//	   checks             the five things that trackers commonly check, as rules
//	   swarmview          what the window shows of the swarm: the node, searches, sizes; plain values
//	   exchange           what happened in one exchange with a tracker: kind, outcome, reason, problem; and its sums
//	   report/policy      factors (all < tracker < torrent) and the ceiling
//
//	-  enginetest         for tests only: trackers, clients, checks; enginetest/cost holds budgets of time
//	   clientstest        for tests only: the built program from outside, with real clients
//
// # The way of one announce
//
//	client            network/httpway, network/udprelay         announce.Desk                 tracker
//	  | request          | Arrive: a duplicate? its turn          |                             |
//	  |----------------->|--------------------------------------->|                             |
//	  |                  |                     turn (Gate)        | one of a session at a time  |
//	  |                  |   Report(total)     total              | report.Reporter; on disk    |
//	  |                  |<---------------------------------------|                             |
//	  |                  |                     away? pending?     | Health; Spool, Deliverer    |
//	  |                  |   Send                                 |                             |
//	  |                  |--------------------------------------------------------------------->|
//	  | answer           |<---------------------------------------------------------------------|
//	  |<-----------------|   Answer, or Fault with a Rest         |                             |
//	  |                  |--------------------------------------->| learn: Answers, Spool; or   |
//	  |<-----------------|   Replay, Fail                         | pend, answer from the cache |
//
// wire/httptracker and wire/udptracker report whether a request is certainly an announce, and where its total is.
// The desk (package announce) has the rules, once for all ways: HTTP, https that is decrypted, the gateway to http and
// udp, datagrams through SOCKS, redelivery. A way carries bytes, and passes the tracker's on to the client before the
// desk learns from them. An exchange that outlasts its client's patience continues on a goroutine of the desk.
//
// # What always holds
//
// Each law, with the tests that check it.
//
//   - Bytes of a request change only through an edit; package httphead names the kinds. Besides an announce's address,
//     only the digits of its total change (TestConversations, TestOnlyTheTotalOfAnAnnounceThroughSOCKSChanges,
//     TestOnlyEightBytesOfAUDPAnnounceChange, and TestOnlyTheDigitsOfUploadedChange with recorded clients).
//   - What is not certainly an announce passes untouched (TestOtherDatagramsPassUntouched, TestPeersPassThroughSOCKSUntouched,
//     TestConversations).
//   - An announce is treated the same by every way: it counts once whatever redirects it, it is sent a second time only if
//     that is safe, and its tracker's failure reason is passed on (TestARedirectedAnnounceCountsOnce,
//     TestARequestIsSentAgainOnlyIfAReusedConnectionEnded, TestATrackersFailureReasonReachesTheClient).
//   - Within a session Reported never falls and is never below Seen; the same announce twice reports the same total
//     (FuzzHistories, TestTheLawsHoldForConcurrentAnnounces, TestNothingIsLostByKills).
//   - A total is written to the journal before it is sent (TestATotalIsRecordedBeforeItIsReported).
//   - The client never waits for our reading of an answer: a way gives it the tracker's bytes first
//     (TestTheClientGetsTheAnswerBeforeTheDesk, TestTheClientGetsTheDatagramBeforeTheDesk).
//   - The announces of a session reach their tracker in the order in which the client sent them, one at a time
//     (TestAnnouncesAreSentInTheOrderTheyArrived, TestEventsOfASessionArriveInTheOrderTheClientSentThem,
//     TestTheNextAnnounceQueuesBehindAnExchangeThatContinues, TestDatagramsOfASessionArriveInOrder).
//   - An event that its tracker has not answered is pending, on the disk, before its client is answered
//     (TestAnEventIsOnTheDiskBeforeItsClientIsAnswered, TestClientsAreServedThroughEveryTrackerFault).
//   - A tracker whose TLS only the client speaks is left to the client
//     (TestATrackerWhoseTLSOnlyTheClientSpeaksIsLeftToTheClient, TestATrackerThatRequiresAClientCertificateIsLeftToTheClient).
//   - Imports only go down; nothing below gui knows Fyne; floors 0 and 1 know no sockets, files or clock
//     (TestPackagesKeepToTheirFloors).
//   - The window has no mutable part of the engine (TestCachedRowsEqualRecomputedRows), and cannot slow it down
//     (TestAtMostFiveSnapshotsASecond, TestASubscriberThatReadsNothingDelaysNoOther). Only one loop uses a page
//     (TestPagesStartNoGoroutine).
//   - Every goroutine has one owner that waits for it; everything stops in limited time (enginetest.CheckGoroutines or
//     Parallel in tests that run an engine, TestTheProgramStopsInOrderOnEitherSignal).
//   - A private torrent is never looked up among strangers, and nothing is sent to the swarm unless the user asks for it
//     (TestAPrivateTorrentIsNeverLookedUp, TestNothingIsSentUnlessTheUserAsks, TestAnUnusedNodeSendsNothing).
//   - A passkey is in no log line, no snapshot and no file name (TestNoPasskeyIsEverShown, TestSecretsAreInNeitherLog).
//
// # Glossary
//
//   - Seen: the client's own upload total, in bytes, as it announces it. Uploaded in the window.
//   - Reported: the total sent to the tracker.
//   - Credit: Reported − Seen, never negative. Added in the window.
//   - Factor: the multiplier on the slider, in thousandths.
//   - Session: one client process sharing one torrent on one tracker. A Torrent (a row) has all sessions of an info hash on a
//     tracker host.
//   - Pending: an announce that its tracker has not received yet; the Spool holds them, the Deliverer sends them.
//   - Away: a tracker that does not answer. Unreachable in the window.
//   - Failure: a tracker's failure reason. Refused by tracker in the window.
//   - Cached: answered by BittOratio from the tracker's last answer.
//   - Duplicate: the same announce twice, within seconds and with nothing of its session in between.
//   - Passthrough: announces only, at 1×.
//   - Interception: decrypting the connection to an https tracker, with consent.
//   - Unfit: a problem with a tracker's TLS that the client may not have, such as a missing certificate of the client. The
//     program then steps Aside: it no longer decrypts connections to that tracker.
//   - Door: a form in which clients connect (HTTP, CONNECT, SOCKS, gateway); all share one port.
//   - Way: carries the bytes of one announce to its tracker and back, for the desk.
//   - Gateway: a tracker's address that leads through BittOratio. A torrent with such addresses is Converted.
//   - Placeholder: a connection id (BEP 15) that BittOratio gives a client in place of a silent tracker.
//   - Swarm: the peers of one torrent. Node: a program that answers in the DHT. Peer: a program that exchanges torrents.
package engine
