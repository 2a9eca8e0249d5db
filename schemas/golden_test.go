package schemas_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tiktoken-go/tokenizer"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// UPDATE_GOLDEN=1 go test ./schemas rewrites what clients see; review the difference.
var update = os.Getenv("UPDATE_GOLDEN") != ""

func listTools(t testing.TB) []mcp.Tool {
	t.Helper()
	answer, err := testserver.Start(t).ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Tools
}

// compact is the tool as it stands in tools/list.
func compact(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

func TestGolden(t *testing.T) {
	expected := map[string]bool{}
	for _, listed := range listTools(t) {
		path := filepath.Join("golden", strings.TrimPrefix(listed.Name, tool.DefaultPrefix)+".json")
		expected[path] = true
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, compact(t, listed), "", "  "); err != nil {
			t.Fatal(err)
		}
		pretty.WriteByte('\n')
		if update {
			if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%s has no golden file; run with UPDATE_GOLDEN=1 and review it", listed.Name)
			continue
		}
		if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
			t.Errorf("%s changed (-golden +now):\n%s", listed.Name, diff)
		}
	}
	files, err := filepath.Glob("golden/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if !expected[path] {
			t.Errorf("%s belongs to no tool", path)
		}
	}
}

// TestRules checks what every schema of the live list keeps.
func TestRules(t *testing.T) {
	name := regexp.MustCompile(`^gumroad_[a-z_]{3,32}$`)
	for _, listed := range listTools(t) {
		t.Run(listed.Name, func(t *testing.T) {
			var seen struct {
				Title       string             `json:"title"`
				Description string             `json:"description"`
				Input       map[string]any     `json:"inputSchema"`
				Output      map[string]any     `json:"outputSchema"`
				Annotations mcp.ToolAnnotation `json:"annotations"`
			}
			if err := json.Unmarshal(compact(t, listed), &seen); err != nil {
				t.Fatal(err)
			}
			if !name.MatchString(listed.Name) {
				t.Errorf("name %q", listed.Name)
			}
			if seen.Title == "" || !strings.HasSuffix(seen.Description, ".") || len(seen.Description) > 200 {
				t.Errorf("title %q, description %q", seen.Title, seen.Description)
			}
			if a := seen.Annotations; a.ReadOnlyHint == nil || a.DestructiveHint == nil || a.IdempotentHint == nil || a.OpenWorldHint == nil {
				t.Error("an annotation is left to the client's pessimism")
			} else if *a.ReadOnlyHint && *a.DestructiveHint {
				t.Error("read-only and destructive at once")
			}
			if seen.Input["additionalProperties"] != false {
				t.Error("the input is open")
			}
			if _, closed := seen.Output["additionalProperties"]; closed {
				t.Error("the output is closed")
			}
			for what, schema := range map[string]map[string]any{"input": seen.Input, "output": seen.Output} {
				if schema["type"] != "object" {
					t.Errorf("%s: the root is no object", what)
				}
				walk(t, what, schema)
			}
			if required, _ := seen.Output["required"].([]any); len(required) > 0 {
				t.Error("an error result would not fit the output schema, and the official clients would hide it")
			}
			for _, name := range []string{"code", "message", "hint", "retryable", "changed", "confirm_token", "connection_id", "url"} {
				schema, taken := seen.Output["properties"].(map[string]any)[name].(map[string]any)
				if want := map[bool]string{true: "boolean", false: "string"}[name == "retryable"]; taken && schema["type"] != want {
					t.Errorf("the output's %s is no %s, as an error's is", name, want)
				}
			}
			for argument, schema := range seen.Input["properties"].(map[string]any) {
				if text, _ := schema.(map[string]any)["description"].(string); text == "" {
					t.Errorf("argument %s has no description", argument)
				}
			}
		})
	}
}

func walk(t *testing.T, path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if key == "$ref" || key == "$defs" || key == "$schema" || key == "$id" {
				t.Errorf("%s has %s", path, key)
			}
			if inner == true {
				t.Errorf("%s.%s is a bare true", path, key)
			}
			walk(t, path+"."+key, inner)
		}
	case []any:
		for _, inner := range value {
			walk(t, path+"[]", inner)
		}
	}
}

// Budgets of what a model pays for the list, in o200k tokens of name, description and input schema.
const (
	wholeBudget = 7_000
	meanBudget  = 110
	toolBudget  = 330
)

func TestSize(t *testing.T) {
	model, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]int{}
	sum := 0
	for _, listed := range listTools(t) {
		schema := []byte(listed.RawInputSchema)
		if len(schema) == 0 {
			schema = compact(t, listed.InputSchema)
		}
		count, err := model.Count(listed.Name + listed.Description + string(schema))
		if err != nil {
			t.Fatal(err)
		}
		tokens[listed.Name] = count
		sum += count
		if count > toolBudget {
			t.Errorf("%s costs %d tokens (budget %d)", listed.Name, count, toolBudget)
		}
	}
	names := slices.SortedFunc(maps.Keys(tokens), func(a, b string) int { return tokens[b] - tokens[a] })
	for _, name := range names {
		t.Logf("%5d %s", tokens[name], name)
	}
	mean := float64(sum) / float64(len(tokens))
	t.Logf("%d tools: %d tokens, mean %.1f", len(tokens), sum, mean)
	if sum > wholeBudget || mean > meanBudget {
		t.Errorf("the list costs %d tokens (budget %d), %.1f a tool (budget %d)", sum, wholeBudget, mean, meanBudget)
	}
}

// TestEveryToolIsListed compares the live list with the tables, under the policies that hide tools.
func TestEveryToolIsListed(t *testing.T) {
	var all, reading []string
	for _, set := range tools.Toolsets() {
		for _, row := range set.Tools {
			all = append(all, tool.DefaultPrefix+row.Name)
			if row.Effect == tool.Reads {
				reading = append(reading, tool.DefaultPrefix+row.Name)
			}
		}
	}
	names := func(list []mcp.Tool) []string {
		var names []string
		for _, listed := range list {
			names = append(names, listed.Name)
		}
		return names
	}
	slices.Sort(all)
	if diff := cmp.Diff(all, names(listTools(t))); diff != "" {
		t.Error(diff)
	}
	readOnly := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true })
	answer, err := readOnly.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(reading)
	if diff := cmp.Diff(reading, names(answer.Tools)); diff != "" {
		t.Error(diff)
	}
}
