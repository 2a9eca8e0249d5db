package richcontent_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/richcontent"
)

func read(t interface{ Fatal(...any) }, description string) richcontent.Document {
	d, err := richcontent.Read(json.RawMessage(description))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newID() string { return "new-id" }

// value decodes JSON for comparison.
func value(t interface{ Fatal(...any) }, raw []byte) (v any) {
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// tricky are texts that mean something in Markdown.
var tricky = []string{"", " ", "a", "word two", "*", "**", "_", "__x__", "`", "``", "~~", "[", "](x)", "![", "<", "<br>", "&amp;", "&nbsp;", "&", "\\",
	"# ", "> ", "- ", "+ ", "1. ", "1) ", "---", "===", "***", "```", "~~~", "    indented", "\t", "{{", "}}", "{{file x}}", "{{licenseKey}}",
	"\n", "line\nbreak", "http://a.example", "<http://a.example>", "[a]: b", "[a][b]", "|a|b|", "trailing ", " leading", "é", "😀", "和紙", "\u00a0",
	"\u200b", "a*b*c", "snake_case_name", "2*3*4", "a  b", "end\\", "!", "[x]", "- [ ] task", ":::", "$x$", "\"quote\"", "--", "...", "=", "+", "-"}

func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(tricky), 1, 4).Draw(t, "words"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
	})
}

type object = map[string]any

func textNode() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		n := object{"type": "text", "text": texts().Draw(t, "text")}
		var marks []any
		for _, kind := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"bold", "italic", "strike", "code", "underline", "link", "highlight"}), 0, 3, rapid.ID[string]).Draw(t, "marks") {
			m := object{"type": kind}
			if kind == "link" {
				m["attrs"] = object{"href": rapid.SampledFrom([]string{"https://a.example/b?c=d&e=f", "mailto:a@b.example", "https://a.example/(x)", "app://open now", ""}).Draw(t, "href")}
			}
			marks = append(marks, m)
		}
		if marks != nil {
			n["marks"] = marks
		}
		return n
	})
}

func inlineNode() *rapid.Generator[any] {
	return rapid.OneOf(textNode(), rapid.Just[any](object{"type": "hardBreak"}), rapid.Just[any](object{"type": "mention", "attrs": object{"id": 7}}),
		rapid.Custom(func(t *rapid.T) any {
			return object{"type": "tiptap-link", "attrs": object{"href": "https://a.example/x y"}, "content": rapid.SliceOfN(textNode(), 0, 2).Draw(t, "text")}
		}))
}

func blockNode(depth int) *rapid.Generator[any] {
	inner := func(t *rapid.T, least int) []any {
		if depth == 0 {
			return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any {
				return object{"type": "paragraph", "content": rapid.SliceOfN(inlineNode(), 0, 3).Draw(t, "inline")}
			}), least, 2).Draw(t, "inner")
		}
		return rapid.SliceOfN(blockNode(depth-1), least, 3).Draw(t, "inner")
	}
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.SampledFrom([]string{"paragraph", "paragraph", "paragraph", "heading", "bulletList", "orderedList", "blockquote", "codeBlock",
			"horizontalRule", "image", "fileEmbed", "licenseKey", "upsellCard", "fileEmbedGroup", "posts", "shortAnswer", "", "odd kind"}).Draw(t, "kind")
		n := object{"type": kind}
		switch kind {
		case "paragraph":
			n["content"] = rapid.SliceOfN(inlineNode(), 0, 4).Draw(t, "inline")
			if rapid.Bool().Draw(t, "aligned") {
				n["attrs"] = object{"textAlign": "center"}
			}
		case "heading":
			n["attrs"], n["content"] = object{"level": rapid.IntRange(0, 7).Draw(t, "level")}, rapid.SliceOfN(inlineNode(), 0, 2).Draw(t, "inline")
		case "bulletList", "orderedList":
			var items []any
			for range rapid.IntRange(0, 3).Draw(t, "items") {
				items = append(items, object{"type": "listItem", "content": inner(t, 0)})
			}
			n["content"] = items
			if kind == "orderedList" {
				n["attrs"] = object{"start": rapid.SampledFrom([]int{0, 1, 7, 1_000_000_000}).Draw(t, "start")}
			}
		case "blockquote", "fileEmbedGroup":
			n["content"] = inner(t, 0)
		case "codeBlock":
			n["attrs"], n["content"] = object{"language": rapid.SampledFrom([]any{nil, "go", "a b", "`"}).Draw(t, "language")}, []any{object{"type": "text", "text": texts().Draw(t, "code")}}
		case "image":
			n["attrs"] = object{"src": rapid.SampledFrom([]any{nil, "https://a.example/a.png", "https://a.example/a b.png"}).Draw(t, "src"), "link": rapid.SampledFrom([]any{nil, "https://a.example/"}).Draw(t, "link"), "width": 300}
		case "fileEmbed":
			n["attrs"] = object{"id": rapid.SampledFrom([]any{"file-a==", "file b", nil, 7}).Draw(t, "id"), "uid": "u", "collapsed": true, "big": json.Number("12345678901234567890")}
		case "upsellCard", "shortAnswer":
			n["attrs"] = object{"id": "x", "label": texts().Draw(t, "label"), "discount": object{"percents": 1.5}}
		}
		return n
	})
}

