// Command authorities prints Mozilla's list of certificate authorities in PEM. The container image has no other list with
// which to check https trackers. The list is the one in golang.org/x/crypto, at the version in go.mod.
//
//	go run ./packaging/tools/authorities >ca-certificates.crt
package main

import (
	"encoding/pem"
	"fmt"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "authorities:", err)
		os.Exit(1)
	}
}

func run() error {
	fmt.Println("# Mozilla's list of certificate authorities (Mozilla Public License 2.0), from golang.org/x/crypto/x509roots.")
	for root := range bundle.Roots() {
		// Some authorities are trusted only for certificates from before a certain day. PEM cannot express that, so they are
		// left out.
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return err
		}
	}
	return nil
}
