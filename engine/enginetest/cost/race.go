//go:build race

package cost

// slower is the factor by which budgets are multiplied.
const slower = 10
