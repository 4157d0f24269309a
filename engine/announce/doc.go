// Package outage is what keeps a client calm and loses nothing while a tracker does not answer: the last good answer
// of each torrent ([Answers]), which trackers are away ([Health]), and the announces a tracker has not heard yet
// ([Spool]), which a [Courier] delivers. It sends through a function it is given and opens no socket itself.
package outage
