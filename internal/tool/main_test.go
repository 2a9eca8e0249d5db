package tool_test

import (
	"flag"
	"os"
	"testing"
)

// Every check of a property here runs a server; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
