// Package udp has the sockets that the DHT and µTP share, one for each address family, so that both have one port, as
// clients do it. A datagram that begins with 'd' belongs to the DHT, any other to µTP. The package decides which
// addresses are never sent to and never believed ([Filter]), keeps to the interface that the user chose ([Bind]), and
// counts how many datagrams may leave ([Pace]).
//
// What a datagram contains does not belong here.
package udp
