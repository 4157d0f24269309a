// Package checks has the five things that private trackers commonly look at, as pure rules: what one announce after
// another shows of a peer. The practice tracker judges its peers by them, and the engine judges what it reports itself.
package checks
