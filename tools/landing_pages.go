package tools

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var landingPages = tool.Set{
	Name: "landing_pages", Doc: "Products' own pages of custom HTML, where Gumroad allows them.", Optional: true,
	Tools: []tool.Tool{
		{Name: "get_landing_page", Title: "Read a landing page", Effect: tool.Reads,
			Doc: "Read a product's custom landing page, in parts.",
			Run: tool.Run(getLandingPage)},
		{Name: "preview_landing_page", Title: "Preview a landing page", Effect: tool.Reads,
			Doc:     "What Gumroad would strip from a landing page, or warn of; saves nothing.",
			Refuses: refusedOfPages,
			Run:     tool.Run(previewLandingPage)},
		{Name: "edit_landing_page", Title: "Edit a landing page", Effect: tool.Changes,
			Doc:   "Replace one exact snippet of a product's landing page.",
			Links: "old_page",
			Run:   tool.RunWith(editLandingPage)},
		{Name: "replace_landing_page", Title: "Replace a landing page", Effect: tool.Destroys,
			Doc:     "Give a product a landing page, in place of any it has.",
			Refuses: refusedOfPages,
			Links:   "old_page",
			Ask:     tool.Ask(askReplaceLandingPage),
			Run:     tool.RunWith(replaceLandingPage)},
		{Name: "clear_landing_page", Title: "Take a landing page down", Effect: tool.Destroys,
			Doc:   "Take a product's landing page down; Gumroad's own returns.",
			Links: "old_page",
			Ask:   tool.Ask(askClearLandingPage),
			Run:   tool.RunWith(clearLandingPage)},
	},
}

type (
	landingPageResult = pageResult[gumroad.OfProduct]
	changedLanding    = changedPage[gumroad.OfProduct]
)

type landingPagePart struct {
	gumroad.ProductRef
	pageStart
}

func getLandingPage(c *gumroad.Client, ctx context.Context, in landingPagePart) (shownPage[gumroad.OfProduct], error) {
	page, err := c.GetLandingPage(ctx, in.ProductRef)
	return showPage(page, in.pageStart), err
}

func previewLandingPage(c *gumroad.Client, ctx context.Context, in gumroad.NewLandingPage) (landingPageResult, error) {
	change, err := c.PreviewLandingPage(ctx, in)
	return newPageResult(change), err
}

func changeLandingPage(env tool.Env, ctx context.Context, product gumroad.ProductRef,
	change func() (gumroad.LandingPageChange, error)) (changedLanding, error) {
	read := func() (gumroad.LandingPage, error) { return env.GetLandingPage(ctx, product) }
	return changePage(env, ctx, read, change)
}

func editLandingPage(env tool.Env, ctx context.Context, in gumroad.EditLandingPage) (changedLanding, error) {
	return changeLandingPage(env, ctx, in.ProductRef, func() (gumroad.LandingPageChange, error) {
		return env.EditLandingPage(ctx, in)
	})
}

func replaceLandingPage(env tool.Env, ctx context.Context, in gumroad.NewLandingPage) (changedLanding, error) {
	return changeLandingPage(env, ctx, in.ProductRef, func() (gumroad.LandingPageChange, error) {
		return env.ReplaceLandingPage(ctx, in)
	})
}

func clearLandingPage(env tool.Env, ctx context.Context, in gumroad.ProductRef) (changedLanding, error) {
	return changeLandingPage(env, ctx, in, func() (gumroad.LandingPageChange, error) {
		return env.ClearLandingPage(ctx, in)
	})
}

// askReplaceLandingPage asks about a page that buyers see or that would be lost. A first page of a draft is neither.
func askReplaceLandingPage(c *gumroad.Client, ctx context.Context, in gumroad.NewLandingPage) (string, error) {
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	page, err := c.GetLandingPage(ctx, in.ProductRef)
	if err != nil || page.HTML == "" && !product.Published.IsTrue() {
		return "", err
	}
	change, err := c.PreviewLandingPage(ctx, in)
	if err != nil {
		return "", err
	}
	seen := ""
	if product.Published.IsTrue() {
		seen = " Buyers see it at once."
	}
	return replaceQuestion(page, "of "+text.Quote(product.Name), seen, change), nil
}

func askClearLandingPage(c *gumroad.Client, ctx context.Context, in gumroad.ProductRef) (string, error) {
	product, err := c.GetProduct(ctx, in)
	if err != nil {
		return "", err
	}
	page, err := c.GetLandingPage(ctx, in)
	if err != nil {
		return "", err
	}
	return clearQuestion(page, "landing page", text.Quote(product.Name))
}
