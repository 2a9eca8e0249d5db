package richcontent

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensions "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// placeholder is the line {{kind id}}.
type placeholder struct{ kind, id string }

// parsed is a block as Markdown has it.
type parsed struct {
	node        node
	key         string
	placeholder *placeholder
}

// markdown reads CommonMark and strikethrough. HTML is text, since pages have none, and so are definitions of links,
// which would vanish.
var markdown = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewEmphasisParser(), 500),
		util.Prioritized(extension.NewStrikethroughParser(), 500),
	),
)

// parse reads Markdown. Its error is for the author of the text.
func parse(source string) ([]parsed, error) {
	r := reader{[]byte(strings.ReplaceAll(source, "\r\n", "\n"))}
	var out []parsed
	for child := markdown.Parse(text.NewReader(r.source)).FirstChild(); child != nil; child = child.NextSibling() {
		if p := r.placeholder(child); p != nil {
			out = append(out, parsed{placeholder: p})
			continue
		}
		n, err := r.block(child)
		if err != nil {
			return nil, err
		}
		p := parsed{node: n}
		p.key, _ = render(n, false)
		out = append(out, p)
	}
	return out, nil
}

type reader struct{ source []byte }

// placeholder reads a paragraph that is the line of a placeholder.
func (r reader) placeholder(n ast.Node) *placeholder {
	if n.Kind() != ast.KindParagraph && n.Kind() != ast.KindTextBlock || n.Lines().Len() != 1 {
		return nil
	}
	line := n.Lines().At(0)
	m := placeholderLine.FindSubmatch([]byte(strings.TrimSpace(string(line.Value(r.source)))))
	if m == nil {
		return nil
	}
	return &placeholder{string(m[1]), string(m[2])}
}

func (r reader) children(n ast.Node) (out []node, err error) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if p := r.placeholder(child); p != nil {
			return nil, fmt.Errorf("{{%s}} must stand on a line of its own, outside of lists and quotations", p.kind)
		}
		inner, err := r.block(child)
		if err != nil {
			return nil, err
		}
		out = append(out, inner)
	}
	return out, nil
}

func (r reader) block(n ast.Node) (out node, err error) {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		if picture, ok, err := r.image(n); ok || err != nil {
			return picture, err
		}
		out.Type = "paragraph"
		if out.Content, err = r.inline(n, nil); err == nil && isBlank(out.Content) {
			out.Content = nil
		}
	case *ast.Heading:
		out.Type, out.Attrs = "heading", map[string]any{"level": n.Level}
		out.Content, err = r.inline(n, nil)
	case *ast.ThematicBreak:
		out.Type = "horizontalRule"
	case *ast.Blockquote:
		out.Type = "blockquote"
		out.Content, err = r.children(n)
	case *ast.List:
		out.Type = "bulletList"
		if n.IsOrdered() {
			out.Type, out.Attrs = "orderedList", map[string]any{"start": n.Start}
		}
		out.Content, err = r.children(n)
	case *ast.ListItem:
		out.Type = "listItem"
		if out.Content, err = r.children(n); len(out.Content) == 0 {
			out.Content = []node{{Type: "paragraph"}}
		}
	case *ast.FencedCodeBlock:
		out.Type = "codeBlock"
		if language := n.Language(r.source); len(language) > 0 {
			out.Attrs = map[string]any{"language": string(language)}
		}
		out.Content = r.code(n)
	case *ast.CodeBlock:
		out.Type, out.Content = "codeBlock", r.code(n)
	default:
		err = fmt.Errorf("pages have nothing like a Markdown %s", n.Kind())
	}
	return out, err
}

// isBlank reports a paragraph that is there for its height alone.
func isBlank(content []node) bool {
	return len(content) == 1 && content[0].Text == "\u00a0" && len(content[0].Marks) == 0
}

func (r reader) code(n ast.Node) []node {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(r.source))
	}
	if code := strings.TrimSuffix(b.String(), "\n"); code != "" {
		return []node{{Type: "text", Text: code}}
	}
	return nil
}

