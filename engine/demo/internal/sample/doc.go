// Package sample has the clients of the demonstration. They announce invented transfers with the request heads of three
// real clients, and only to the practice tracker of the same process: the address comes from that tracker itself, and
// no option changes it. Only package demo can import this package.
package sample
