package testserver

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

var (
	inTemplate = regexp.MustCompile(`\btool "([^"]*)"`)
	prefixed   = regexp.MustCompile(`\bgumroad_(\w+)`)
	field      = strings.NewReplacer("gumroad_fee", "fee") // a field of sales, not a tool
	aWord      = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)
)

func knownTools() map[string]bool {
	known := map[string]bool{}
	for _, set := range tools.Toolsets() {
		for _, tool := range set.Tools {
			known[tool.Name] = true
		}
	}
	return known
}

// CheckTemplate fails the test if a text's template asks for a tool that does not exist, or names one without asking:
// the prefix is the operator's choice, and so is whether the tool is there.
func CheckTemplate(tb testing.TB, source string) {
	tb.Helper()
	known := knownTools()
	source = field.Replace(source)
	for _, found := range inTemplate.FindAllStringSubmatch(source, -1) {
		if !known[found[1]] {
			tb.Errorf("there is no tool %q", found[1])
		}
	}
	for _, word := range aWord.FindAllString(inTemplate.ReplaceAllString(source, ""), -1) {
		if known[word] {
			tb.Errorf("%s is named without {{tool}}", word)
		}
	}
	if prefixed.MatchString(source) {
		tb.Errorf("%q fixes the prefix", prefixed.FindString(source))
	}
}

// CheckMentions fails the test if a text that clients see mentions a tool that does not exist, or names one without
// its prefix. It returns the tools that are mentioned.
func CheckMentions(tb testing.TB, text string) (mentioned []string) {
	tb.Helper()
	known := knownTools()
	text = field.Replace(text)
	for _, found := range prefixed.FindAllStringSubmatch(text, -1) {
		if mentioned = append(mentioned, found[1]); !known[found[1]] {
			tb.Errorf("there is no tool %s", found[0])
		}
	}
	for _, word := range aWord.FindAllString(text, -1) {
		if known[word] {
			tb.Errorf("%s is named without its prefix", word)
		}
	}
	return mentioned
}
