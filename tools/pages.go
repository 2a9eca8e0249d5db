package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var pages = tool.Set{
	Name: "pages", Doc: "Pages of the storefront, such as About.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_pages", Title: "List pages", Effect: tool.Reads,
			Doc: "List the storefront's pages.",
			Run: tool.All((*gumroad.Client).ListStorePages)},
		{Name: "get_page", Title: "Read a page", Effect: tool.Reads,
			Doc: "Read a storefront page, in parts.",
			Run: tool.Run(getStorePage)},
		{Name: "create_page", Title: "Publish a page", Effect: tool.Changes,
			Doc:     "Publish a storefront page at once.",
			Refuses: refusedOfStorePages,
			Ask:     tool.Ask(askCreateStorePage),
			Run:     tool.Run(createStorePage)},
		{Name: "update_page", Title: "Change a page", Effect: tool.Changes,
			Doc:     "Change a page; what is omitted stays.",
			Refuses: refusedOfStorePages,
			Links:   "old_page",
			Ask:     tool.Ask(askUpdateStorePage),
			Run:     tool.Update(tool.RunWith(updateStorePage))},
		{Name: "delete_page", Title: "Delete a page", Effect: tool.Destroys,
			Doc:   "Delete a page for good.",
			Links: "old_page",
			Ask:   tool.Ask(askDeleteStorePage),
			Run:   tool.RunWith(deleteStorePage)},
	},
}

var refusedOfStorePages = map[string]string{
	"html": "use content for rich text, custom_html for a whole page", "body": "use content or custom_html",
	"name": "the argument is title", "draft": alwaysPublic, "published": alwaysPublic, "new_slug": "a slug cannot change",
}

const alwaysPublic = "a page has no drafts; it is public from the start"

type storePagePart struct {
	gumroad.StorePageRef
	pageStart
}

// shownStorePage is a page, or a part of it.
type shownStorePage struct {
	gumroad.StorePage
	pageExtent
}

func getStorePage(c *gumroad.Client, ctx context.Context, in storePagePart) (shownStorePage, error) {
	page, err := c.GetStorePage(ctx, in.StorePageRef)
	out := shownStorePage{StorePage: page}
	if page.CustomHTML != "" {
		out.CustomHTML, out.pageExtent = in.cut(page.CustomHTML)
	} else {
		out.Content, out.pageExtent = in.cut(page.Content)
	}
	return out, err
}

// storePageResult is a page after a change, without its body.
type storePageResult struct {
	OldTitle   string      `json:"old_title,omitempty"`
	Characters gumroad.Int `json:"characters" jsonschema_description:"Of its body as Gumroad stores it."`
	gumroad.StorePage
	keptPage
}

func newStorePageResult(page gumroad.StorePage, kept keptPage) storePageResult {
	out := storePageResult{Characters: gumroad.Int(utf8.RuneCountInString(page.Body())), StorePage: page, keptPage: kept}
	out.Content, out.CustomHTML = "", ""
	return out
}

// askCreateStorePage looks for pages that are in its way, and for one that it would repeat.
func askCreateStorePage(c *gumroad.Client, ctx context.Context, in gumroad.CreateStorePage) (string, error) {
	if err := in.Check(); err != nil {
		return "", err
	}
	there, err := c.ListStorePages(ctx, struct{}{})
	if err != nil {
		return "", err
	}
	find := func(fits func(gumroad.StorePage) bool) bool { return slices.ContainsFunc(there.Rows, fits) }
	if in.Slug != "" && find(func(p gumroad.StorePage) bool { return p.Slug == in.Slug }) {
		return "", rejected("There is a page at this slug already.",
			"update_page changes it; for another page choose another slug.")
	}
	body, err := describeBody(c, ctx, in.PageBody)
	if err != nil {
		return "", err
	}
	where := "at an address made of its title"
	if in.Slug != "" {
		where = "at /" + in.Slug
	}
	question := fmt.Sprintf("Publish the page %s on the storefront, %s, with %s? Anybody can see it at once.",
		text.Quote(in.Title), where, body)
	if find(func(p gumroad.StorePage) bool { return strings.EqualFold(p.Title, strings.TrimSpace(in.Title)) }) {
		question += " There is a page of this title already; both stay."
	}
	return question, nil
}

func createStorePage(c *gumroad.Client, ctx context.Context, in gumroad.CreateStorePage) (storePageResult, error) {
	page, err := c.CreateStorePage(ctx, in)
	return newStorePageResult(page, keptPage{}), err
}

