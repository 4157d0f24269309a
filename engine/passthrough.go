package engine

import (
	"bittoratio/engine/report/policy"
)

// SetPassthrough forwards announces at 1×, for a user who wants to stop multiplying while clients still depend on the
// program; with false it multiplies again. The multiplier in the settings and in the window stays. Pass-through lasts
// until the engine stops; the call does nothing while the engine is off.
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

// rulesInForce returns the rules for the reporter; the caller holds mu.
func (e *Engine) rulesInForce() policy.Rules {
	if e.passthrough {
		return policy.Rules{Factor: policy.One}
	}
	s := e.settings.InForce()
	return s.Rules()
}
