//go:build race

package cost

// slower is by how much more a budget may be.
const slower = 10
