package schemas_test

import (
	"bytes"
	"encoding/json"
	"maps"
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

// listTools lists every tool, unless change leaves some out.
func listTools(t testing.TB, change ...func(*testserver.Settings)) []mcp.Tool {
	t.Helper()
	all := func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{tool.AllToolsets} }
	answer, err := testserver.Start(t, append([]func(*testserver.Settings){all}, change...)...).ListTools(t.Context(), mcp.ListToolsRequest{})
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

// TestGolden compares what clients see with golden/.
func TestGolden(t *testing.T) {
	var generated []string
	for _, listed := range listTools(t) {
		name := strings.TrimPrefix(listed.Name, tool.DefaultPrefix)
		path := filepath.Join("golden", name+".json")
		generated = append(generated, path)
		t.Run(name, func(t *testing.T) {
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, compact(t, listed), "", "  "); err != nil {
				t.Fatal(err)
			}
			testserver.Golden(t, path, pretty.String()+"\n")
		})
	}
	testserver.OnlyGoldens(t, "golden/*.json", generated)
}

// TestRules checks what every tool of the live list keeps.
func TestRules(t *testing.T) {
	for _, listed := range listTools(t) {
		t.Run(listed.Name, func(t *testing.T) {
			var seen seenTool
			if err := json.Unmarshal(compact(t, listed), &seen); err != nil {
				t.Fatal(err)
			}
			for rule, check := range rules {
				t.Run(rule, func(t *testing.T) { check(t, seen) })
			}
		})
	}
}