// image reads a paragraph that is a picture, or a picture in a link.
func (r reader) image(paragraph ast.Node) (out node, ok bool, err error) {
	only := paragraph.FirstChild()
	if only == nil || only.NextSibling() != nil {
		return out, false, nil
	}
	attrs := map[string]any{}
	if link, isLink := only.(*ast.Link); isLink {
		if only = link.FirstChild(); only == nil || only.NextSibling() != nil {
			return out, false, nil
		}
		if _, isImage := only.(*ast.Image); !isImage {
			return out, false, nil
		}
		if attrs["link"], err = checked(link.Destination); err != nil {
			return out, false, err
		}
	}
	picture, isImage := only.(*ast.Image)
	if !isImage {
		return out, false, nil
	}
	if attrs["src"], err = checked(picture.Destination); err != nil {
		return out, false, err
	}
	alt, err := r.inline(picture, nil)
	if err != nil {
		return out, false, err
	}
	if said := plain(node{Content: alt}); said != "" {
		attrs["alt"] = said
	}
	return node{Type: "image", Attrs: attrs}, true, nil
}

// blocked are the schemes that Gumroad refuses in pages.
var blocked = []string{"javascript", "data", "vbscript", "file", "blob"}

// checked is the address of a link, unless it would run something instead of leading somewhere.
func checked(destination []byte) (string, error) {
	address := string(destination)
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || address == "" || slices.Contains(blocked, strings.ToLower(u.Scheme)) {
		return "", fmt.Errorf("a page cannot link to %q", address)
	}
	return address, nil
}

var errInlineImage = errors.New("an image must stand in a paragraph of its own")

func (r reader) inline(parent ast.Node, marks []mark) (out []node, err error) {
	add := func(text string, with []mark) {
		if text == "" {
			return
		}
		if last := len(out) - 1; last >= 0 && out[last].Type == "text" && slices.EqualFunc(out[last].Marks, with, sameMark) {
			out[last].Text += text
			return
		}
		out = append(out, node{Type: "text", Text: text, Marks: with})
	}
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		var inner []node
		switch n := child.(type) {
		case *ast.Text:
			add(literal(n.Segment.Value(r.source)), marks)
			switch {
			case n.HardLineBreak():
				out = append(out, node{Type: "hardBreak"})
			case n.SoftLineBreak():
				add(" ", marks)
			}
		case *ast.String:
			add(literal(n.Value), marks)
		case *ast.CodeSpan:
			var code strings.Builder
			for piece := n.FirstChild(); piece != nil; piece = piece.NextSibling() {
				if t, ok := piece.(*ast.Text); ok {
					code.WriteString(strings.ReplaceAll(string(t.Segment.Value(r.source)), "\n", " "))
				}
			}
			add(code.String(), append(slices.Clone(marks), mark{Type: "code"}))
		case *ast.Emphasis:
			kind := "italic"
			if n.Level == 2 {
				kind = "bold"
			}
			inner, err = r.inline(n, with(marks, kind))
		case *extensions.Strikethrough:
			inner, err = r.inline(n, with(marks, "strike"))
		case *ast.Link:
			var href string
			if href, err = checked(n.Destination); err == nil {
				var content []node
				if content, err = r.inline(n, marks); err == nil {
					inner = []node{{Type: "tiptap-link", Attrs: map[string]any{"href": href}, Content: content}}
				}
			}
		case *ast.AutoLink:
			var href string
			address := string(n.URL(r.source))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(address, "mailto:") {
				address = "mailto:" + address
			}
			if href, err = checked([]byte(address)); err == nil {
				inner = []node{{Type: "tiptap-link", Attrs: map[string]any{"href": href},
					Content: []node{{Type: "text", Text: string(n.Label(r.source)), Marks: marks}}}}
			}
		case *ast.Image:
			err = errInlineImage
		default:
			err = fmt.Errorf("pages have nothing like a Markdown %s", child.Kind())
		}
		if err != nil {
			return nil, err
		}
		for _, n := range inner {
			if n.Type == "text" {
				add(n.Text, n.Marks)
			} else {
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// literal is text as it was meant, without escapes and entities.
func literal(raw []byte) string {
	return string(util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(raw))))
}

func with(marks []mark, kind string) []mark {
	if slices.ContainsFunc(marks, func(m mark) bool { return m.Type == kind }) {
		return marks
	}
	return append(slices.Clone(marks), mark{Type: kind})
}

func sameMark(a, b mark) bool { return a.Type == b.Type }
