package engine

import (
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/intercept"
)

// The words of an [Entry], for the window, which names no package below the engine.
const (
	KindAnnounce    = exchange.KindAnnounce
	KindScrape      = exchange.KindScrape
	KindRedelivered = exchange.KindRedelivered
	KindPassed      = exchange.KindPassed
	KindTunnel      = exchange.KindTunnel
	KindRefused     = exchange.KindRefused

	OutcomeForwarded = exchange.OutcomeForwarded
	OutcomeCached    = exchange.OutcomeCached
	OutcomeFailed    = exchange.OutcomeFailed
	OutcomePassed    = exchange.OutcomePassed
	OutcomeRefused   = exchange.OutcomeRefused

	ReasonNone       = exchange.ReasonNone
	ReasonNew        = exchange.ReasonNew
	ReasonRestart    = exchange.ReasonRestart
	ReasonMultiplied = exchange.ReasonMultiplied
	ReasonSame       = exchange.ReasonSame
	ReasonStale      = exchange.ReasonStale
	ReasonCeiling    = exchange.ReasonCeiling
	ReasonDisk       = exchange.ReasonDisk
	ReasonLimit      = exchange.ReasonLimit
	ReasonRatio      = exchange.ReasonRatio
	ReasonNoSize     = exchange.ReasonNoSize
	ReasonTracker    = exchange.ReasonTracker

	ProblemNone      = exchange.ProblemNone
	ProblemDNS       = exchange.ProblemDNS
	ProblemRefused   = exchange.ProblemRefused
	ProblemTimeout   = exchange.ProblemTimeout
	ProblemTLS       = exchange.ProblemTLS
	ProblemReset     = exchange.ProblemReset
	ProblemProtocol  = exchange.ProblemProtocol
	ProblemStatus    = exchange.ProblemStatus
	ProblemAway      = exchange.ProblemAway
	ProblemSyntax    = exchange.ProblemSyntax
	ProblemLoop      = exchange.ProblemLoop
	ProblemPort      = exchange.ProblemPort
	ProblemAnswer    = exchange.ProblemAnswer
	ProblemBusy      = exchange.ProblemBusy
	ProblemGivenUp   = exchange.ProblemGivenUp
	ProblemUntrusted = exchange.ProblemUntrusted
	ProblemNoRoute   = exchange.ProblemNoRoute

	NotRefused         = intercept.NotRejected
	RefusedCertificate = intercept.RejectedCertificate
	RefusedSilently    = intercept.RejectedSilently
	RefusedVersion     = intercept.RejectedVersion
)
