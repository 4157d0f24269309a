// Package engine is the whole program but its window.
package engine
