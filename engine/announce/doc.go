// Package announce decides how one announce proceeds, by whatever way it came. A [Desk] carries each through the same
// steps: its turn in the session ([Gate]), the total, whether the tracker is away ([Health]), what the tracker must receive
// first ([Spool], which a [Deliverer] delivers), the exchange by a [Way], and afterwards what the answer teaches ([Answers])
// or what the client is given in its place. It opens no socket, and all its time is that of package time, so that its tests
// run in a bubble of fake time.
package announce
