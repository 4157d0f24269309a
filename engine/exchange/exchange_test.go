package exchange_test

import (
	"testing"

	"bittoratio/engine/exchange"
)

func TestOutcomeNamesAreThoseOfTheLog(t *testing.T) {
	for o, want := range map[exchange.Outcome]string{
		exchange.OutcomeForwarded: "forwarded", exchange.OutcomeCached: "cached", exchange.OutcomeFailed: "failed", exchange.OutcomePassed: "passed", exchange.OutcomeRefused: "refused",
	} {
		if o.String() != want {
			t.Errorf("outcome %d is named %q, want %q", o, o, want)
		}
	}
}
