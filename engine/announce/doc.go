// Package announce decides how one announce proceeds, whichever way it came. A [Desk] carries each through the same
// steps: its turn in the session ([Gate]), the total, whether the tracker is away ([Health]), the pending announces
// that must arrive first ([Spool], which a [Deliverer] delivers), and the exchange by a [Way]. At the end it learns
// from the answer ([Answers]), or answers in the tracker's place. It opens no socket, and all its time is that of
// package time, so that its tests run in a bubble of fake time.
package announce