// describeBody says what a page is to show. Gumroad previews custom HTML by the same rules as for the storefront, and
// so refuses what it would not take.
func describeBody(c *gumroad.Client, ctx context.Context, in gumroad.PageBody) (string, error) {
	body, _ := in.Given()
	if strings.TrimSpace(body) == "" {
		return "nothing", nil
	}
	if in.CustomHTML == nil {
		return fmt.Sprintf("rich text of %d characters", utf8.RuneCountInString(body)), nil
	}
	change, err := c.PreviewProfilePage(ctx, gumroad.NewCustomPage{HTML: body})
	if err != nil {
		return "", err
	}
	out := fmt.Sprintf("custom HTML of %d characters", utf8.RuneCountInString(change.HTML))
	if change.Removed.Total > 0 {
		out += fmt.Sprintf(" (parts that Gumroad takes out of it: %d)", change.Removed.Total)
	}
	return out, nil
}

func askUpdateStorePage(c *gumroad.Client, ctx context.Context, in gumroad.UpdateStorePage) (string, error) {
	if err := in.Check(); err != nil {
		return "", err
	}
	page, err := c.GetStorePage(ctx, in.StorePageRef)
	if err != nil {
		return "", err
	}
	var changes []string
	if title := strings.TrimSpace(in.Title); title != "" && title != page.Title {
		changes = append(changes, "its title becomes "+text.Quote(title))
	}
	if replaces(page, in.PageBody) {
		body, err := describeBody(c, ctx, in.PageBody)
		if err != nil {
			return "", err
		}
		change := bodyOf(page) + " is replaced by " + body
		if page.Body() == "" {
			change = "it shows " + body + ", and nothing so far"
		}
		changes = append(changes, change)
	}
	if len(changes) == 0 {
		return "", nil
	}
	return fmt.Sprintf("Change the page %s at %s: %s? Visitors see it at once.", text.Quote(page.Title),
		quoteURL(page.URL), strings.Join(changes, ", and ")), nil
}

// replaces reports whether a page would show something else.
func replaces(page gumroad.StorePage, with gumroad.PageBody) bool {
	return with.Content != nil && (*with.Content != page.Content || page.CustomHTML != "") ||
		with.CustomHTML != nil && (*with.CustomHTML != page.CustomHTML || page.Content != "")
}

func bodyOf(page gumroad.StorePage) string {
	count := utf8.RuneCountInString(page.Body())
	switch {
	case page.CustomHTML != "":
		return fmt.Sprintf("its custom HTML of %d characters", count)
	case page.Content != "":
		return fmt.Sprintf("its rich text of %d characters", count)
	}
	return "nothing on it"
}

func updateStorePage(env tool.Env, ctx context.Context, in gumroad.UpdateStorePage) (storePageResult, error) {
	before, err := env.GetStorePage(ctx, in.StorePageRef)
	if err != nil {
		return storePageResult{}, err
	}
	old := ""
	if replaces(before, in.PageBody) {
		old = before.Body()
	}
	kept, page, err := keeping(env, ctx, old, func() (gumroad.StorePage, error) { return env.UpdateStorePage(ctx, in) })
	if err != nil {
		return storePageResult{}, err
	}
	out := newStorePageResult(page, kept)
	if page.Title != before.Title {
		out.OldTitle = before.Title
	}
	return out, nil
}

func askDeleteStorePage(c *gumroad.Client, ctx context.Context, in gumroad.StorePageRef) (string, error) {
	page, err := c.GetStorePage(ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Delete the page %s at %s for good, with %s? Links to it lead nowhere then.",
		text.Quote(page.Title), quoteURL(page.URL), bodyOf(page)), nil
}

// deletedStorePage is the answer of a deletion, with the file of what was deleted.
type deletedStorePage struct {
	gumroad.Deleted[gumroad.StorePage]
	keptPage
}

func deleteStorePage(env tool.Env, ctx context.Context, in gumroad.StorePageRef) (deletedStorePage, error) {
	page, err := env.GetStorePage(ctx, in)
	if err != nil {
		return deletedStorePage{}, err
	}
	kept, gone, err := keeping(env, ctx, page.Body(), func() (gumroad.Deleted[gumroad.StorePage], error) {
		return env.DeleteStorePage(ctx, in)
	})
	if err != nil {
		return deletedStorePage{}, err
	}
	return deletedStorePage{gone, kept}, nil
}
