package resources

import (
	"context"
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

//go:embed guide/*.md
var guideFiles embed.FS

// guide holds the pages of the directory guide/, one for each topic. A page begins with its title and a paragraph that
// says what it is about. It names a tool as {{tool "list_sales"}}, with the prefix then put in, or as {{tool
// "list_sales" "the list of sales"}}, which is the alternative if the tool is off.
type guide struct {
	topics []string
	texts  map[string]string
}

func newGuide(catalog *tool.Catalog) *guide {
	files, err := fs.Glob(guideFiles, "guide/*.md")
	if err != nil {
		panic(err)
	}
	g := &guide{texts: map[string]string{}}
	functions := template.FuncMap{"tool": catalog.NameOf}
	parsed := template.Must(template.New("").Funcs(functions).ParseFS(guideFiles, "guide/*.md"))
	for _, file := range files {
		var text strings.Builder
		if err := parsed.ExecuteTemplate(&text, path.Base(file), nil); err != nil {
			panic(err) // a page is malformed, which is a fault of the program
		}
		topic := strings.TrimSuffix(path.Base(file), ".md")
		g.topics = append(g.topics, topic)
		g.texts[topic] = text.String()
	}
	slices.Sort(g.topics)
	return g
}

func (g *guide) open(_ context.Context, variables map[string]string) (contents, error) {
	text, ok := g.texts[variables["topic"]]
	if !ok {
		return contents{}, &gumroad.Error{Code: gumroad.NotFound, Message: "The guide has no such page.",
			Hint: "The topics are " + strings.Join(g.topics, ", ") + "."}
	}
	return contents{text: text}, nil
}

// guideLifetime is how long a client may keep a page. Pages change only with the configuration.
const guideLifetime = 5 * time.Minute

// pages returns a resource for each page. They are listed besides the template, because clients' menus show no
// templates.
func (g *guide) pages() []Resource {
	var all []Resource
	for _, topic := range g.topics {
		paragraphs := strings.SplitN(g.texts[topic], "\n\n", 3)
		all = append(all, Resource{
			uri: scheme + "guide/" + topic, name: "guide_" + topic,
			title: "Guide: " + strings.TrimPrefix(paragraphs[0], "# "),
			doc:   strings.Join(strings.Fields(paragraphs[1]), " "), mime: markdownType, lifetime: guideLifetime,
			open: func(ctx context.Context, _ map[string]string) (contents, error) {
				return g.open(ctx, map[string]string{"topic": topic})
			},
		})
	}
	return all
}
