package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/richcontent"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var productContent = tool.Set{
	Name: "product_content", Doc: "The pages that buyers of a product see.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_content_pages", Title: "List content pages", Effect: tool.Reads,
			Doc: "List the pages that buyers see, with their files and, if wanted, their text in Markdown.",
			Run: tool.All(listContentPages)},
		{Name: "add_content_page", Title: "Add a content page", Effect: tool.Changes,
			Doc: "Add a page to what buyers of a product see.",
			Ask: tool.Ask(askAddContentPage),
			Run: tool.Run(addContentPage)},
		{Name: "update_content_page", Title: "Change a content page", Effect: tool.Changes,
			Doc: "Change the title or text of a content page. Keep its {{…}} lines: they are blocks.",
			Ask: tool.Ask(askUpdateContentPage),
			Run: tool.Run(updateContentPage)},
		{Name: "delete_content_page", Title: "Delete a content page", Effect: tool.Destroys,
			Doc: "Delete a content page, with its upsell cards.",
			Ask: tool.Ask(askDeleteContentPage),
			Run: tool.Run(deleteContentPage)},
	},
}

// pagesOf names a product, and a variant of it if each has pages of its own.
type pagesOf struct {
	gumroad.ProductRef
	VariantID string `json:"variant_id,omitempty" jsonschema_description:"If variants have own pages."`
}

// contentPage is a page that buyers see, with its text in Markdown.
type contentPage struct {
	Title     string   `json:"title,omitempty" concise:"always"`
	Files     []string `json:"files,omitempty" concise:"always" jsonschema_description:"Shown on the page."`
	Length    int      `json:"text_length" concise:"always" jsonschema_description:"Characters."`
	Text      string   `json:"text,omitempty" text:"long" concise:"always" jsonschema_description:"Markdown; shortened if text_length is over 8000."`
	UpdatedAt string   `json:"updated_at,omitempty" concise:"always"`
	ID        string   `json:"id" concise:"always"`
}

// Envelope names the record.
func (contentPage) Envelope() (one, many string) { return "content_page", "content_pages" }

// RowID returns the page's id.
func (p contentPage) RowID() string { return p.ID }

// listedPages says whose pages are listed.
type listedPages struct {
	pagesOf
	WithText bool `json:"with_text,omitempty" jsonschema_description:"With their text."`
}

func listContentPages(c *gumroad.Client, ctx context.Context, in listedPages) (all gumroad.Page[contentPage], err error) {
	at, err := findPlace(c, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return all, err
	}
	for _, page := range at.pages {
		shown, err := at.show(page)
		if err != nil {
			return all, err
		}
		if !in.WithText {
			shown.Text = ""
		}
		all.Rows = append(all.Rows, shown)
	}
	return all, nil
}

func (at place) show(page gumroad.ContentPage) (contentPage, error) {
	d, err := document(page)
	if err != nil {
		return contentPage{}, err
	}
	out := contentPage{Title: page.Title, UpdatedAt: page.UpdatedAt, ID: page.ID, Text: d.Markdown()}
	out.Length = utf8.RuneCountInString(out.Text)
	for _, id := range d.Files() {
		name := "a file that is gone"
		for _, file := range at.product.Files {
			if gumroad.SameID(file.ID, id) {
				name = fileName(file)
			}
		}
		out.Files = append(out.Files, fmt.Sprintf("%s (%s)", name, id))
	}
	return out, nil
}

// changedContent is a page after a change, with what the change did besides.
type changedContent struct {
	contentPage
	Dropped     []string `json:"dropped,omitempty" jsonschema_description:"Blocks that are gone from the page."`
	Added       []string `json:"added,omitempty"`
	Reformatted int      `json:"reformatted,omitempty" jsonschema_description:"Changed paragraphs that lost formatting which Markdown lacks."`
}

// edited is what becomes of a page's text.
type edited struct {
	richcontent.Changes
	document richcontent.Document
}

// effects says what an edit does besides changing text, for the person who is asked.
func (e edited) effects(before richcontent.Document) (said string) {
	if len(e.Dropped) > 0 {
		said += " Gone from it: " + text.Quote(strings.Join(e.Dropped, ", ")) + "."
	}
	if len(e.Added) > 0 {
		said += " New on it: " + text.Quote(strings.Join(e.Added, ", ")) + "."
	}
	return said + keyEffect(before, e.document)
}

