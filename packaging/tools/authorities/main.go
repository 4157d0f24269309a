// Command authorities prints the certificate authorities of the web in PEM: what a container that holds nothing else
// checks https trackers against. They are Mozilla's list as golang.org/x/crypto last took it over, so the version in
// go.mod says which.
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
		// Some are trusted only for what they signed before a certain day. PEM cannot express that, so they are left out.
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return err
		}
	}
	return nil
}
