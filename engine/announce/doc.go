// Package announce decides how each announce proceeds, by whichever way it came. A [Desk] takes all of them through the
// same steps: the turn in the session ([Gate]), the total, whether the tracker is away ([Health]), the pending
// announces that must arrive first ([Spool], which a [Deliverer] delivers), and the exchange by a [Way]. Then it learns
// from the answer ([Answers]), or answers in place of the tracker. It opens no socket, and takes all time from package
// time, so that its tests run in a bubble with its own time.
package announce
