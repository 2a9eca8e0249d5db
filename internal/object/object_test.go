package object_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

func parse(t *testing.T, raw string) object.Object {
	t.Helper()
	o, err := object.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOrderIsKept(t *testing.T) {
	o := parse(t, ` { "z": 1, "a": {"y": 2, "b": 3}, "m": [ ] } `)
	var names []string
	for _, m := range o {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"z", "a", "m"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestText(t *testing.T) {
	o := parse(t, `{"string":"a \"b\"","number":1.50,"object":{"a":1}}`)
	for name, want := range map[string]string{"string": `a "b"`, "number": "1.50", "object": `{"a":1}`, "none": ""} {
		t.Run(name, func(t *testing.T) {
			if got := o.Text(name); got != want {
				t.Errorf("want %q, got %q", want, got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "a list": "[]", "a text": `"x"`, "null": "null",
		"an unfinished value": `{"a":`, "an unquoted name": "{a:1}",
		"no end": `{"a":1`, "only a beginning": "{", "something behind it": `{"a":1} x`, "another object behind it": "{}{}",
	} {
		t.Run(name, func(t *testing.T) {
			if o, err := object.Parse([]byte(raw)); err == nil {
				t.Errorf("want an error, got %v", o)
			}
		})
	}
}

func TestArray(t *testing.T) {
	for want, items := range map[string][]object.Object{
		"[]":              nil,
		`[{"a":1},{}]`:    {{{Name: "a", Value: json.RawMessage("1")}}, {}},
		`[{"a":"<&>\""}]`: {{{Name: "a", Value: object.Literal(`<&>"`)}}}, // without HTML escapes
	} {
		t.Run(want, func(t *testing.T) {
			if got := string(object.Array(items)); got != want {
				t.Errorf("want %s, got %s", want, got)
			}
		})
	}
}

func TestLiteralPanicsAtWhatCannotBeJSON(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("want a panic")
		}
	}()
	object.Literal(make(chan int))
}

// TestRoundTrip: what is written is read back, the order of its members among it.
func TestRoundTrip(t *testing.T) {
	value := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) json.RawMessage { return object.Literal(s) }),
		rapid.Map(rapid.Int64(), func(n int64) json.RawMessage { return object.Literal(n) }),
		rapid.Map(rapid.SliceOf(rapid.String()), func(s []string) json.RawMessage { return object.Literal(s) }),
		rapid.SampledFrom([]json.RawMessage{[]byte("null"), []byte("true"), []byte("1.50"), []byte(`{"z":1,"a":2}`)}),
	)
	member := rapid.Custom(func(r *rapid.T) object.Member {
		return object.Member{Name: rapid.String().Draw(r, "name"), Value: value.Draw(r, "value")}
	})
	rapid.Check(t, func(r *rapid.T) {
		o := object.Object(rapid.SliceOf(member).Draw(r, "members"))
		written := o.JSON()
		if !json.Valid(written) {
			r.Fatalf("want JSON, got %s", written)
		}
		read, err := object.Parse(written)
		if err != nil {
			r.Fatalf("%s: %v", written, err)
		}
		if len(o) == 0 {
			o = nil
		}
		if diff := cmp.Diff(o, read); diff != "" {
			r.Fatalf("members (-written +read):\n%s", diff)
		}
	})
}
