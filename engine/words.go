package engine

import (
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/report/activity"
)

// The words of an [Entry], for the window, which names no package below the engine.
const (
	KindAnnounce    = activity.Announce
	KindScrape      = activity.Scrape
	KindRedelivered = activity.Redelivered
	KindPassed      = activity.Passed
	KindTunnel      = activity.Tunnel
	KindRefused     = activity.Refused

	OutcomeForwarded = activity.Forwarded
	OutcomeCached    = activity.Cached
	OutcomeFailed    = activity.Failed
	OutcomePassed    = activity.Untouched
	OutcomeRefused   = activity.Denied

	ReasonNone       = activity.ReasonNone
	ReasonNew        = activity.ReasonNew
	ReasonRestart    = activity.ReasonRestart
	ReasonMultiplied = activity.ReasonMultiplied
	ReasonSame       = activity.ReasonSame
	ReasonStale      = activity.ReasonStale
	ReasonCeiling    = activity.ReasonCeiling
	ReasonDisk       = activity.ReasonDisk
	ReasonLimit      = activity.ReasonLimit
	ReasonRatio      = activity.ReasonRatio
	ReasonNoSize     = activity.ReasonNoSize
	ReasonTracker    = activity.ReasonTracker

	ProblemNone      = activity.ProblemNone
	ProblemDNS       = activity.ProblemDNS
	ProblemRefused   = activity.ProblemRefused
	ProblemTimeout   = activity.ProblemTimeout
	ProblemTLS       = activity.ProblemTLS
	ProblemReset     = activity.ProblemReset
	ProblemProtocol  = activity.ProblemProtocol
	ProblemStatus    = activity.ProblemStatus
	ProblemAway      = activity.ProblemAway
	ProblemSyntax    = activity.ProblemSyntax
	ProblemLoop      = activity.ProblemLoop
	ProblemPort      = activity.ProblemPort
	ProblemAnswer    = activity.ProblemAnswer
	ProblemBusy      = activity.ProblemBusy
	ProblemGivenUp   = activity.ProblemGivenUp
	ProblemUntrusted = activity.ProblemUntrusted
	ProblemNoRoute   = activity.ProblemNoRoute

	NotRefused         = intercept.NotRejected
	RefusedCertificate = intercept.RejectedCertificate
	RefusedSilently    = intercept.RejectedSilently
	RefusedVersion     = intercept.RejectedVersion
)
