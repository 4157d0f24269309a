package engine

import (
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/report"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
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
	ProblemUDP       = exchange.ProblemUDP

	NotRefused         = intercept.NotRejected
	RefusedCertificate = intercept.RejectedCertificate
	RefusedSilently    = intercept.RejectedSilently
	RefusedVersion     = intercept.RejectedVersion
)

// Noticed is what a torrent's tracker could notice of it.
type Noticed = report.Noticed

// Factor is by how much new upload is multiplied, in thousandths (1000 to 100000).
type Factor = policy.Factor

// One is the factor that changes nothing; MaxFactor the largest.
const (
	One       = policy.One
	MaxFactor = policy.MaxFactor
)

// Ratio is upload by download, in thousandths (100 to 1000000); 0 is none.
type Ratio = policy.Ratio

// TrackerRule is what applies to one tracker: a factor in place of the one for all, a ceiling in bytes per second beside
// the one for the whole line, a ratio to stop at in place of the one for all. A field that is zero says nothing.
type TrackerRule = policy.TrackerRule

// ParseRatio reads a decimal from 0.1 to 1000, or 0, as people type it.
func ParseRatio(s string) (Ratio, error) { return policy.ParseRatio(s) }

// ParseFactor reads a decimal from 1 to 100 as people type it.
func ParseFactor(s string) (Factor, error) { return policy.ParseFactor(s) }

// Words of the settings, for the window.
type (
	Settings       = settings.Settings
	WindowSettings = settings.Window
	SettingsError  = settings.Error

	SettingsSyntaxError = settings.SyntaxError
	SettingsSlip        = settings.Slip
)

// What a [SettingsSyntaxError] is about.
const (
	SlipOther    = settings.SlipOther
	SlipEmpty    = settings.SlipEmpty
	SlipEncoding = settings.SlipEncoding
	SlipComment  = settings.SlipComment
	SlipComma    = settings.SlipComma
	SlipUnshut   = settings.SlipUnshut
)

// DefaultSettings are those of a first run.
func DefaultSettings() Settings { return settings.Default() }
