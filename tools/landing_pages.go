package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

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

var refusedOfPages = map[string]string{"custom_html": "the argument is html"}

// pagePart is how much of a page one answer has, in characters.
const pagePart = 8_000

type landingPagePart struct {
	gumroad.ProductRef
	From *gumroad.Int `json:"from,omitempty" jsonschema:"minimum=0" jsonschema_description:"From next_from."`
}

// shownPage is a landing page, or a part of it.
type shownPage struct {
	Exists     bool         `json:"exists"`
	URL        string       `json:"url,omitempty"`
	Characters gumroad.Int  `json:"characters" jsonschema_description:"Of the whole page."`
	HTML       string       `json:"html,omitempty" text:"long"`
	NextFrom   *gumroad.Int `json:"next_from,omitempty" jsonschema_description:"Pass as from for what follows."`
}

// Envelope names the record.
func (shownPage) Envelope() (one, many string) { return gumroad.LandingPage{}.Envelope() }

func getLandingPage(c *gumroad.Client, ctx context.Context, in landingPagePart) (shownPage, error) {
	page, err := c.GetLandingPage(ctx, in.ProductRef)
	if err != nil {
		return shownPage{}, err
	}
	all := []rune(page.HTML)
	out := shownPage{Exists: page.HTML != "", URL: page.URL, Characters: gumroad.Int(len(all))}
	from := 0
	if in.From != nil {
		from = min(int(*in.From), len(all))
	}
	to := min(from+pagePart, len(all))
	if out.HTML = string(all[from:to]); to < len(all) {
		out.NextFrom = new(gumroad.Int(to))
	}
	return out, nil
}

// pageResult is what became of a page: what to worry about comes first.
type pageResult struct {
	Warning    string       `json:"warning,omitempty" jsonschema_description:"Tell the person."`
	Stripped   gumroad.Int  `json:"stripped" jsonschema_description:"Parts that Gumroad took out of the page."`
	Why        []strippedOf `json:"why,omitempty"`
	Characters gumroad.Int  `json:"characters" jsonschema_description:"Of the page as Gumroad stores it; 0: no page."`
}

// strippedOf counts the parts taken out for one reason.
type strippedOf struct {
	What   string      `json:"what" jsonschema_description:"Tag, or tag and attribute."`
	Reason string      `json:"reason"`
	Count  gumroad.Int `json:"count"`
}

// Envelope names the record.
func (pageResult) Envelope() (one, many string) { return gumroad.LandingPage{}.Envelope() }

func newPageResult(change gumroad.LandingPageChange) pageResult {
	out := pageResult{Warning: change.Warning, Stripped: change.Removed.Total,
		Characters: gumroad.Int(utf8.RuneCountInString(change.HTML))}
	count := func(what, reason string) {
		for i := range out.Why {
			if out.Why[i].What == what && out.Why[i].Reason == reason {
				out.Why[i].Count++
				return
			}
		}
		out.Why = append(out.Why, strippedOf{what, reason, 1})
	}
	for _, tag := range change.Removed.Tags {
		count(tag.Tag, tag.Reason)
	}
	for _, attribute := range change.Removed.Attributes {
		count(attribute.Tag+" "+attribute.Attribute, attribute.Reason)
	}
	return out
}

func previewLandingPage(c *gumroad.Client, ctx context.Context, in gumroad.NewLandingPage) (pageResult, error) {
	change, err := c.PreviewLandingPage(ctx, in)
	return newPageResult(change), err
}

// changedPage is a page after a change, with the file of the one before.
type changedPage struct {
	pageResult
	URL     string `json:"url,omitempty"`
	OldPage string `json:"old_page,omitempty" jsonschema_description:"Resource with the page as it was, to go back to."`
	Path    string `json:"old_page_path,omitempty" jsonschema_description:"The same file on this machine."`
	Kept    string `json:"old_page_kept_until,omitempty"`
}

// changePage changes a page. It writes the old one to a file first, so that it is there even if the answer is lost: nobody
// else keeps it.
func changePage(env tool.Env, ctx context.Context, product gumroad.ProductRef,
	change func() (gumroad.LandingPageChange, error)) (out changedPage, err error) {
	before, err := env.GetLandingPage(ctx, product)
	if err != nil {
		return out, err
	}
	if err := out.keep(env, ctx, before.HTML); err != nil {
		return changedPage{}, err
	}
	changed, err := change()
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Code == gumroad.OutcomeUnknown && out.OldPage != "" {
		told := *e
		told.Hint = fmt.Sprintf("The page as it was is kept at %s.", out.OldPage)
		return changedPage{}, &told
	}
	if err != nil {
		return changedPage{}, err
	}
	out.pageResult, out.URL = newPageResult(changed), before.URL
	if changed.Previous != before.HTML { // somebody else changed it in between
		if err := out.keep(env, ctx, changed.Previous); err != nil {
			out.Warning += " The page that was replaced could not be written to a file; old_page is the one before it."
		}
	}
	return out, nil
}

// keep writes a page to a file, unless there is none.
func (p *changedPage) keep(env tool.Env, ctx context.Context, page string) error {
	if page == "" {
		return nil
	}
	file, err := env.WriteFile(ctx, "landing-page", "html", "text/html", func(w io.Writer) error {
		_, err := io.WriteString(w, page)
		return err
	})
	if err == nil {
		p.OldPage, p.Path, p.Kept = file.Resource, file.Path, file.KeptUntil
	}
	return err
}

func editLandingPage(env tool.Env, ctx context.Context, in gumroad.EditLandingPage) (changedPage, error) {
	return changePage(env, ctx, in.ProductRef, func() (gumroad.LandingPageChange, error) {
		return env.EditLandingPage(ctx, in)
	})
}

func replaceLandingPage(env tool.Env, ctx context.Context, in gumroad.NewLandingPage) (changedPage, error) {
	return changePage(env, ctx, in.ProductRef, func() (gumroad.LandingPageChange, error) {
		return env.ReplaceLandingPage(ctx, in)
	})
}

func clearLandingPage(env tool.Env, ctx context.Context, in gumroad.ProductRef) (changedPage, error) {
	return changePage(env, ctx, in, func() (gumroad.LandingPageChange, error) { return env.ClearLandingPage(ctx, in) })
}

// maxWarning is more than Gumroad's warnings of pages have, in characters.
const maxWarning = 500

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
	old := "Gumroad's own page"
	if page.HTML != "" {
		old = fmt.Sprintf("the page of %d characters", utf8.RuneCountInString(page.HTML))
	}
	question := fmt.Sprintf("Replace %s at %s, of %s, with this one of %d characters?", old, quoteURL(page.URL),
		text.Quote(product.Name), utf8.RuneCountInString(change.HTML))
	if product.Published.IsTrue() {
		question += " Buyers see it at once."
	}
	if change.Removed.Total > 0 {
		question += fmt.Sprintf(" Parts that Gumroad takes out of it: %d.", change.Removed.Total)
	}
	if change.Warning != "" {
		question += " Gumroad warns: " + text.Block(change.Warning, maxWarning)
	}
	return question, nil
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
	if page.HTML == "" {
		return "", &gumroad.Error{Code: gumroad.Rejected, Message: "The product has no landing page that could be taken down."}
	}
	return fmt.Sprintf("Take the landing page of %s at %s down (%d characters)? Gumroad's own page returns.",
		text.Quote(product.Name), quoteURL(page.URL), utf8.RuneCountInString(page.HTML)), nil
}
