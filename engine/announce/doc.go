// Package announce has what decides how one announce proceeds, by whatever way it came: whose turn it is ([Gate]), the
// last good answer of each torrent ([Answers]), which trackers are away ([Health]), and the announces that a tracker has
// not received yet ([Spool]), which a [Deliverer] delivers. It sends through what it is given and opens no socket itself.
package announce
