// Package richcontent turns Gumroad's content pages into Markdown and back. It knows nothing of HTTP.
//
// A page is a document of nodes, as the editor on Gumroad's site makes it. Markdown has no word for many of them: files,
// licence keys, upsell cards, questions, posts. Such a block is a line of its own, {{kind key}}, which stands for the
// block as it is. A block whose text comes back unchanged is written back as it was, too, with every attribute that
// Markdown does not show. So reading a page and writing it back changes nothing, and an edit changes what was edited.
package richcontent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// node is a node of a document.
type node struct {
	Type    string         `json:"type"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []node         `json:"content,omitempty"`
	Marks   []mark         `json:"marks,omitempty"`
	Text    string         `json:"text,omitempty"`
}

type mark struct {
	Type  string         `json:"type"`
	Attrs map[string]any `json:"attrs,omitempty"`
}

func (n node) attr(name string) string {
	text, _ := n.Attrs[name].(string)
	return text
}

const (
	fileEmbed  = "fileEmbed"
	fileGroup  = "fileEmbedGroup"
	licenseKey = "licenseKey"
	posts      = "posts"
)

// block is a node at the top of a document.
type block struct {
	raw  json.RawMessage // as Gumroad has it
	node node
	key  string // its text in Markdown, or "" for a block that only a placeholder can stand for
}

// Document is the text of a page. It is never changed; edits make another.
type Document struct{ blocks []block }

// Read reads the description of a page: a document, or a list of nodes. Nothing is a document without blocks.
func Read(description json.RawMessage) (Document, error) {
	var raws []json.RawMessage
	switch trimmed := bytes.TrimSpace(description); {
	case len(trimmed) == 0 || bytes.Equal(trimmed, []byte("null")):
	case trimmed[0] == '[':
		if err := json.Unmarshal(trimmed, &raws); err != nil {
			return Document{}, err
		}
	default:
		var doc struct {
			Content []json.RawMessage `json:"content"`
		}
		if err := json.Unmarshal(trimmed, &doc); err != nil {
			return Document{}, err
		}
		raws = doc.Content
	}
	var d Document
	for _, raw := range raws {
		d.blocks = append(d.blocks, readBlock(raw))
	}
	d.separate()
	return d, nil
}

// readBlock finds the text of a block. A block of a shape that is not known has none.
func readBlock(raw json.RawMessage) block {
	b := block{raw: raw}
	if json.Unmarshal(raw, &b.node) != nil {
		b.node = node{Type: "block"}
		return b
	}
	b.key = keyOf(b.node)
	return b
}

// keyOf returns the Markdown of a block if that, read again, is one block of the same Markdown, or else "".
func keyOf(n node) string {
	text, ok := render(n, false)
	if !ok {
		return ""
	}
	again, err := parse(text)
	if err != nil || len(again) != 1 || again[0].placeholder != nil {
		return ""
	}
	if same, ok := render(again[0].node, false); !ok || same != text {
		return ""
	}
	return text
}

// separate makes sure that the blocks come apart again where the Markdown of the whole is read. Where two would run
// together, a placeholder stands for the first.
func (d *Document) separate() {
	for {
		again, err := parse(d.Markdown())
		i := 0
		for err == nil && i < len(again) && i < len(d.blocks) && again[i].standsFor(d.blocks[i]) {
			i++
		}
		if i == len(d.blocks) && len(again) == i {
			return
		}
		at := slices.IndexFunc(d.blocks[max(i-1, 0):], func(b block) bool { return b.key != "" })
		if at < 0 {
			return // placeholders never run together
		}
		d.blocks[max(i-1, 0)+at].key = ""
	}
}

// Markdown returns the document as Markdown.
func (d Document) Markdown() string {
	var parts []string
	before, second := "", false
	for _, b := range d.blocks {
		if b.key == "" {
			parts, before = append(parts, b.placeholder()), ""
			continue
		}
		// Lists in a row would be one; another marker keeps them apart.
		second = b.node.Type == before && isList(b.node.Type) && !second
		text := b.key
		if second {
			text, _ = render(b.node, true)
		}
		parts, before = append(parts, text), b.node.Type
	}
	return strings.Join(parts, "\n\n")
}

func isList(kind string) bool { return kind == "bulletList" || kind == "orderedList" }

// JSON returns the document as Gumroad takes it.
func (d Document) JSON() json.RawMessage {
	raws := []json.RawMessage{}
	for _, b := range d.blocks {
		raws = append(raws, b.raw)
	}
	return encode(map[string]any{"type": "doc", "content": raws})
}

// encode never fails: what it is given was decoded before, or is made of texts and numbers.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("richcontent: " + err.Error())
	}
	return bytes.TrimSpace(b.Bytes())
}

// placeholderLine is {{kind}}, {{kind key}} or {{kind key: what it says}}.
var placeholderLine = regexp.MustCompile(`^\{\{([A-Za-z0-9_-]+)(?: ([A-Za-z0-9_=-]+))?(?:: [^{}]*)?\}\}$`)

// kind is what a placeholder calls a block.
func (b block) kind() string {
	if b.node.Type == fileEmbed && b.fileID() != "" {
		return "file"
	}
	return kindText(b.node.Type)
}

func (b block) fileID() string {
	id := b.node.attr("id")
	if !placeholderLine.MatchString("{{file " + id + "}}") {
		return ""
	}
	return id
}

var notOfKind = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

func kindText(kind string) string {
	if kind = notOfKind.ReplaceAllString(kind, "-"); strings.Trim(kind, "-") == "" {
		return "block"
	}
	return kind
}

// id is what tells the block from others of its kind: the file's id, or what it holds.
func (b block) id() string {
	if b.kind() == "file" {
		return b.fileID()
	}
	var compact bytes.Buffer
	if json.Compact(&compact, b.raw) != nil {
		compact.Reset()
		compact.Write(b.raw)
	}
	sum := sha256.Sum256(compact.Bytes())
	return hex.EncodeToString(sum[:4])
}

const maxExcerpt = 60 // characters

func (b block) placeholder() string {
	said := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r == '{' || r == '}' || r < ' ' {
			return ' '
		}
		return r
	}, plain(b.node))), " ")
	if runes := []rune(said); len(runes) > maxExcerpt {
		said = string(runes[:maxExcerpt-1]) + "…"
	}
	if said != "" {
		said = ": " + said
	}
	return "{{" + b.kind() + " " + b.id() + said + "}}"
}

// plain is the text in a node, or what else people know it by.
func plain(n node) string {
	if n.Text != "" {
		return n.Text
	}
	var parts []string
	for _, name := range []string{"label", "title", "name", "url"} {
		if text := n.attr(name); text != "" {
			parts = append(parts, text)
			break
		}
	}
	for _, inner := range n.Content {
		parts = append(parts, plain(inner))
	}
	return strings.Join(parts, " ")
}

// Changes are what an edit does besides changing text.
type Changes struct {
	Dropped []string // placeholders whose blocks the new text leaves out
	Added   []string // placeholders for blocks that are new: files, licence keys, posts
	// Reformatted counts changed blocks with formatting that Markdown does not have, which the new text has lost.
	Reformatted int
}

// Edit returns the document that a Markdown text makes of this one. newID makes ids for new blocks. Its error is for the
// author of the text.
func (d Document) Edit(markdown string, newID func() string) (Document, Changes, error) {
	parsed, err := parse(markdown)
	if err != nil {
		return Document{}, Changes{}, err
	}
	var (
		out     Document
		changes Changes
		used    = make([]bool, len(d.blocks))
	)
	take := func(fits func(block) bool) (block, bool) {
		for i, b := range d.blocks {
			if !used[i] && fits(b) {
				used[i] = true
				return b, true
			}
		}
		return block{}, false
	}
	for _, p := range parsed {
		if old, ok := take(p.standsFor); ok {
			out.blocks = append(out.blocks, old)
			continue
		}
		made := p.node
		if p.placeholder != nil {
			if made, err = p.placeholder.made(newID); err != nil {
				return Document{}, Changes{}, err
			}
		}
		b := readBlock(encode(made))
		if p.placeholder != nil {
			changes.Added = append(changes.Added, b.placeholder())
		}
		out.blocks = append(out.blocks, b)
	}
	for i, b := range d.blocks {
		switch {
		case used[i]:
		case b.key == "":
			changes.Dropped = append(changes.Dropped, b.placeholder())
		case isLossy(b.node):
			changes.Reformatted++
		}
	}
	return out, changes, nil
}

// standsFor reports whether a parsed block is the Markdown of a block.
func (p parsed) standsFor(b block) bool {
	if p.placeholder == nil {
		return b.key != "" && b.key == p.key
	}
	return p.placeholder.kind == b.kind() && b.key == "" && (p.placeholder.id == "" || p.placeholder.id == b.id())
}

// made makes a new block of the few kinds that can be made of their name.
func (p placeholder) made(newID func() string) (node, error) {
	switch {
	case p.kind == "file" && p.id != "":
		return embed(p.id, newID()), nil
	case p.id == "" && (p.kind == licenseKey || p.kind == posts):
		return node{Type: p.kind}, nil
	case p.kind == "file":
		return node{}, fmt.Errorf("{{file}} needs the id of a file of the product: {{file ID}}")
	}
	return node{}, fmt.Errorf("the page has no block {{%s}}; such a line must be copied from the page as it is now",
		strings.TrimSpace(p.kind+" "+p.id))
}

func embed(fileID, uid string) node {
	return node{Type: fileEmbed, Attrs: map[string]any{"id": fileID, "uid": uid}}
}

// Files returns the ids of the files that the document shows, in order.
func (d Document) Files() (ids []string) {
	for _, b := range d.blocks {
		walk(b.node, func(n node) {
			if id := n.attr("id"); n.Type == fileEmbed && id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		})
	}
	return ids
}

// HasLicenseKey reports whether the document shows buyers their licence key.
func (d Document) HasLicenseKey() (has bool) {
	for _, b := range d.blocks {
		walk(b.node, func(n node) { has = has || n.Type == licenseKey })
	}
	return has
}

func walk(n node, visit func(node)) {
	visit(n)
	for _, inner := range n.Content {
		walk(inner, visit)
	}
}

// WithFile returns the document with a file shown at its end.
func (d Document) WithFile(fileID, uid string) Document {
	return Document{append(slices.Clone(d.blocks), readBlock(encode(embed(fileID, uid))))}
}

// WithoutFile returns the document without a file, and whether it showed it. Groups of files that are left empty go as
// well.
func (d Document) WithoutFile(fileID string) (Document, bool) {
	var out Document
	found := false
	for _, b := range d.blocks {
		var value map[string]any
		decoder := json.NewDecoder(bytes.NewReader(b.raw))
		decoder.UseNumber()
		if decoder.Decode(&value) != nil {
			out.blocks = append(out.blocks, b)
			continue
		}
		stays, changed := prune(value, fileID)
		found = found || changed
		switch {
		case !changed:
			out.blocks = append(out.blocks, b)
		case stays:
			out.blocks = append(out.blocks, readBlock(encode(value)))
		}
	}
	return out, found
}

// prune takes a file out of a node, and reports whether the node stays and whether it changed.
func prune(n map[string]any, fileID string) (stays, changed bool) {
	attrs, _ := n["attrs"].(map[string]any)
	if n["type"] == fileEmbed && attrs["id"] == fileID {
		return false, true
	}
	inner, _ := n["content"].([]any)
	var kept []any
	for _, item := range inner {
		child, ok := item.(map[string]any)
		if !ok {
			kept = append(kept, item)
			continue
		}
		keep, touched := prune(child, fileID)
		changed = changed || touched
		if keep {
			kept = append(kept, item)
		}
	}
	if !changed {
		return true, false
	}
	n["content"] = kept
	if kept == nil {
		n["content"] = []any{}
	}
	return len(kept) > 0 || n["type"] != fileGroup, true
}
