package launch

import (
	"strings"
	"testing"
)

func TestTheCommandLineHasProxyAndCertificates(t *testing.T) {
	const bundle = "/it's here/bundle.pem"
	all := All("0.0.0.0:8080", bundle)
	for _, c := range []struct{ key, want string }{
		{"transmission", "http_proxy=http://127.0.0.1:8080 https_proxy=http://127.0.0.1:8080 no_proxy= CURL_CA_BUNDLE={B} PROGRAM"},
		{"qbittorrent", "SSL_CERT_FILE={B} PROGRAM"},
		{"rtorrent", "PROGRAM -o network.http.proxy_address.set=http://127.0.0.1:8080 -o 'network.http.cacert.set=RAW'"},
		{"aria2", "PROGRAM --all-proxy=http://127.0.0.1:8080 --no-proxy= '--ca-certificate=RAW'"},
	} {
		l, ok := Find(all, c.key)
		raw := strings.ReplaceAll(bundle, "'", `'\''`)
		want := strings.NewReplacer("{B}", ShellWord(bundle), "RAW", raw, "PROGRAM", ShellWord(l.Program)).Replace(c.want)
		if got := l.shellCommandOn("linux"); !ok || got != want {
			t.Errorf("the command line for %s is\n%s, want\n%s", c.key, got, want)
		}
	}
	if l, _ := Find(all, "transmission"); l.shellCommandOn("windows") != `set "http_proxy=http://127.0.0.1:8080" & set "https_proxy=http://127.0.0.1:8080" & set "no_proxy=" & set "CURL_CA_BUNDLE=`+bundle+`" & "`+l.Program+`"` {
		t.Errorf("the command line on Windows is %s", l.shellCommandOn("windows"))
	}
	if _, ok := Find(all, "unknown"); ok {
		t.Error("an unknown client is found")
	}
}

func TestWithoutAnAuthorityTheCommandLineNamesNoCertificates(t *testing.T) {
	for _, l := range All("127.0.0.1:8080", "") {
		if line := l.ShellCommand(); strings.Contains(line, "bundle") || strings.Contains(line, "BUNDLE") || !l.Proxied || strings.HasSuffix(line, "-o") {
			t.Errorf("the command line for %s is %s, want it without certificates", l.Key, line)
		}
	}
}