func documents() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		doc, err := json.Marshal(object{"type": "doc", "content": rapid.SliceOfN(blockNode(2), 0, 6).Draw(t, "blocks")})
		if err != nil {
			t.Fatal(err)
		}
		return string(doc)
	})
}

// TestReadingAndWritingBackChangesNothing: whatever a page holds, its Markdown stands for all of it.
func TestReadingAndWritingBackChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := read(t, documents().Draw(t, "document"))
		again, changes, err := d.Edit(d.Markdown(), newID)
		if err != nil {
			t.Fatalf("%v\n%s", err, d.Markdown())
		}
		if string(again.JSON()) != string(d.JSON()) {
			t.Fatalf("of\n%s\nit makes\n%s\nby\n%s", d.JSON(), again.JSON(), d.Markdown())
		}
		if changes.Dropped != nil || changes.Added != nil || changes.Reformatted != 0 {
			t.Fatalf("it says %+v", changes)
		}
	})
}

// TestAddingChangesNothingElse: a new paragraph at the end leaves every block as it is.
func TestAddingChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := read(t, documents().Draw(t, "document"))
		again, _, err := d.Edit(d.Markdown()+"\n\nA last line.", newID)
		if err != nil {
			t.Fatal(err)
		}
		var before, after struct{ Content []json.RawMessage }
		if json.Unmarshal(d.JSON(), &before) != nil || json.Unmarshal(again.JSON(), &after) != nil {
			t.Fatal("no JSON")
		}
		n := len(before.Content)
		if len(after.Content) != n+1 || !slices.EqualFunc(before.Content, after.Content[:n], func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
			t.Fatalf("of\n%s\nit makes\n%s", d.JSON(), again.JSON())
		}
	})
}

// TestAnyMarkdownIsReadOrRefused: what a model writes makes a document, or an error, and the document reads as written.
func TestAnyMarkdownIsReadOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(texts(), 0, 6).Draw(t, "lines"), "\n")
		d, _, err := richcontent.Document{}.Edit(text, newID)
		if err != nil {
			return
		}
		reread := read(t, string(d.JSON()))
		if again, _, err := reread.Edit(reread.Markdown(), newID); err != nil || string(again.JSON()) != string(d.JSON()) {
			t.Fatalf("%q makes %s, which reads %q: %v", text, d.JSON(), reread.Markdown(), err)
		}
	})
}

