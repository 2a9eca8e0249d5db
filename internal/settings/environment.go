package settings

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// prefix is what the variables begin with that have no older name.
const prefix = "GUMROAD_MCP"

// matonPrefix is what the variables begin with that Maton's own programs know, too.
const matonPrefix = "MATON_"

// Environment holds the variables that are set, by name.
type Environment map[string]string

// unsubstituted is what a client passes where nobody filled in its placeholder, such as ${user_config.maton_key}.
var unsubstituted = regexp.MustCompile(`^\s*\$\{[^{}]*\}\s*$`)

// NewEnvironment returns the variables of a process, given as NAME=value. An empty value counts as unset, and so does a
// placeholder that was not replaced: clients pass both for what a person left out.
func NewEnvironment(environ []string) Environment {
	e := Environment{}
	for _, variable := range environ {
		if name, value, _ := strings.Cut(variable, "="); value != "" && !unsubstituted.MatchString(value) {
			e[name] = value
		}
	}
	return e
}

// Unfilled returns the names of variables for this program that hold a placeholder instead of a value.
func Unfilled(environ []string) (names []string) {
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		ours := strings.HasPrefix(name, "GUMROAD_") || strings.HasPrefix(name, matonPrefix)
		if ours && unsubstituted.MatchString(value) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Get returns the value of a variable, or "".
func (e Environment) Get(name string) string { return e[name] }

// first returns the first of the variables that is set.
func (e Environment) first(names []string) (name, value string) {
	for _, name := range names {
		if value := e[name]; value != "" {
			return name, value
		}
	}
	return "", ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// resolve gives kong the value of a flag that the command line does not have. Its error names the variable at fault.
func (e Environment) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name, value := e.first(flag.Envs)
	if name == "" {
		return nil, nil
	}
	if flag.IsSlice() && flag.Tag.Type == "path" && isDir(value) {
		value = kong.JoinEscaped([]string{value}, flag.Tag.Sep) // a person chose it in a form, which escapes no comma
	}
	trial := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Parse(kong.Scan().PushTyped(value, kong.FlagValueToken), trial); err != nil {
		return nil, fmt.Errorf("%s: %w", name, errors.Unwrap(err))
	}
	if allowed := flag.EnumSlice(); flag.Enum != "" && !slices.Contains(allowed, value) {
		return nil, fmt.Errorf("%s: %q is not one of %s", name, value, strings.Join(allowed, ", "))
	}
	return value, nil
}

// Check refuses a variable that is no setting although it has the prefix of settings: a misspelt --read-only would leave
// every tool on. Other programs may have variables with Maton's prefix, so of those it refuses what is close to a setting.
func (e Environment) Check() error {
	var wrong []string
	for _, prefix := range []string{prefix + "_", matonPrefix} {
		var given []string
		for name, value := range e {
			if own, ok := strings.CutPrefix(name, prefix); ok && !ofService(name, value) {
				given = append(given, own)
			}
		}
		if len(given) == 0 { // most often; the list of what is known takes half a millisecond of reflection
			continue
		}
		var known []string
		for _, s := range Of(&Common{}, &HTTP{}) {
			for _, name := range s.Variables {
				if own, ok := strings.CutPrefix(name, prefix); ok {
					known = append(known, own)
				}
			}
		}
		for _, own := range given {
			name := prefix + own
			switch meant := tool.Nearest(own, known); {
			case slices.Contains(known, own):
			case meant != "":
				wrong = append(wrong, fmt.Sprintf("%s is not a setting; did you mean %s?", name, prefix+meant))
			case prefix != matonPrefix:
				wrong = append(wrong, fmt.Sprintf("%s is not a setting; `gumroad-mcp http --help` lists them all", name))
			}
		}
	}
	slices.Sort(wrong)
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "\n"))
	}
	return nil
}

var (
	serviceAddress = regexp.MustCompile(`_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$`)
	serviceLink    = regexp.MustCompile(`^(tcp|udp|sctp)://`) // value of a Service's …_PORT
)

// ofService reports whether Kubernetes sets the variable: it tells every pod the address of each Service, under the
// Service's name, which may well be gumroad-mcp.
func ofService(name, value string) bool {
	return serviceAddress.MatchString(name) || strings.HasSuffix(name, "_PORT") && serviceLink.MatchString(value)
}
