package sandbox

import (
	"cmp"
	"html"
	"net/http"
	"slices"
	"strings"
)

// storefront is how a seller's profile looks.
type storefront struct {
	theme      theme
	tabs       []profileTab
	customHTML *string // takes the place of the tabs
}

// theme has defaults where it is empty.
type theme struct{ background, highlight, font string }

type profileTab struct {
	name     string
	sections []profileSection
}

// profileSection is a part of a tab. Nothing is left of one without a type but its id in the tab.
type profileSection struct {
	header, kind string
	hidden       bool // the header is
}

const productsSection = "SellerProfileProductsSection"

// themed is what the theme applies to.
var themed = []string{
	"storefront profile page", "product pages", "the checkout page, but only when every product being bought is this seller's",
	"the pages buyers see for products they bought", "posts", "the emails a seller sends to their audience",
}

func showTheme(r *request) answer {
	t := r.store.seller.theme
	return ok("theme", newObject().with("background_color", cmp.Or(t.background, "#ffffff")).
		with("highlight_color", cmp.Or(t.highlight, "#ff90e8")).with("font", cmp.Or(t.font, "ABC Favorit")).
		with("applies_to", themed).with("editable_by_seller", true).
		with("how_to_change", "The seller changes these themselves in Settings > Profile > Design, which previews the change before saving."))
}

func showProfileLayout(r *request) answer {
	seller := r.store.seller
	rendering := "tabs_and_sections"
	if seller.customHTML != nil && seller.customPages {
		rendering = "custom_html"
	}
	tabs := []*object{}
	for _, t := range r.store.shownTabs() {
		sections := []*object{}
		for _, s := range t.sections {
			header := orNull(strings.TrimSpace(s.header))
			if s.hidden {
				header = nil
			}
			if s.kind != "" {
				sections = append(sections, newObject().with("header", header).with("type", s.kind))
			}
		}
		tabs = append(tabs, newObject().with("name", t.name).with("sections", sections))
	}
	return ok("profile_layout", newObject().with("rendering", rendering).with("tab_bar_visible", len(tabs) > 1).
		with("tabs", tabs).with("editable_by_seller", true).
		with("how_to_change", "The seller edits these in the dashboard under Settings > Profile. You have no endpoint for them — you can read this layout but not change it."))
}

// shownTabs are the seller's, or Gumroad's own of one who has products and made no section.
func (st *store) shownTabs() []profileTab {
	made := slices.ContainsFunc(st.seller.tabs, func(t profileTab) bool { return len(t.sections) > 0 })
	if !made && slices.ContainsFunc(st.products, (*product).published) {
		return []profileTab{{name: "Products", sections: []profileSection{{kind: productsSection}}}}
	}
	return st.seller.tabs
}

// withProfilePage is for sellers who may have a page of custom HTML in place of their profile.
func withProfilePage(run func(*request) answer) func(*request) answer {
	return func(r *request) answer {
		if !r.store.seller.customPages {
			return refuse(noCustomHTML)
		}
		return run(r)
	}
}

func showProfilePage(r *request) answer {
	seller := r.store.seller
	rendered := seller.customHTML
	if rendered == nil {
		rendered = new(r.store.defaultProfile())
	}
	return render(http.StatusOK, success().with("custom_html", deref(seller.customHTML)).with("rendered_html", *rendered).
		with("has_landing_page", seller.customHTML != nil).with("profile_url", seller.profileURL()))
}

func previewProfilePage(r *request) answer { return previewPage(r, func(*string) string { return "" }) }

func replaceProfilePage(r *request) answer {
	switch {
	case r.store.seller.unconfirmed:
		return refuse(unconfirmed)
	case !r.params.has("custom_html"):
		return refuse(pageRequired)
	}
	if message := r.pageMessage(); message != "" {
		return refuse(message)
	}
	change := putPage(&r.store.seller.customHTML, r.params.str("custom_html"))
	r.commit()
	return r.changedProfile(change)
}

func editProfilePage(r *request) answer {
	if r.store.seller.unconfirmed {
		return refuse(unconfirmed)
	}
	change, message := r.editPage(&r.store.seller.customHTML)
	if message != "" {
		return refuse(message)
	}
	return r.changedProfile(change)
}

func (r *request) changedProfile(change pageChange) answer {
	body := success().with("custom_html", deref(change.page))
	body.merge(change.json())
	return render(http.StatusOK, body.with("profile_url", r.store.seller.profileURL()))
}

// defaultProfile stands for Gumroad's own storefront.
func (st *store) defaultProfile() string {
	var products strings.Builder
	for _, p := range slices.Backward(st.products) {
		if p.published() {
			products.WriteString("<li><a href=\"" + p.url(st.seller) + "\">" + html.EscapeString(p.name) + "</a></li>\n")
		}
	}
	return document(st.seller.name, "<p>"+html.EscapeString(st.seller.bio)+"</p>\n<ul>\n"+products.String()+"</ul>")
}

// document is a whole page of HTML.
func document(title, body string) string {
	title = html.EscapeString(title)
	return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + title + "</title></head>\n" +
		"<body>\n<h1>" + title + "</h1>\n" + body + "\n</body>\n</html>\n"
}
