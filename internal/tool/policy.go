package tool

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Names that stand for several toolsets.
const (
	AllToolsets     = "all"
	DefaultToolsets = "default" // those that are not optional
)

// Policy says which tools the operator switches on. The zero value switches on those of the default toolsets.
type Policy struct {
	Toolsets []string // only these toolsets; a name can stand for several
	Tools    []string // these tools as well, or only these if no toolsets are named
	Exclude  []string // never these tools
	ReadOnly bool     // no tool that changes anything, whatever the fields above say
	Direct   bool     // Gumroad is used without Maton, so the toolset of the Maton account is off
}

// offBy returns what switches a tool off, or "" if it is on.
func (p Policy) offBy(set *Set, t *Tool) string {
	switch {
	case p.Direct && set.Account:
		return "GUMROAD_ACCESS_TOKEN, which uses Gumroad without Maton"
	case p.ReadOnly && t.Effect != Reads:
		return "--read-only"
	case slices.Contains(p.Exclude, t.Name):
		return "--exclude-tools"
	case slices.Contains(p.Tools, t.Name), p.names(set):
		return ""
	case len(p.Tools)+len(p.Toolsets) == 0:
		return "--toolsets, which has to name " + set.Name + " (--toolsets=" + DefaultToolsets + "," + set.Name + ")"
	case len(p.Tools) == 0:
		return "--toolsets, which does not name " + set.Name
	case len(p.Toolsets) == 0:
		return "--tools, which does not name it"
	default:
		return "--toolsets and --tools, which do not name " + set.Name + " or the tool"
	}
}

// names reports whether the policy switches a toolset on.
func (p Policy) names(set *Set) bool {
	wanted := p.Toolsets
	if len(p.Tools)+len(p.Toolsets) == 0 {
		wanted = []string{DefaultToolsets}
	}
	return slices.Contains(wanted, set.Name) || slices.Contains(wanted, AllToolsets) ||
		!set.Optional && slices.Contains(wanted, DefaultToolsets)
}

// normalized returns the policy without the prefix on tool names, which operators may write with or without. It fails
// if a name does not exist; the error's Setting is then the field of settings.Common that has the name.
func (p Policy) normalized(sets []Set, prefix string) (Policy, error) {
	setNames, toolNames := []string{DefaultToolsets, AllToolsets}, []string(nil)
	for _, set := range sets {
		setNames = append(setNames, set.Name)
		for _, t := range set.Tools {
			toolNames = append(toolNames, t.Name)
		}
	}
	check := func(setting string, given, valid []string) ([]string, error) {
		var plain []string
		for _, name := range given {
			name = strings.TrimPrefix(strings.TrimSpace(name), prefix)
			if name == "" {
				continue
			}
			if !slices.Contains(valid, name) {
				return nil, &gumroad.Error{Code: gumroad.InvalidArguments, Setting: setting,
					Message: fmt.Sprintf("there is no %q; the valid names are %s", name, strings.Join(valid, ", "))}
			}
			plain = append(plain, name)
		}
		return plain, nil
	}
	var err error
	if p.Toolsets, err = check("Toolsets", p.Toolsets, setNames); err != nil {
		return p, err
	}
	if p.Tools, err = check("Tools", p.Tools, toolNames); err != nil {
		return p, err
	}
	p.Exclude, err = check("ExcludeTools", p.Exclude, toolNames)
	return p, err
}
