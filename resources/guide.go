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

// guide is the pages under guide/, one a topic. Each begins with its title and a paragraph that says what it is
// about. A page names tools with {{tool "list_sales"}}, or {{tool "list_sales" "the list of sales"}} where the policy
// may hide the tool.
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
	parsed := template.Must(template.New("").Funcs(template.FuncMap{"tool": catalog.NameOf}).ParseFS(guideFiles, "guide/*.md"))
	for _, file := range files {
		var text strings.Builder
		if err := parsed.ExecuteTemplate(&text, path.Base(file), nil); err != nil {
			panic(err) // the pages are part of the program
		}
		topic := strings.TrimSuffix(path.Base(file), ".md")
		g.topics = append(g.topics, topic)
		g.texts[topic] = text.String()
	}
	slices.Sort(g.topics)
	return g
}

func (g *guide) open(_ context.Context, variables map[string]string) (text, mime string, err error) {
	text, ok := g.texts[variables["topic"]]
	if !ok {
		return "", "", &gumroad.Error{Code: gumroad.NotFound, Message: "There is no such page.",
			Hint: "The topics are " + strings.Join(g.topics, ", ") + "."}
	}
	return text, "", nil
}

// guideLifetime is how long a client may keep a page: it changes only with the configuration.
const guideLifetime = 5 * time.Minute

// pages are listed one by one too: menus of clients show no templates.
func (g *guide) pages() []Resource {
	var all []Resource
	for _, topic := range g.topics {
		paragraphs := strings.SplitN(g.texts[topic], "\n\n", 3)
		all = append(all, Resource{
			uri: scheme + "guide/" + topic, name: "guide_" + topic,
			title: "Guide: " + strings.TrimPrefix(paragraphs[0], "# "),
			doc:   strings.Join(strings.Fields(paragraphs[1]), " "), mime: markdownType, lifetime: guideLifetime,
			open: func(ctx context.Context, _ map[string]string) (text, mime string, err error) {
				return g.open(ctx, map[string]string{"topic": topic})
			},
		})
	}
	return all
}
