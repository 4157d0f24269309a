package exchange_test

import (
	"fmt"
	"strings"
	"testing"

	"bittoratio/engine/exchange"
)

const passkey = "0123456789abcdef0123456789abcdef"

func heads() *exchange.Heads {
	const tail = " HTTP/1.1\r\nHost: t.example\r\nUser-Agent: Transmission/4.1\r\nCookie: uid=" + passkey + "\r\nX-Key: " + passkey + "\r\n\r\n"
	const query = "?info_hash=%01%02&uploaded=%s&left=0&key=" + passkey + "&auth=" + passkey + "&" + passkey + "&numwant=80"
	request := func(uploaded string) []byte {
		return []byte("GET http://t.example/" + passkey + "/announce" + strings.Replace(query, "%s", uploaded, 1) + tail)
	}
	return exchange.NewHeads(request("1000"), request("3000"), []byte("HTTP/1.1 302 Found\r\nLocation: http://t.example/"+passkey+"/announce\r\nServer: nginx\r\n\r\n"))
}

func TestHeadsShowThePasskeyOnlyOnRequest(t *testing.T) {
	h := heads()
	client, sent, answer := h.Masked()
	for name, s := range map[string]string{
		"client": client, "sent": sent, "answer": answer, "verb": fmt.Sprintf("%v %+v %#v %s", h, h, h, h), "params": fmt.Sprint(h.Params()),
	} {
		if strings.Contains(s, passkey[:8]) {
			t.Errorf("%s shows the passkey: %s", name, s)
		}
	}
	for _, want := range []string{"GET http://t.example/…/announce?info_hash=%01%02&uploaded=1000&left=0&key=…&auth=…&…&numwant=80 HTTP/1.1\r\n", "User-Agent: Transmission/4.1\r\n", "Host: t.example\r\n", "Cookie: …\r\n"} {
		if !strings.Contains(client, want) {
			t.Errorf("the client's head does not have %q:\n%s", want, client)
		}
	}
	if client, _, answer := h.Secret(); !strings.Contains(client, passkey) || !strings.Contains(answer, passkey) {
		t.Error("Secret does not return the passkeys")
	}
}

func TestParamsShowWhatChanged(t *testing.T) {
	for _, p := range heads().Params() {
		if changed := p.Client != p.Sent; changed != (p.Name == "uploaded") {
			t.Errorf("parameter %+v is changed, want only uploaded changed", p)
		}
	}
	if p := exchange.NewHeads(nil, nil, nil).Params(); len(p) != 0 {
		t.Errorf("the parameters of no heads are %v, want none", p)
	}
}

// FuzzMaskedHeadsHideThePasskey: the mask hides everything that it does not understand.
func FuzzMaskedHeadsHideThePasskey(f *testing.F) {
	f.Add("GET /", "/announce?x=", " HTTP/1.1\r\nHost: ", "\r\n\r\n")
	f.Add("HTTP/1.1 200 ", "\r\nLocation: ", "\n\n", "")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		for _, ours := range []string{"info_hash", "peer_id"} {
			if strings.Contains(a+b+c+d, ours) {
				return
			}
		}
		raw := []byte("GET /" + passkey + "/announce?" + strings.Map(noSpace, b) + "=" + passkey + "&" + strings.Map(noSpace, c) + passkey + " HTTP/1.1\r\nX-" + strings.Map(token, a) + ": " + passkey + "\r\n\r\n")
		if client, _, _ := exchange.NewHeads(raw, nil, nil).Masked(); strings.Contains(client, passkey) {
			t.Errorf("the masked form of %q shows the passkey: %q", raw, client)
		}
	})
}

func noSpace(r rune) rune {
	if r <= ' ' || strings.ContainsRune("=&?/:@#", r) {
		return -1
	}
	return r
}

func token(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}
