package engine

import (
	"bittoratio/engine/report/policy"
)

// SetPassthrough lets clients go on reaching their trackers through here with nothing multiplied, for those who want the
// program out of the way while clients are pointed at it; false multiplies again. The chosen multiplier stays what it
// is, in the settings and in the window. It holds until the engine stops, and does nothing while it is off.
func (e *Engine) SetPassthrough(passthrough bool) {
	e.mu.Lock()
	passthrough = passthrough && e.run != nil
	changed := passthrough != e.passthrough
	e.passthrough = passthrough
	e.mu.Unlock()
	if !changed {
		return
	}
	e.setRules()
	if passthrough {
		e.log.Info("forwarding at 1x: nothing is multiplied")
	} else {
		e.log.Info("multiplying again")
	}
	e.publish.Mark()
}

// rulesInForce are what the reporter obeys; the caller holds mu.
func (e *Engine) rulesInForce() policy.Rules {
	if e.passthrough {
		return policy.Rules{Factor: policy.One}
	}
	s := e.settings.InForce()
	return s.Rules()
}
