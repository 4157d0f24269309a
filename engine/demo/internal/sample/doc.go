// Package sample holds the clients of the demonstration. They announce invented transfers with the request heads of
// three real clients, to the practice tracker of the same process and to no other: the address comes from that tracker
// itself, and there is no option for another. Only package demo can import it.
package sample
