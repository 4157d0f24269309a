// Package chart draws figures: widgets that are given numbers and words, over scales that are pure functions. What the
// numbers mean must not enter here, nor the engine.
package chart
