// Package httphead reads the heads of HTTP/1.x messages as bytes and spans (RFC 9112), finds where their bodies end,
// and changes a head by edits. It never builds a head from parsed fields, so everything that is not edited leaves as it
// came: order, case, spacing, escapes.
//
// It is strict with requests, because a proxy and a tracker that disagree about where a message ends can be made to
// disagree about what was said. Answers that break HTTP in ways that clients live with are corrected as far as RFC 9112
// allows, and only then ([Response.Parse]): what is passed on is well formed. No sockets, no clock, and nothing about trackers, may enter.
//
// Three kinds of edit are made to a request in this program, and no others: the target becomes the tracker's own, of
// origin-form, with the Host line agreeing ([Request.Forward], [Readdress]), hop-by-hop lines go (in the first of them),
// and the digits of `uploaded` change (package httptracker). One is made to an answer: where a tracker sends on a client
// that came through the gateway, the way leads through it too ([Response.With]).
package httphead
