package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/identity"
)

// arrows says which packages of the project each package may import. They point one way: from the command line down to
// HTTP. Nothing else may import anything of ours, or a package of these anything but what stands here.
var arrows = map[string]string{
	".":                   "internal/cli",
	"internal/economy":    "internal/server internal/mcpfix internal/tool tools gumroad gumroad/sandbox",
	"internal/cli":        "internal/app internal/clients internal/server internal/mcpfix internal/settings internal/completion internal/splice internal/tool gumroad gumroad/sandbox internal/object internal/text",
	"internal/clients":    "internal/identity internal/splice",
	"internal/app":        "internal/events internal/server internal/settings internal/source internal/state internal/telemetry internal/tool resources tools gumroad gumroad/sandbox",
	"internal/server":     "internal/events internal/identity internal/mcpfix internal/settings internal/telemetry resources prompts internal/completion internal/tool gumroad",
	"tools":               "internal/events internal/tool tools/reports gumroad gumroad/richcontent internal/text",
	"resources":           "resources/views internal/completion internal/events internal/tool gumroad internal/object",
	"prompts":             "internal/completion internal/events internal/tool gumroad",
	"internal/completion": "internal/tool internal/object internal/kept",
	"internal/telemetry":  "internal/identity internal/tool gumroad",
	"internal/settings":   "internal/tool gumroad",
	"internal/tool":       "gumroad schemas internal/events internal/source internal/state internal/text internal/object internal/kept",
	"internal/events":     "gumroad internal/kept internal/state",
	"internal/source":     "gumroad",
	"tools/reports":       "gumroad internal/picture internal/text internal/object",
}

// serverOfMCP is the part of mcp-go that only the edge to it may know.
const serverOfMCP = "github.com/mark3labs/mcp-go/server"

func TestArrows(t *testing.T) {
	unused := map[string]bool{}
	for from, to := range arrows {
		for _, name := range strings.Fields(to) {
			unused[from+" -> "+name] = true
		}
	}
	for file, imports := range importsOfProgram(t) {
		from := filepath.ToSlash(filepath.Dir(file))
		for _, imported := range imports {
			to, ours := strings.CutPrefix(imported, identity.Module()+"/")
			delete(unused, from+" -> "+to)
			if ours && !slices.Contains(strings.Fields(arrows[from]), to) {
				t.Errorf("%s imports %s, to which no arrow points", file, to)
			}
			if imported == serverOfMCP && from != "internal/server" && from != "internal/mcpfix" {
				t.Errorf("%s imports %s, which only internal/server and internal/mcpfix may", file, imported)
			}
			if imported == "unsafe" && from != "internal/mcpfix" {
				t.Errorf("%s imports unsafe, which only internal/mcpfix may", file)
			}
		}
	}
	for arrow := range unused {
		t.Errorf("nothing takes the arrow %s", arrow)
	}
}

// importsOfProgram is what each file of the program imports; tests and what only tests use are not part of it.
func importsOfProgram(t *testing.T) map[string][]string {
	imports := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		switch name := path.Base(filepath.ToSlash(file)); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "e2e" || name == "testserver" || name == "node_modules" || len(name) > 1 && name[0] == '.'):
			return fs.SkipDir
		case entry.IsDir(), filepath.Ext(name) != ".go", strings.HasSuffix(name, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imports[file] = append(imports[file], strings.Trim(spec.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}
