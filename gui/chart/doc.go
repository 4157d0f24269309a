// Package chart draws charts: lines over time, bars, and a ring. The widgets get numbers and words from the page, and
// their scales are pure functions. The package does not know what the numbers mean, and does not know the engine.
package chart
