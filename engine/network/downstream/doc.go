// Package downstream has the client's side of a connection, for the doors and the HTTP way: deadlines that cost few
// timers, refusals with a reason, orderly and abrupt ends, and a check whether the client is still connected. It knows
// nothing about trackers.
package downstream
