//go:build !unix

package cli

// discardTyped does nothing: lines that are waiting at the terminal cannot be told from those that are typed now.
func discardTyped() {}
