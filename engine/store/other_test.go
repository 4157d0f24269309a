//go:build !unix

package store_test

var systemRoles = map[string]func(folder string){}
