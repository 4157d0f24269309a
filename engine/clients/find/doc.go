// Package find finds the BitTorrent clients that are installed or run on this computer, with their versions, and says
// which way of bringing each here fits its version.
//
// It only reads: package lists, bundles, services, processes and settings files. The one thing it runs is a program's
// own --version, and only one that the system's owner installed, for two seconds at most, and never as root. What a
// client's programs and packages are called, package clients knows.
package find