func TestMarkdown(t *testing.T) {
	for markdown, nodes := range map[string]string{
		"Plain text.": `[{"type":"paragraph","content":[{"type":"text","text":"Plain text."}]}]`,
		"## A heading\n\nSome **bold**, *italic*, ~~struck~~ and `code`.": `[{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"A heading"}]},
			{"type":"paragraph","content":[{"type":"text","text":"Some "},{"type":"text","text":"bold","marks":[{"type":"bold"}]},{"type":"text","text":", "},
			{"type":"text","text":"italic","marks":[{"type":"italic"}]},{"type":"text","text":", "},{"type":"text","text":"struck","marks":[{"type":"strike"}]},
			{"type":"text","text":" and "},{"type":"text","text":"code","marks":[{"type":"code"}]},{"type":"text","text":"."}]}]`,
		"See [the site](https://a.example/?b=c&d=e).": `[{"type":"paragraph","content":[{"type":"text","text":"See "},
			{"type":"tiptap-link","attrs":{"href":"https://a.example/?b=c&d=e"},"content":[{"type":"text","text":"the site"}]},{"type":"text","text":"."}]}]`,
		"- one\n- two\n  - inner\n\n1. first\n2. second": `[{"type":"bulletList","content":[
			{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"}]}]},
			{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"two"}]},{"type":"bulletList","content":[
				{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"inner"}]}]}]}]}]},
			{"type":"orderedList","attrs":{"start":1},"content":[
			{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"first"}]}]},
			{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"second"}]}]}]}]`,
		"> quoted":                          `[{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"quoted"}]}]}]`,
		"one\\\ntwo":                        `[{"type":"paragraph","content":[{"type":"text","text":"one"},{"type":"hardBreak"},{"type":"text","text":"two"}]}]`,
		"```go\nx := 1\n\ny()\n```":         `[{"type":"codeBlock","attrs":{"language":"go"},"content":[{"type":"text","text":"x := 1\n\ny()"}]}]`,
		"---":                               `[{"type":"horizontalRule"}]`,
		"a\n\n&nbsp;\n\nb":                  `[{"type":"paragraph","content":[{"type":"text","text":"a"}]},{"type":"paragraph"},{"type":"paragraph","content":[{"type":"text","text":"b"}]}]`,
		"![A cat](https://a.example/c.png)": `[{"type":"image","attrs":{"src":"https://a.example/c.png","alt":"A cat"}}]`,
		"{{licenseKey}}\n\n{{file abc==}}":  `[{"type":"licenseKey"},{"type":"fileEmbed","attrs":{"id":"abc==","uid":"new-id"}}]`,
		"2 < 3 & <b>4</b>":                  `[{"type":"paragraph","content":[{"type":"text","text":"2 < 3 & <b>4</b>"}]}]`,
		"":                                  `[]`,
	} {
		t.Run(markdown, func(t *testing.T) {
			d, _, err := richcontent.Document{}.Edit(markdown, newID)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`{"type":"doc","content":%s}`, nodes)
			if diff := cmp.Diff(value(t, []byte(want)), value(t, d.JSON())); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}
		})
	}
	for _, markdown := range []string{
		"[x](javascript:alert(1))", "[x](JavaScript:alert(1))", "![x](data:image/png;base64,AAAA)", "[x](file:///etc/passwd)", "<vbscript:x>", "[x]()",
		"text ![x](https://a.example/a.png) text", "{{upsellCard}}", "{{upsellCard 12345678}}", "{{file}}", "- {{licenseKey}}",
	} {
		t.Run(markdown+" is refused", func(t *testing.T) {
			if d, _, err := (richcontent.Document{}).Edit(markdown, newID); err == nil {
				t.Errorf("it makes %s", d.JSON())
			}
		})
	}
}

const page = `{"type":"doc","content":[
	{"type":"paragraph","attrs":{"textAlign":"center"},"content":[{"type":"text","text":"Welcome","marks":[{"type":"underline"}]}]},
	{"type":"licenseKey"},
	{"type":"paragraph","content":[{"type":"text","text":"Then read on."}]},
	{"type":"upsellCard","attrs":{"id":"u1","productId":"p1","discount":null}},
	{"type":"fileEmbedGroup","attrs":{"name":"Extras"},"content":[{"type":"fileEmbed","attrs":{"id":"f1","uid":"a"}},{"type":"fileEmbed","attrs":{"id":"f2","uid":"b"}}]},
	{"type":"fileEmbed","attrs":{"id":"f3","uid":"c","collapsed":true}}]}`

