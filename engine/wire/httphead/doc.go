// Package httphead reads the heads of HTTP/1.x messages as bytes and spans (RFC 9112), finds where their bodies end,
// and changes a head by edits. It never builds a head from parsed fields, so everything that is not edited leaves as it
// came: order, case, spacing, escapes.
//
// It is strict with requests, because a proxy and a tracker that disagree about where a message ends can be made to
// disagree about its content. Answers that break HTTP in ways that clients tolerate are corrected as far as RFC 9112
// allows ([Response.Parse]): what is passed on is well formed. This package has no sockets and no clock, and knows
// nothing about trackers.
//
// This program makes three kinds of edit to a request, and no others: the target becomes the tracker's own, in origin
// form, with a Host line that matches ([Request.Forward], [Readdress]); hop-by-hop lines are removed
// ([Request.Forward]); and the digits of `uploaded` change (package httptracker). It makes one to an answer: where a
// tracker redirects a client that came through the gateway, the new address leads through the gateway too
// ([Response.With]).
package httphead
