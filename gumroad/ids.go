package gumroad

import "strings"

// BareID returns an id without the padding ("==") that some versions of Gumroad end it with and others do not. It is the
// key by which records are found in a map.
func BareID(id string) string { return strings.TrimSuffix(id, "==") }

// SameID reports whether two ids name the same record.
func SameID(a, b string) bool { return BareID(a) == BareID(b) }