func TestEdit(t *testing.T) {
	d := read(t, page)
	text := d.Markdown()
	line := func(kind string) string {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "{{"+kind) {
				return strings.TrimSpace(line)
			}
		}
		t.Fatalf("no %s in %s", kind, text)
		return ""
	}
	t.Run("blocks without Markdown are lines of their own, in order", func(t *testing.T) {
		order := []string{"Welcome", "{{licenseKey ", "Then read on.", "{{upsellCard ", "{{fileEmbedGroup ", "{{file f3}}"}
		at := 0
		for _, part := range order {
			i := strings.Index(text[at:], part)
			if i < 0 {
				t.Fatalf("no %s in its place in\n%s", part, text)
			}
			at += i
		}
	})
	t.Run("a changed paragraph changes alone", func(t *testing.T) {
		changed, changes, err := d.Edit(strings.Replace(text, "Then read on.", "Then *rest*.", 1), newID)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(page, `{"type":"text","text":"Then read on."}`,
			`{"type":"text","text":"Then "},{"type":"text","text":"rest","marks":[{"type":"italic"}]},{"type":"text","text":"."}`, 1)
		if diff := cmp.Diff(value(t, []byte(want)), value(t, changed.JSON())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(richcontent.Changes{}, changes); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
	t.Run("formatting that gets lost is counted", func(t *testing.T) {
		_, changes, err := d.Edit(strings.Replace(text, "Welcome", "Hello", 1), newID)
		if err != nil || changes.Reformatted != 1 {
			t.Errorf("%+v, %v", changes, err)
		}
	})
	t.Run("what is left out is named", func(t *testing.T) {
		left := strings.Replace(strings.Replace(text, line("licenseKey"), "", 1), line("file f3"), "", 1)
		changed, changes, err := d.Edit(left, newID)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{line("licenseKey"), line("file f3")}; !slices.Equal(changes.Dropped, want) {
			t.Errorf("it names %q, want %q", changes.Dropped, want)
		}
		if changed.HasLicenseKey() || !d.HasLicenseKey() {
			t.Error("the licence key is not told")
		}
	})
	t.Run("a block moves with its line", func(t *testing.T) {
		card := line("upsellCard")
		changed, _, err := d.Edit(card+"\n\n"+strings.Replace(text, card, "", 1), newID)
		if err != nil || !strings.Contains(string(changed.JSON()), `"content":[{"type":"upsellCard","attrs":{"id":"u1","productId":"p1","discount":null}}`) {
			t.Errorf("%s, %v", changed.JSON(), err)
		}
	})
	t.Run("a block cannot be doubled", func(t *testing.T) {
		if _, _, err := d.Edit(text+"\n\n"+line("upsellCard"), newID); err == nil {
			t.Error("want an error")
		}
	})
	t.Run("files are found wherever they are", func(t *testing.T) {
		if want := []string{"f1", "f2", "f3"}; !slices.Equal(d.Files(), want) {
			t.Errorf("%v, want %v", d.Files(), want)
		}
	})
	t.Run("a file is taken out, and nothing else", func(t *testing.T) {
		without, found := d.WithoutFile("f1")
		want := strings.Replace(page, `{"type":"fileEmbed","attrs":{"id":"f1","uid":"a"}},`, "", 1)
		if diff := cmp.Diff(value(t, []byte(want)), value(t, without.JSON())); diff != "" || !found {
			t.Errorf("%v (-want +got):\n%s", found, diff)
		}
	})
	t.Run("a group without files goes", func(t *testing.T) {
		without, _ := d.WithoutFile("f1")
		without, _ = without.WithoutFile("f2")
		if strings.Contains(string(without.JSON()), "fileEmbedGroup") {
			t.Errorf("%s", without.JSON())
		}
	})
	t.Run("a file that is not there is not found", func(t *testing.T) {
		if without, found := d.WithoutFile("f9"); found || string(without.JSON()) != string(d.JSON()) {
			t.Errorf("%v, %s", found, without.JSON())
		}
	})
	t.Run("a file is shown at the end", func(t *testing.T) {
		if got := d.WithFile("f9", "u").Files(); got[len(got)-1] != "f9" {
			t.Errorf("%v", got)
		}
	})
	t.Run("a list of nodes is a document", func(t *testing.T) {
		if got := read(t, `[{"type":"posts"}]`).JSON(); string(got) != `{"content":[{"type":"posts"}],"type":"doc"}` {
			t.Errorf("%s", got)
		}
	})
}
