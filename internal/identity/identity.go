// Package identity is what the project is called. It follows from the module path in go.mod.
package identity

import (
	"reflect"
	"strings"
)

type here struct{}

// Module is the module path.
func Module() string {
	return strings.TrimSuffix(reflect.TypeFor[here]().PkgPath(), "/internal/identity")
}

// Website is where the project lives.
func Website() string { return "https://" + Module() }
