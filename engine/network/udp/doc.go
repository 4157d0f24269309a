// Package udp has the sockets that the DHT and µTP share, one per address family and both on one port, as in clients. A
// datagram that begins with 'd' belongs to the DHT, any other to µTP. The package decides which addresses are never
// sent to and never believed ([Filter]), keeps to the interface that the user chose ([Bind]), and limits how many
// datagrams leave ([Pace]).
//
// The contents of datagrams do not belong here.
package udp
