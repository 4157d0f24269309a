package upstream

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// wsaPoll is a function of Windows that package windows does not have.
var wsaPoll = windows.NewLazySystemDLL("ws2_32.dll").NewProc("WSAPoll")

// polled is WSAPOLLFD of winsock2.h.
type polled struct {
	socket        windows.Handle
	asked, answer int16
}

// readable is POLLRDNORM. All other bits of an answer mean an end: POLLERR, POLLHUP, POLLNVAL.
const readable = 0x0100

// glance is look for a socket. There is no way to read from it without waiting, so it is polled first.
func glance(fd uintptr) sight {
	p := polled{socket: windows.Handle(fd), asked: readable}
	n, _, _ := wsaPoll.Call(uintptr(unsafe.Pointer(&p)), 1, 0)
	switch {
	case int32(n) <= 0: // nothing has happened, or nothing is known
		return silent
	case p.answer != readable:
		return closed
	}
	var b [1]byte
	var got, flags uint32 = 0, windows.MSG_PEEK
	err := windows.WSARecv(p.socket, &windows.WSABuf{Len: 1, Buf: &b[0]}, 1, &got, &flags, nil, nil)
	if err == nil && got > 0 {
		return speaking
	}
	return closed
}