// keyEffect says what a change does to licence keys, which follow from the block that shows them.
func keyEffect(before, after richcontent.Document) string {
	switch had, has := before.HasLicenseKey(), after.HasLicenseKey(); {
	case has && !had:
		return " If no other page shows licence keys, all buyers get one."
	case had && !has:
		return " If no other page shows licence keys, they are switched off."
	}
	return ""
}

// edit makes a document of a Markdown text.
func edit(before richcontent.Document, markdown string) (edited, error) {
	after, changes, err := before.Edit(markdown, newUID)
	if err != nil {
		return edited{}, gumroad.Invalid("text cannot be used: " + err.Error() + ".")
	}
	return edited{changes, after}, nil
}

// newPage is a page to add.
type newPage struct {
	pagesOf
	Title       string `json:"title" jsonschema_description:"Heading."`
	Text        string `json:"text" jsonschema_description:"Markdown; {{file ID}} shows a file."`
	AfterPageID string `json:"after_page_id,omitempty" jsonschema_description:"Default: at the end."`
}

// plan returns the pages with the new one, and where it stands among them.
func (in newPage) plan(at place) (pages []gumroad.PageEntry, index int, made edited, err error) {
	if made, err = edit(richcontent.Document{}, in.Text); err != nil {
		return nil, 0, made, err
	}
	if err = at.knowsFiles(made.document); err != nil {
		return nil, 0, made, err
	}
	index = len(at.pages)
	if in.AfterPageID != "" {
		if index, err = at.page(in.AfterPageID); err != nil {
			return nil, 0, made, err
		}
		index++
	}
	page := gumroad.PageEntry{Description: made.document.JSON()}
	if in.Title != "" {
		page.Title = &in.Title
	}
	return slices.Insert(at.entries(), index, page), index, made, nil
}

// knowsFiles refuses files that are not the product's.
func (at place) knowsFiles(d richcontent.Document) error {
	for _, id := range d.Files() {
		if _, err := at.file(id); err != nil {
			return err
		}
	}
	return nil
}

func askAddContentPage(c *gumroad.Client, ctx context.Context, in newPage) (string, error) {
	at, err := findPlace(c, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return "", err
	}
	_, _, made, err := in.plan(at)
	if err != nil || !at.isSold() {
		return "", err
	}
	question := fmt.Sprintf("Show the new page %s to %s?", text.Quote(in.Title), at.buyers())
	if len(at.pages) == 0 && len(at.product.Files) > 0 {
		question += " It is the first: files that it does not show are no longer shown."
	}
	return question + keyEffect(richcontent.Document{}, made.document), nil
}

func addContentPage(c *gumroad.Client, ctx context.Context, in newPage) (changedContent, error) {
	at, err := findPlace(c, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return changedContent{}, err
	}
	pages, index, _, err := in.plan(at)
	if err != nil {
		return changedContent{}, err
	}
	changed, err := at.setPages(c, ctx, pages)
	if err != nil {
		return changedContent{}, err
	}
	return at.changed(changed, index, edited{})
}

// changed returns a page as Gumroad answered a change.
func (at place) changed(pages []gumroad.ContentPage, index int, by edited) (changedContent, error) {
	out := changedContent{Dropped: by.Dropped, Added: by.Added, Reformatted: by.Reformatted}
	if index >= len(pages) {
		return out, nil // the change was made; the answer does not show the page
	}
	shown, err := at.show(pages[index])
	if err == nil {
		shown.Text = "" // it was given
		out.contentPage = shown
	}
	return out, nil
}

// pageRef names a page.
type pageRef struct {
	pagesOf
	PageID string `json:"page_id" jsonschema_description:"From list_content_pages."`
}

// pageChange is what is to change about a page.
type pageChange struct {
	pageRef
	Title *string `json:"title,omitempty" jsonschema_description:"New heading."`
	Text  *string `json:"text,omitempty" jsonschema_description:"New text in Markdown."`
	Find  string  `json:"find,omitempty" jsonschema_description:"Replace only this part of it, verbatim."`
}

// maxWholeText is how much of a page's text a result shows, in characters. Who has not seen all of it must not replace all
// of it.
const maxWholeText = 8_000

