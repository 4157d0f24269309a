// Package downstream is the client's side of a connection, as the doors and the HTTP way share it: deadlines that cost
// few timers, refusals in words, orderly and disorderly ends, and a check whether the client is still there. It knows
// nothing of trackers.
package downstream
