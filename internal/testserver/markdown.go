package testserver

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Document is a Markdown file of the project.
type Document struct {
	Path   string // with slashes, from the project's directory
	Blocks []Block
	Links  []string // where links and pictures lead
	Code   []string // what stands between backquotes
	Quotes []string // paragraphs that are quoted
	// Anchors are what can stand behind # in a link to the document.
	Anchors map[string]bool
}

// Block is a fenced block.
type Block struct {
	Language, Text string
	Line           int // of its first line
}

// Documents reads all Markdown files below the project's directory.
func Documents(tb testing.TB, root string) []Document {
	tb.Helper()
	var all []Document
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (name == "node_modules" || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case entry.IsDir(), filepath.Ext(name) != ".md":
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		all = append(all, newDocument(filepath.ToSlash(relative), source))
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

var inHTML = regexp.MustCompile(`(?:src|href|srcset)="([^"]*)"`)

func newDocument(path string, source []byte) Document {
	d := Document{Path: path, Anchors: map[string]bool{}}
	html := func(lines *text.Segments) {
		for _, found := range inHTML.FindAllSubmatch(lines.Value(source), -1) {
			d.Links = append(d.Links, string(found[1]))
		}
	}
	root := goldmark.DefaultParser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.FencedCodeBlock:
			d.Blocks = append(d.Blocks, Block{Language: string(node.Language(source)), Text: string(node.Lines().Value(source)),
				Line: 1 + strings.Count(string(source[:node.Lines().At(0).Start]), "\n")})
		case *ast.Link:
			d.Links = append(d.Links, string(node.Destination))
		case *ast.Image:
			d.Links = append(d.Links, string(node.Destination))
		case *ast.CodeSpan:
			if word, ok := node.FirstChild().(*ast.Text); ok {
				d.Code = append(d.Code, string(word.Segment.Value(source)))
			}
		case *ast.Blockquote:
			for line := node.FirstChild(); line != nil; line = line.NextSibling() {
				d.Quotes = append(d.Quotes, strings.ReplaceAll(strings.TrimSpace(string(line.Lines().Value(source))), "\n", " "))
			}
		case *ast.RawHTML:
			html(node.Segments)
		case *ast.HTMLBlock:
			html(node.Lines())
		case *ast.Heading:
			d.Anchors[anchor(string(node.Lines().Value(source)))] = true
		}
		return ast.WalkContinue, nil
	})
	return d
}

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}