// seenTool is a tool as a client reads it.
type seenTool struct {
	Name        string             `json:"name"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Input       map[string]any     `json:"inputSchema"`
	Output      map[string]any     `json:"outputSchema"`
	Annotations mcp.ToolAnnotation `json:"annotations"`
}

var toolName = regexp.MustCompile(`^gumroad_[a-z_]{3,32}$`)

var rules = map[string]func(*testing.T, seenTool){
	"its name is short, and prefixed": func(t *testing.T, seen seenTool) {
		if !toolName.MatchString(seen.Name) {
			t.Errorf("want %s", toolName)
		}
	},
	"it is described in a short sentence": func(t *testing.T, seen seenTool) {
		if seen.Title == "" || !strings.HasSuffix(seen.Description, ".") || len(seen.Description) > 200 {
			t.Errorf("title %q, description %q", seen.Title, seen.Description)
		}
	},
	"every annotation is given": func(t *testing.T, seen seenTool) {
		a := seen.Annotations
		for name, hint := range map[string]*bool{
			"readOnly": a.ReadOnlyHint, "destructive": a.DestructiveHint,
			"idempotent": a.IdempotentHint, "openWorld": a.OpenWorldHint,
		} {
			if hint == nil {
				t.Errorf("%sHint is left to the client's pessimism", name)
			}
		}
	},
	"what only reads does not destroy": func(t *testing.T, seen seenTool) {
		a := seen.Annotations
		if a.ReadOnlyHint != nil && a.DestructiveHint != nil && *a.ReadOnlyHint && *a.DestructiveHint {
			t.Error("it is read-only and destructive at once")
		}
	},
	"the input is a closed object": func(t *testing.T, seen seenTool) {
		got := []any{seen.Input["type"], seen.Input["additionalProperties"]}
		if diff := cmp.Diff([]any{"object", false}, got); diff != "" {
			t.Errorf("type and additionalProperties (-want +got):\n%s", diff)
		}
	},
	"the output is an open object": func(t *testing.T, seen seenTool) {
		got := []any{seen.Output["type"], seen.Output["additionalProperties"]}
		if diff := cmp.Diff([]any{"object", nil}, got); diff != "" {
			t.Errorf("type and additionalProperties (-want +got):\n%s", diff)
		}
	},
	"nothing is referred to or left undescribed": func(t *testing.T, seen seenTool) {
		walk(t, "input", seen.Input)
		walk(t, "output", seen.Output)
	},
	"an error fits the output": func(t *testing.T, seen seenTool) { // or the official clients would hide it
		if required, _ := seen.Output["required"].([]any); len(required) > 0 {
			t.Errorf("it requires %v", required)
		}
		properties, _ := seen.Output["properties"].(map[string]any)
		for name, want := range map[string]string{
			"code": "string", "message": "string", "hint": "string", "retryable": "boolean", "changed": "string",
			"confirm_token": "string", "connection_id": "string", "url": "string",
		} {
			if schema, taken := properties[name].(map[string]any); taken && schema["type"] != want {
				t.Errorf("%s is %v where an error's is a %s", name, schema["type"], want)
			}
		}
	},
	"it has no keyword that clients cannot convert": func(t *testing.T, seen seenTool) {
		for _, schema := range []map[string]any{seen.Input, seen.Output} {
			text := string(compact(t, schema))
			for _, keyword := range []string{"format", "default", "maxLength", "pattern"} {
				if regexp.MustCompile(`"` + keyword + `":[^{]`).MatchString(text) { // a property can have such a name
					t.Errorf("%s in %s", keyword, text)
				}
			}
		}
	},
	"every argument is described": func(t *testing.T, seen seenTool) {
		for argument, schema := range seen.Input["properties"].(map[string]any) {
			if text, _ := schema.(map[string]any)["description"].(string); text == "" {
				t.Errorf("%s is not", argument)
			}
		}
	},
}

func walk(t *testing.T, path string, value any) {
	t.Helper()
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
	defaultBudget = 7_000
	allBudget     = 13_000
	meanBudget    = 110
	toolBudget    = 330
)

func TestSize(t *testing.T) {
	model, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]int{}
	sum := func(listed []mcp.Tool) (sum int) {
		for _, one := range listed {
			schema := []byte(one.RawInputSchema)
			if len(schema) == 0 {
				schema = compact(t, one.InputSchema)
			}
			count, err := model.Count(one.Name + one.Description + string(schema))
			if err != nil {
				t.Fatal(err)
			}
			tokens[one.Name] = count
			sum += count
		}
		return sum
	}
	all := sum(listTools(t))
	for _, name := range slices.SortedFunc(maps.Keys(tokens), func(a, b string) int { return tokens[b] - tokens[a] }) {
		t.Logf("%5d %s", tokens[name], name)
		if tokens[name] > toolBudget {
			t.Errorf("%s costs %d tokens (budget %d)", name, tokens[name], toolBudget)
		}
	}
	mean := float64(all) / float64(len(tokens))
	usual := sum(listTools(t, func(s *testserver.Settings) { s.Tools.Policy = tool.Policy{} }))
	t.Logf("%d tools: %d tokens, mean %.1f; those of the default toolsets %d", len(tokens), all, mean, usual)
	if all > allBudget || usual > defaultBudget || mean > meanBudget {
		t.Errorf("all cost %d tokens (budget %d), the default ones %d (budget %d), one %.1f (budget %d)",
			all, allBudget, usual, defaultBudget, mean, meanBudget)
	}
}

// TestEveryToolIsListed compares the live list with the tables.
func TestEveryToolIsListed(t *testing.T) {
	for _, test := range []struct {
		name   string
		policy tool.Policy
		listed func(tool.Tool) bool
	}{
		{"all of them", tool.Policy{Toolsets: []string{tool.AllToolsets}}, func(tool.Tool) bool { return true }},
		{"read-only, those that read", tool.Policy{Toolsets: []string{tool.AllToolsets}, ReadOnly: true},
			func(row tool.Tool) bool { return row.Effect == tool.Reads }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want, got []string
			for _, set := range tools.Toolsets() {
				for _, row := range set.Tools {
					if test.listed(row) {
						want = append(want, tool.DefaultPrefix+row.Name)
					}
				}
			}
			slices.Sort(want)
			for _, listed := range listTools(t, func(s *testserver.Settings) { s.Tools.Policy = test.policy }) {
				got = append(got, listed.Name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("tools (-want +got):\n%s", diff)
			}
		})
	}
}