// plan returns the page as it is to be.
func (in pageChange) plan(at place) (index int, page gumroad.PageEntry, before richcontent.Document, made edited, err error) {
	if in.Title == nil && in.Text == nil {
		return 0, page, before, made, gumroad.Invalid("Nothing to change was given.", "Pass title, text or both.")
	}
	if index, err = at.page(in.PageID); err != nil {
		return 0, page, before, made, err
	}
	page = at.pages[index].Entry()
	if in.Title != nil {
		page.Title = in.Title
		if *in.Title == "" {
			page.Title = nil
		}
	}
	if before, err = document(at.pages[index]); err != nil {
		return 0, page, before, made, err
	}
	if made.document = before; in.Text == nil {
		return index, page, before, made, nil
	}
	markdown, whole := *in.Text, before.Markdown()
	if in.Find == "" && utf8.RuneCountInString(whole) > maxWholeText {
		return 0, page, before, made, gumroad.Invalid("The text of the page is longer than what is shown of it, so it cannot be replaced as a whole.",
			"Pass find with the part that is to be replaced.")
	}
	if in.Find != "" {
		if n := strings.Count(whole, in.Find); n != 1 {
			return 0, page, before, made, gumroad.Invalid(fmt.Sprintf("find stands %d times in the text of the page, and has to stand once.", n),
				"Copy it from list_content_pages with with_text.")
		}
		markdown = strings.Replace(whole, in.Find, *in.Text, 1)
	}
	if made, err = edit(before, markdown); err != nil {
		return 0, page, before, made, err
	}
	for _, id := range made.document.Files() {
		if !slices.Contains(before.Files(), id) {
			if _, err := at.file(id); err != nil {
				return 0, page, before, made, err
			}
		}
	}
	page.Description = made.document.JSON()
	return index, page, before, made, nil
}

func askUpdateContentPage(c *gumroad.Client, ctx context.Context, in pageChange) (string, error) {
	at, err := findPlace(c, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return "", err
	}
	index, _, before, made, err := in.plan(at)
	if err != nil || !at.isSold() {
		return "", err
	}
	what := "Rename"
	if in.Text != nil {
		what = "Change"
	}
	question := fmt.Sprintf("%s the page %s (last changed %s) for %s? The old one is not kept.", what,
		text.Quote(at.pages[index].Title), text.Plain(at.pages[index].UpdatedAt), at.buyers())
	return question + made.effects(before), nil
}

func updateContentPage(c *gumroad.Client, ctx context.Context, in pageChange) (changedContent, error) {
	at, err := findPlace(c, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return changedContent{}, err
	}
	index, page, _, made, err := in.plan(at)
	if err != nil {
		return changedContent{}, err
	}
	pages := at.entries()
	pages[index] = page
	changed, err := at.setPages(c, ctx, pages)
	if err != nil {
		return changedContent{}, err
	}
	return at.changed(changed, index, made)
}

func askDeleteContentPage(c *gumroad.Client, ctx context.Context, in pageRef) (string, error) {
	at, err := findPlace(c, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return "", err
	}
	index, err := at.page(in.PageID)
	if err != nil {
		return "", err
	}
	before, err := document(at.pages[index])
	if err != nil {
		return "", err
	}
	question := fmt.Sprintf("Delete the page %s (last changed %s)? It is gone at once for %s, and cannot be brought back.",
		text.Quote(at.pages[index].Title), text.Plain(at.pages[index].UpdatedAt), at.buyers())
	if n := len(before.Files()); n > 0 {
		question += fmt.Sprintf(" It shows %d files, which stay with the product.", n)
	}
	return question + keyEffect(before, richcontent.Document{}), nil
}

// deletedPage is what is left after a deletion.
type deletedPage struct {
	Deleted string `json:"deleted,omitempty" jsonschema_description:"Title of the page."`
	Left    int    `json:"pages_left"`
}

// Envelope names the kind of record that changed.
func (deletedPage) Envelope() (one, many string) { return contentPage{}.Envelope() }

func deleteContentPage(c *gumroad.Client, ctx context.Context, in pageRef) (deletedPage, error) {
	at, err := findPlace(c, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return deletedPage{}, err
	}
	index, err := at.page(in.PageID)
	if err != nil {
		return deletedPage{}, err
	}
	changed, err := at.setPages(c, ctx, slices.Delete(at.entries(), index, index+1))
	return deletedPage{Deleted: at.pages[index].Title, Left: len(changed)}, err
}
