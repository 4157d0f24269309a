// Package checks has the five things that private trackers commonly check, as pure rules about consecutive announces of
// a peer. The practice tracker applies them to its peers, and the engine to what it reports itself.
package checks
