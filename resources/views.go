package resources

import (
	"context"
	"sync"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/resources/views"
)

// ViewType is the type of the pages that show results to people.
const ViewType = views.MIME

// viewLifetime is how long a client may keep a page. Pages change only with the configuration.
const viewLifetime = 5 * time.Minute

// viewPages returns a resource for each page of package views, which is told those of its tools that are on.
func viewPages(catalog *tool.Catalog) []Resource {
	if !catalog.HasViews() {
		return nil
	}
	var all []Resource
	for _, view := range views.All() {
		page := sync.OnceValue(func() string { // made when it is first read, since many clients never do
			on := map[string]string{}
			for _, name := range view.Calls {
				if full := catalog.NameOf(name); full != "" {
					on[name] = full
				}
			}
			return view.Page(on)
		})
		all = append(all, Resource{
			uri: tool.ViewURI(view.Name), name: "view_" + view.Name, title: "View: " + view.Title, doc: view.Doc,
			mime: ViewType, lifetime: viewLifetime,
			from: view.Calls[:1], ui: map[string]any{"prefersBorder": true},
			open: func(context.Context, map[string]string) (contents, error) { return contents{text: page()}, nil },
		})
	}
	return all
}
