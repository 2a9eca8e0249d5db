//go:build ignore

// Reads a configuration as goreleaser does, to whom an unknown key is an error: FILE
package main

import (
	"fmt"
	"os"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

func main() {
	project, err := config.Load(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, build := range project.Builds {
		fmt.Printf("   ok      %d programs: %v for %v\n", len(build.Goos)*len(build.Goarch), build.Goos, build.Goarch)
	}
}
