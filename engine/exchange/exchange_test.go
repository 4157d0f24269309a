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
			t.Errorf("%d is %q", o, o)
		}
	}
}
