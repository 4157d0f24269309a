package localca

import (
	"encoding/pem"
	"syscall"
	"unsafe"
)

// systemRoots returns the authorities of the user's ROOT store, which includes the computer's.
func systemRoots() (all []byte) {
	name, err := syscall.UTF16PtrFromString("ROOT")
	if err != nil {
		return nil
	}
	s, err := syscall.CertOpenSystemStore(0, name)
	if err != nil {
		return nil
	}
	defer func() { _ = syscall.CertCloseStore(s, 0) }()
	var c *syscall.CertContext
	for {
		if c, err = syscall.CertEnumCertificatesInStore(s, c); err != nil || c == nil {
			return all
		}
		der := append([]byte(nil), unsafe.Slice(c.EncodedCert, c.Length)...)
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
}
