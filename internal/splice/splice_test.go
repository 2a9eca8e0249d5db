package splice_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/splice"
)

// entry is a value such as clients keep.
type entry struct {
	Command string            `json:"command" toml:"command" yaml:"command"`
	Args    []string          `json:"args,omitempty" toml:"args,omitempty" yaml:"args,omitempty"`
	Env     map[string]string `json:"env,omitempty" toml:"env,omitempty" yaml:"env,omitempty"`
}

var (
	servers = []string{"servers", "ours"}
	small   = entry{Command: "run"}
	large   = entry{Command: "run", Args: []string{"--a"}, Env: map[string]string{"K": "v"}}
)

// TestSet shows what a text becomes when an entry is set, and that removing it gives the text back.
func TestSet(t *testing.T) {
	for _, test := range []struct {
		name          string
		format        splice.Format
		value         entry
		before, after string
		removed       string // if it is not the text before
	}{
		{"an empty file", splice.JSON, small, "", "{\n  \"servers\": {\n    \"ours\": {\n      \"command\": \"run\"\n    }\n  }\n}\n",
			"{\n  \"servers\": {}\n}\n"},
		{"an empty object", splice.JSON, small, "{}", "{\n  \"servers\": {\n    \"ours\": {\n      \"command\": \"run\"\n    }\n  }\n}",
			"{\n  \"servers\": {}\n}"},
		{"the first of its group", splice.JSON, small, "{\n\t\"servers\": {},\n\t\"x\": 1\n}\n",
			"{\n\t\"servers\": {\n\t\t\"ours\": {\n\t\t\t\"command\": \"run\"\n\t\t}\n\t},\n\t\"x\": 1\n}\n", ""},
		{"behind another, with a comment on its line", splice.JSONC, small,
			"{\n    // a\n    \"servers\": {\n        \"x\": {} // b\n        // c\n    } // d\n}\n",
			"{\n    // a\n    \"servers\": {\n        \"x\": {}, // b\n        // c\n        \"ours\": {\n            \"command\": \"run\"\n        }\n    } // d\n}\n", ""},
		{"behind a trailing comma", splice.JSONC, small, "{\"servers\": {\n  \"x\": 1, // b\n},}",
			"{\"servers\": {\n  \"x\": 1, // b\n  \"ours\": {\n    \"command\": \"run\"\n  },\n},}", ""},
		{"on one line", splice.JSON, small, `{"servers":{"x":{"command":"y"}}}`,
			`{"servers":{"x":{"command":"y"},"ours":{"command":"run"}}}`, ""},
		{"on one line with blanks", splice.JSON, small, `{"servers": {"x": 1}}`, `{"servers": {"x": 1, "ours": {"command":"run"}}}`, ""},
		{"lines that end as on Windows, and a byte order mark", splice.JSON, small, "\uFEFF{\r\n  \"servers\": {\r\n    \"x\": 1\r\n  }\r\n}\r\n",
			"\uFEFF{\r\n  \"servers\": {\r\n    \"x\": 1,\r\n    \"ours\": {\r\n      \"command\": \"run\"\r\n    }\r\n  }\r\n}\r\n", ""},
		{"of equal names the last", splice.JSON, small, "{\n  \"servers\": {\"x\": 1},\n  \"servers\": {\"y\": 2}\n}",
			"{\n  \"servers\": {\"x\": 1},\n  \"servers\": {\"y\": 2, \"ours\": {\"command\":\"run\"}}\n}", ""},
		{"text that HTML knows", splice.JSON, entry{Command: "a&b<c>"}, "{\n  \"servers\": {}\n}",
			"{\n  \"servers\": {\n    \"ours\": {\n      \"command\": \"a&b<c>\"\n    }\n  }\n}", ""},

		{"an empty file", splice.TOML, small, "", "[servers.ours]\ncommand = 'run'\n", ""},
		{"at the end", splice.TOML, large, "# a\nx = 1\n\n[servers.x] # b\ny = 2\n\n# c\n",
			"# a\nx = 1\n\n[servers.x] # b\ny = 2\n\n# c\n\n[servers.ours]\ncommand = 'run'\nargs = ['--a']\n\n[servers.ours.env]\nK = 'v'\n", ""},
		{"a last line without an end", splice.TOML, small, "x = 1", "x = 1\n\n[servers.ours]\ncommand = 'run'", ""},
		{"lines that end as on Windows", splice.TOML, small, "x = 1\r\n", "x = 1\r\n\r\n[servers.ours]\r\ncommand = 'run'\r\n", ""},
		{"a header in a text", splice.TOML, small, "x = '''\n[servers.ours]\n'''\n",
			"x = '''\n[servers.ours]\n'''\n\n[servers.ours]\ncommand = 'run'\n", ""},

		{"an empty file", splice.YAML, small, "", "servers:\n  ours:\n    command: run\n", "servers: {}\n"},
		{"comments alone", splice.YAML, small, "# a\n", "# a\nservers:\n  ours:\n    command: run\n", "# a\nservers: {}\n"},
		{"below the line of the group", splice.YAML, large, "# a\nservers:  # b\n\n    # c\n    x:   1\n\ny: 2 # d\n",
			"# a\nservers:  # b\n    ours:\n      command: run\n      args:\n        - --a\n      env:\n        K: v\n\n    # c\n    x:   1\n\ny: 2 # d\n", ""},
		{"an empty group", splice.YAML, small, "servers: {} # a\nx: 1\n", "servers: # a\n  ours:\n    command: run\nx: 1\n", ""},
		{"a group of nothing", splice.YAML, small, "servers:\nx: 1\n", "servers:\n  ours:\n    command: run\nx: 1\n", "servers: {}\nx: 1\n"},
		{"a group of null without an end of its line", splice.YAML, small, "servers: null", "servers:\n  ours:\n    command: run", "servers: {}"},
		{"no group", splice.YAML, small, "x: 1", "x: 1\nservers:\n  ours:\n    command: run", "x: 1\nservers: {}"},
		{"lines that end as on Windows", splice.YAML, small, "servers:\r\n  x: 1\r\n", "servers:\r\n  ours:\r\n    command: run\r\n  x: 1\r\n", ""},
	} {
		t.Run(test.format.Name+": "+test.name, func(t *testing.T) {
			after, err := test.format.Apply([]byte(test.before), splice.Edit{Path: servers, Value: test.value})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, string(after)); diff != "" {
				t.Errorf("set (-want +got):\n%s", diff)
			}
			removed, err := test.format.Apply(after, splice.Edit{Path: servers})
			if err != nil {
				t.Fatal(err)
			}
			want := test.before
			if test.removed != "" {
				want = test.removed
			}
			if diff := cmp.Diff(want, string(removed)); diff != "" {
				t.Errorf("removed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReplace: an entry that is there is replaced as a whole, where it stands.
func TestReplace(t *testing.T) {
	for _, test := range []struct {
		format        splice.Format
		before, after string
	}{
		{splice.JSONC, "{\"servers\": {\n  // a\n  \"ours\": {\"old\": [1]}, // b\n  \"x\": 1\n}}",
			"{\"servers\": {\n  // a\n  \"ours\": {\n    \"command\": \"run\"\n  }, // b\n  \"x\": 1\n}}"},
		{splice.TOML, "# a\n[servers.ours]\nold = 1\n[servers.ours.env]\nX = 'y'\n\n# b\n[z]\n\n[servers.ours.more]\nx = 1\n# c\n",
			"# a\n[servers.ours]\ncommand = 'run'\n\n# b\n[z]\n\n# c\n"},
		{splice.YAML, "servers:\n  x: 1\n  ours:\n    old: 1 # a\n    env:\n      X: y\n  # b\n  z: 2\n",
			"servers:\n  x: 1\n  ours:\n    command: run\n  # b\n  z: 2\n"},
	} {
		t.Run(test.format.Name, func(t *testing.T) {
			after, err := test.format.Apply([]byte(test.before), splice.Edit{Path: servers, Value: small})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, string(after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRemove: an entry that a person wrote goes, and comments around it stay.
func TestRemove(t *testing.T) {
	for _, test := range []struct {
		name          string
		format        splice.Format
		before, after string // "" if it is to be done by hand
	}{
		{"a comment before it ends with its line", splice.JSONC, "{\"servers\": { // a\n\"ours\": {} }}", "{\"servers\": { // a\n }}"},
		{"a comment behind it", splice.JSONC, "{\"servers\": {\"ours\": 1 /* a */, \"x\": 2}}", "{\"servers\": { /* a */ \"x\": 2}}"},
		{"it is the last", splice.JSONC, "{\"servers\": {\"x\": 2 /* a */ , // b\n\"ours\": 1}}", "{\"servers\": {\"x\": 2 /* a */  // b\n}}"},
		{"it is there twice", splice.JSONC, "{\"servers\": {\"ours\": 1, \"x\": 2, \"ours\": 3}}", "{\"servers\": { \"x\": 2}}"},
		{"a text of several lines", splice.YAML, "servers:\n  x: a\n  ours:\n    d: |\n      b\n", ""},
	} {
		t.Run(test.format.Name+": "+test.name, func(t *testing.T) {
			after, err := test.format.Apply([]byte(test.before), splice.Edit{Path: servers})
			if errors.Is(err, splice.ErrByHand) != (test.after == "") {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, string(after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestElement(t *testing.T) {
	path := []string{"inputs", splice.Element("key")}
	value := map[string]string{"id": "key", "type": "ask"}
	for _, test := range []struct{ name, before, after string }{
		{"no list", "{\n  \"a\": 1\n}", "{\n  \"a\": 1,\n  \"inputs\": [\n    {\n      \"id\": \"key\",\n      \"type\": \"ask\"\n    }\n  ]\n}"},
		{"one that is there", "{\"inputs\": [{\"id\": \"other\"}, {\"id\": \"key\"}]}",
			"{\"inputs\": [{\"id\": \"other\"}, {\n  \"id\": \"key\",\n  \"type\": \"ask\"\n}]}"},
		{"another one", "{\"inputs\": [{\"id\": 1}, 2]}", `{"inputs": [{"id": 1}, 2, {"id":"key","type":"ask"}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			after, err := splice.JSONC.Apply([]byte(test.before), splice.Edit{Path: path, Value: value})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, string(after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := splice.JSONC.Apply(after, splice.Edit{Path: path}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRefusals: what cannot be changed safely is left alone.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		format splice.Format
		text   string
		byHand bool
		says   string
	}{
		{"it does not parse", splice.JSON, "{", false, "unexpected EOF"},
		{"a comment where the client takes none", splice.JSON, "{} // a", false, "there is a comment or a trailing comma"},
		{"a trailing comma where the client takes none", splice.JSONWithComments, "{\"a\": [1,],} // a", false, "a trailing comma"},
		{"a list", splice.JSON, "[]", true, ""},
		{"a list where the group belongs", splice.JSON, `{"servers": []}`, true, ""},
		{"a text where the group belongs", splice.JSON, `{"servers": "x"}`, true, ""},
		{"it does not parse", splice.TOML, "x", false, "expected"},
		{"the group is on one line", splice.TOML, "servers = {x = {y = 1}}", true, ""},
		{"the entry is on one line", splice.TOML, "[servers]\nours = {command = 'x'}", true, ""},
		{"the entry has dotted keys", splice.TOML, "servers.ours.command = 'x'", true, ""},
		{"it does not parse", splice.YAML, "a: [", false, "line 2"},
		{"several documents", splice.YAML, "a: 1\n---\nb: 2\n", false, "more than one document"},
		{"all on one line", splice.YAML, "{a: 1}", true, ""},
		{"the group is on one line", splice.YAML, "servers: {x: 1}", true, ""},
		{"a text where the group belongs", splice.YAML, "servers: x", true, ""},
	} {
		t.Run(test.format.Name+": "+test.name, func(t *testing.T) {
			after, err := test.format.Apply([]byte(test.text), splice.Edit{Path: servers, Value: small})
			if err == nil || !strings.Contains(err.Error(), test.says) || errors.Is(err, splice.ErrByHand) != test.byHand {
				t.Errorf("want an error that says %q, got %v and %q", test.says, err, after)
			}
		})
	}
}

func TestSnippet(t *testing.T) {
	got := splice.TOML.Snippet(splice.Edit{Path: servers, Value: small})
	if diff := cmp.Diff("[servers.ours]\ncommand = 'run'\n", got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDeepTexts reads texts of nothing but brackets, which end a program whose parser has no bound.
func TestDeepTexts(t *testing.T) {
	for _, format := range []splice.Format{splice.JSON, splice.JSONC, splice.TOML, splice.YAML} {
		for _, size := range []int{10_000, 20 << 20} {
			if _, err := format.Parse([]byte(strings.Repeat("[", size))); err == nil {
				t.Errorf("%s: %d brackets are read", format.Name, size)
			}
		}
	}
}
