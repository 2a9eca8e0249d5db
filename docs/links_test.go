package docs_test

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// project is the project's directory.
const project = ".."

// TestLinks follows every link within the project.
func TestLinks(t *testing.T) {
	t.Parallel()
	documents := map[string]testserver.Document{}
	for _, d := range testserver.Documents(t, project) {
		documents[d.Path] = d
	}
	leads := map[string][]string{}
	for _, d := range documents {
		for _, link := range d.Links {
			to, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: %s: %v", d.Path, link, err)
				continue
			}
			if to.IsAbs() || to.Host != "" {
				continue
			}
			target := d.Path
			if to.Path != "" {
				target = path.Join(path.Dir(d.Path), to.Path)
			}
			leads[d.Path] = append(leads[d.Path], target)
			if _, err := os.Stat(filepath.Join(project, filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: %s leads nowhere", d.Path, link)
			} else if to.Fragment != "" && !documents[target].Anchors[to.Fragment] {
				t.Errorf("%s: %s: %s has no such heading", d.Path, link, target)
			}
		}
	}
	t.Run("every document is reached", func(t *testing.T) {
		reached := map[string]bool{}
		var follow func(string)
		follow = func(from string) {
			if reached[from] {
				return
			}
			reached[from] = true
			for _, to := range leads[from] {
				follow(to)
			}
		}
		follow("README.md")
		for name := range documents {
			if strings.HasPrefix(name, "docs/") && !reached[name] {
				t.Errorf("no link leads from README.md to %s", name)
			}
		}
	})
}
