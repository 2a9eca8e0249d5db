package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// program is what the project's Go files say, as far as documents speak of it.
type program struct {
	texts []string        // texts of the program, with "…" for what is only known when it runs
	codes []string        // codes of errors
	tests map[string]bool // names of tests and fuzz targets
}

func readProgram(t *testing.T) program {
	t.Helper()
	s := program{tests: map[string]bool{}}
	err := filepath.WalkDir(project, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != project && (name == "node_modules" || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case entry.IsDir(), filepath.Ext(name) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, "_test.go") {
			for _, declaration := range file.Decls {
				if function, ok := declaration.(*ast.FuncDecl); ok {
					s.tests[function.Name.Name] = true
				}
			}
			return nil
		}
		ast.Inspect(file, s.add)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *program) add(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.ValueSpec:
		if kind := selected(node.Type); kind == "Code" && len(node.Values) == 1 {
			s.codes = append(s.codes, text(node.Values[0]))
		}
	case *ast.BinaryExpr:
		s.texts = append(s.texts, text(node))
		return false
	case *ast.BasicLit:
		if node.Kind == token.STRING {
			s.texts = append(s.texts, text(node))
		}
	}
	return true
}

// selected is the name of a type, without its package.
func selected(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.Ident:
		return of.Name
	case *ast.SelectorExpr:
		return of.Sel.Name
	}
	return ""
}

var verb = regexp.MustCompile(`"?%[-+#0-9.\[\]]*[a-z]"?`)

// text is what an expression of strings says.
func text(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.BasicLit:
		if value, err := strconv.Unquote(of.Value); err == nil && of.Kind == token.STRING {
			return verb.ReplaceAllString(value, "…")
		}
	case *ast.BinaryExpr:
		if of.Op == token.ADD {
			return text(of.X) + text(of.Y)
		}
	case *ast.ParenExpr:
		return text(of.X)
	}
	return "…"
}

// TestTroubleshooting: every message that the page quotes is one of the program's, and every code is explained.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	said := readProgram(t)
	for _, d := range testserver.Documents(t, project) {
		if d.Path != "docs/troubleshooting.md" {
			continue
		}
		if len(d.Quotes) < 30 {
			t.Errorf("it quotes only %d messages", len(d.Quotes))
		}
		for _, quote := range d.Quotes {
			if !slices.ContainsFunc(said.texts, func(text string) bool { return strings.Contains(text, quote) }) {
				t.Errorf("nothing in the program says %q", quote)
			}
		}
		for _, code := range said.codes {
			if !slices.Contains(d.Code, code) {
				t.Errorf("it does not explain %s", code)
			}
		}
	}
	if len(said.codes) < 14 {
		t.Errorf("only the codes %q were found", said.codes)
	}
}

var (
	namesTest = regexp.MustCompile(`^(Test|Fuzz)[A-Z]\w*$`)
	namesPath = regexp.MustCompile(`^(\.ci|deploy|docs|e2e|gumroad|internal|prompts|resources|schemas|tools)/[\w./-]+$`)
)

// TestNamesInDocuments: the tests, files and directories that documents name exist.
func TestNamesInDocuments(t *testing.T) {
	t.Parallel()
	tests, named := readProgram(t).tests, 0
	for _, d := range testserver.Documents(t, project) {
		for _, word := range d.Code {
			switch {
			case namesTest.MatchString(word):
				if named++; !tests[word] {
					t.Errorf("%s: there is no test %s", d.Path, word)
				}
			case namesPath.MatchString(word):
				if _, err := os.Stat(filepath.Join(project, filepath.FromSlash(word))); err != nil {
					t.Errorf("%s: there is no %s", d.Path, word)
				}
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d tests are named", named)
	}
}
