package sandbox

import "strings"

// taxon is a category of Gumroad Discover.
type taxon struct {
	id     int
	name   string
	label  string
	path   string
	parent int
}

var taxonomy = func() []taxon {
	paths := []string{
		"3d", "3d/assets", "3d/avatars", "audio", "audio/sound-design", "business-and-money", "business-and-money/entrepreneurship",
		"comics-and-graphic-novels", "design", "design/branding", "design/fonts", "design/graphics", "design/icons",
		"design/print-and-packaging", "design/ui-and-web", "design/ui-and-web/figma", "drawing-and-painting",
		"drawing-and-painting/artwork-and-commissions", "drawing-and-painting/digital-illustration",
		"drawing-and-painting/digital-illustration/procreate", "education", "fiction-books", "films", "fitness-and-health",
		"gaming", "music-and-sound-design", "other", "photography", "recorded-music", "self-improvement",
		"software-development", "software-development/programming", "writing-and-publishing",
	}
	ids := map[string]int{}
	var out []taxon
	for i, path := range paths {
		t := taxon{id: i + 1, path: path, name: path}
		if cut := strings.LastIndexByte(path, '/'); cut >= 0 {
			t.name, t.parent = path[cut+1:], ids[path[:cut]]
		}
		ids[path] = t.id
		t.label = taxonLabel(t.name)
		out = append(out, t)
	}
	return out
}()

func taxonLabel(slug string) string {
	switch slug {
	case "3d":
		return "3D"
	case "ui-and-web":
		return "UI & Web"
	}
	words := strings.Split(slug, "-")
	for i, w := range words {
		if w == "and" {
			words[i] = "&"
			continue
		}
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

func taxonomyByID(id int) taxon {
	if id < 1 || id > len(taxonomy) {
		return taxon{}
	}
	return taxonomy[id-1]
}

func taxonomyByPath(path string) taxon {
	for _, t := range taxonomy {
		if t.path == path {
			return t
		}
	}
	return taxon{}
}

// listTaxonomy is GET /categories.
func listTaxonomy(*request) answer {
	rows := []*object{}
	for _, t := range taxonomy {
		rows = append(rows, newObject().with("id", t.id).with("name", t.name).with("label", t.label).
			with("path", t.path).with("parent_id", orNull(t.parent)))
	}
	list := ok("categories", rows)
	list.cache = "max-age=3600, private"
	return list
}
