package splice_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/internal/splice"
)

// TestSetThenRemove: whatever a file looks like, setting an entry and removing it gives the file back.
func TestSetThenRemove(t *testing.T) {
	for _, test := range []struct {
		format splice.Format
		text   func(*rapid.T) string
	}{
		{splice.JSONC, jsonText}, {splice.TOML, tomlText}, {splice.YAML, yamlText},
	} {
		t.Run(test.format.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				before := test.text(t)
				if rapid.Bool().Draw(t, "on Windows") {
					before = strings.ReplaceAll(before, "\n", "\r\n")
				}
				if rapid.Bool().Draw(t, "byte order mark") {
					before = "\uFEFF" + before
				}
				value := rapid.SampledFrom([]entry{small, large}).Draw(t, "value")
				after, err := test.format.Apply([]byte(before), splice.Edit{Path: servers, Value: value})
				if err != nil {
					t.Fatalf("%v\n%s", err, before)
				}
				if !keeps(after, []byte(strings.Replace(before, "servers: {}", "servers:", 1))) { // it is not empty any more
					t.Fatalf("something is lost:\n%q\n%q", before, after)
				}
				removed, err := test.format.Apply(after, splice.Edit{Path: servers})
				if err != nil {
					t.Fatalf("%v\n%s", err, after)
				}
				if string(removed) != before {
					t.Fatalf("it is not as it was:\n%q\n%q\n%q", before, after, removed)
				}
			})
		})
	}
}

// keeps reports whether all bytes of before are in after, in their order.
func keeps(after, before []byte) bool {
	for _, b := range before {
		at := bytes.IndexByte(after, b)
		if at < 0 {
			return false
		}
		after = after[at+1:]
	}
	return true
}

// jsonText is an object with the group servers in it, and white space and comments wherever they may stand.
func jsonText(t *rapid.T) string {
	space := func() string {
		return rapid.SampledFrom([]string{"", " ", "\n", "\n  ", "\n\t", "// a\n", " /* b */ ", "\n  // \" {\n  "}).Draw(t, "space")
	}
	var object func(depth int, names ...string) string
	object = func(depth int, names ...string) string {
		text := "{"
		for i, name := range names {
			if i > 0 {
				text += ","
			}
			value := rapid.SampledFrom([]string{"1", `"\" // }"`, "[1, {}]", "null", "{ }"}).Draw(t, "value")
			if name == "servers" {
				value = object(depth+1, rapid.SampledFrom([][]string{{"x"}, {"x", "y"}}).Draw(t, "names")...)
			}
			text += space() + `"` + name + `"` + space() + ":" + space() + value + space()
		}
		if rapid.Bool().Draw(t, "trailing comma") {
			text += "," + space()
		}
		return text + "}"
	}
	order := rapid.SampledFrom([][]string{{"servers"}, {"a", "servers"}, {"servers", "b"}, {"a", "servers", "b"}}).Draw(t, "members")
	return space() + object(0, order...) + space()
}

// tomlText is a file of some tables, comments and blank lines.
func tomlText(t *rapid.T) string {
	lines := rapid.SliceOf(rapid.SampledFrom([]string{"", "# a", "  # b", "k%d = '''\n[servers.ours]\n\n# c\n'''", "k%d = [ # d\n 1,\n\n]",
		"[t%d]", "[servers.x%d] # e", "[servers.x%d.env]", "[[list%d]]"})).Draw(t, "lines")
	text := strings.Join(lines, "\n")
	for i := 0; strings.Contains(text, "%d"); i++ {
		text = strings.Replace(text, "%d", strings.Repeat("i", i), 1)
	}
	if text != "" && rapid.Bool().Draw(t, "end of the last line") {
		text += "\n"
	}
	return text
}

// yamlText is a file with the group servers, comments and blank lines.
func yamlText(t *rapid.T) string {
	between := func() string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"", "\n", "# a\n", "    # b\n", "  # c\n"}), 0, 3).Draw(t, "between"), "")
	}
	indent := rapid.SampledFrom([]string{" ", "  ", "    "}).Draw(t, "indent")
	group := rapid.SampledFrom([]string{": {}\n", ": {} # d\n", ":\n", ":   # e\n"}).Draw(t, "group")
	text := between() + rapid.SampledFrom([]string{"", "a: 1\n", "a:   [1,\n  2]\n", "a: |\n  servers:\n   ours: 1\n\n"}).Draw(t, "before")
	text += between() + "servers" + group
	if !strings.Contains(group, "{}") {
		for _, name := range []string{"x", "\"y\"", "'z'"}[:rapid.IntRange(1, 3).Draw(t, "entries")] {
			text += between() + indent + name + rapid.SampledFrom([]string{": 1\n", ":\n" + indent + "  k: v\n", ":   {k: v} # f\n"}).Draw(t, "entry")
		}
	}
	text += between() + rapid.SampledFrom([]string{"", "b: 1\n"}).Draw(t, "after") + between()
	if rapid.Bool().Draw(t, "no end of the last line") {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

// FuzzApply: no text makes Apply panic or lose anything, and an entry that was set is removed without a trace.
func FuzzApply(f *testing.F) {
	formats := []splice.Format{splice.JSONC, splice.TOML, splice.YAML}
	for i, seed := range []string{"{\"servers\": {// a\n}, }", "[servers.x]\ny = 1\n", "servers:\n  x: 1 # a\n", "", "servers: {}"} {
		f.Add(uint8(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which uint8, before []byte) {
		format := formats[int(which)%len(formats)]
		values, err := format.Parse(before)
		if err != nil || splice.Get(values, servers) != nil {
			return
		}
		after, err := format.Apply(before, splice.Edit{Path: servers, Value: large})
		if err != nil {
			return
		}
		group, _ := splice.Get(values, servers[:1]).(map[string]any)
		if len(group) == 0 && format.Name != "TOML" { // what says that the group is empty is written anew
			return
		}
		if !keeps(after, before) {
			t.Fatalf("something is lost:\n%q\n%q", before, after)
		}
		removed, err := format.Apply(after, splice.Edit{Path: servers})
		if err != nil || !bytes.Equal(removed, before) {
			t.Fatalf("it is not as it was: %v\n%q\n%q\n%q", err, before, after, removed)
		}
	})
}
