package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
)

// pageRow is a content page of a product, or of one of its options.
type pageRow struct {
	product string
	option  string // "" is the product itself
	days    float64
	title   string
	nodes   string // JSON, in which {file NAME} is the id of the product's file
}

type mediaRow struct {
	days float64
	name string
	kind string
	size int
}

func firstPages() []pageRow {
	return []pageRow{
		{product: gridsmith, days: 200, title: "Start here", nodes: `[
			{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Welcome to Gridsmith"}]},
			{"type":"paragraph","content":[{"type":"text","text":"Install the plugin, then enter "},{"type":"text","marks":[{"type":"bold"}],"text":"your key"},{"type":"text","text":":"}]},
			{"type":"licenseKey"},
			{"type":"orderedList","attrs":{"start":1},"content":[
				{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Open Figma."}]}]},
				{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Choose "},{"type":"text","marks":[{"type":"code"}],"text":"Plugins > Gridsmith"},{"type":"text","text":"."}]}]}]},
			{"type":"fileEmbed","attrs":{"id":"{file gridsmith}","uid":"6f2b7f0e-5d0c-4a57-9c7e-0d9f3a2b1c01","collapsed":false}}]`},
		{product: gridsmith, days: 90, title: "Going further", nodes: `[
			{"type":"paragraph","content":[{"type":"text","text":"The handbook has a chapter on "},{"type":"tiptap-link","attrs":{"href":"https://gridsmith.example/baseline"},"content":[{"type":"text","text":"baseline grids"}]},{"type":"text","text":"."}]},
			{"type":"fileEmbed","attrs":{"id":"{file handbook}","uid":"6f2b7f0e-5d0c-4a57-9c7e-0d9f3a2b1c02","collapsed":true}},
			{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"A grid is a promise."}]}]},
			{"type":"posts"},
			{"type":"moreLikeThis","attrs":{"productCount":4,"directLinks":false}}]`},
		{product: pixelClub, option: "Sketch", days: 60, title: "This month's pack", nodes: `[
			{"type":"paragraph","content":[{"type":"text","text":"Twelve new textures."}]}]`},
		{product: pixelClub, option: "Studio", days: 60, title: "This month's pack", nodes: `[
			{"type":"paragraph","content":[{"type":"text","text":"Twelve new textures, and the workshop."}]},
			{"type":"mediaEmbed","attrs":{"url":"https://www.youtube.com/watch?v=workshop","title":"Workshop","html":"<iframe src=\"https://www.youtube.com/embed/workshop\"></iframe>"}}]`},
	}
}

func firstMedia() []mediaRow {
	return []mediaRow{
		{380, "studio", "image/jpeg", 412_000},
		{170, "banner", "image/png", 1_240_000},
		{25, "autumn sale", "image/png", 640_000},
	}
}

var contentHighlights = []highlightRow{
	{"product with a gallery", "three covers, a thumbnail, two files and two content pages", gridsmith},
	{"product with pages for each option", "a membership whose tiers have their own content", pixelClub},
}

// addContents fills in pages and media once the products are there.
func (d *demo) addContents(pages []pageRow, shown []mediaRow) {
	for _, row := range pages {
		p := d.product(row.product)
		text := row.nodes
		for _, f := range p.files {
			text = strings.ReplaceAll(text, "{file "+f.name+"}", f.id)
		}
		page := &contentPage{title: new(row.title), updatedAt: d.ago(row.days)}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&page.nodes); err != nil {
			panic(fmt.Sprintf("sandbox: the page %q of the demo is no JSON: %v", row.title, err))
		}
		_, page.id = d.s.numbered("rich_content")
		if row.option == "" {
			p.richContent = append(p.richContent, page)
			continue
		}
		for _, v := range p.liveVariants() {
			if v.name == row.option {
				v.richContent = append(v.richContent, page)
			}
		}
	}
	for _, row := range shown {
		m := d.s.newMedia(row.name, row.kind, row.size)
		m.createdAt = d.ago(row.days)
		d.st.media = append(d.st.media, m)
	}
}
