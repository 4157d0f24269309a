// Package chart draws charts: widgets that are given numbers and words, over scales that are pure functions. It must
// know neither what the numbers mean nor the engine.
package chart
