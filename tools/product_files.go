package tools

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/richcontent"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var productFiles = tool.Set{
	Name: "product_files", Doc: "The files that buyers of a product get.", Optional: true,
	Tools: []tool.Tool{
		{Name: "add_product_file", Title: "Add a file to a product", Effect: tool.Changes,
			Doc: "Upload a file to a product and show it on a content page.",
			Ask: tool.AskWith(askAddFile),
			Run: tool.RunWith(addFile)},
		{Name: "delete_product_file", Title: "Remove a file from a product", Effect: tool.Destroys,
			Doc: "Remove a file from a product and from its content pages; buyers lose it.",
			Ask: tool.Ask(askDeleteFile),
			Run: tool.Run(deleteFile)},
	},
}

// newFile is a file to add.
type newFile struct {
	pagesOf
	tool.Source
	Name   string `json:"name,omitempty" jsonschema_description:"Shown to buyers."`
	PageID string `json:"page_id,omitempty" jsonschema_description:"Default: the last page."`
}

// onPage returns the index of the page that is to show the file, or -1 if there are no pages.
func (in newFile) onPage(at place) (int, error) {
	if in.PageID == "" {
		return len(at.pages) - 1, nil
	}
	return at.page(in.PageID)
}

func askAddFile(env tool.Env, ctx context.Context, in newFile) (string, error) {
	if err := env.Check(in.Source); err != nil {
		return "", err
	}
	at, err := findPlace(env.Client, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return "", err
	}
	index, err := in.onPage(at)
	if err != nil {
		return "", err
	}
	what := "the file at " + quoteURL(in.URL)
	if in.Path != "" {
		file, err := env.Open(ctx, in.Source)
		if err != nil {
			return "", err
		}
		what = fmt.Sprintf("%s (%s)", text.Quote(file.Name), gumroad.FormatBytes(file.Size))
		if err := file.Close(); err != nil {
			return "", gumroad.Internal(err)
		}
	}
	if !at.isSold() {
		return "", nil
	}
	question := fmt.Sprintf("Give %s to %s?", what, at.buyers())
	if index >= 0 {
		question += fmt.Sprintf(" It is shown on the page %s.", text.Quote(at.pages[index].Title))
	}
	return question, nil
}

// addedFile is a file that a product has got.
type addedFile struct {
	gumroad.ProductFile
	Page    string `json:"page,omitempty" jsonschema_description:"Shows the file."`
	Problem string `json:"problem,omitempty" jsonschema_description:"What did not work after the file was added."`
}

// Envelope names the kind of record that changed: get_product shows its files.
func (addedFile) Envelope() (one, many string) { return gumroad.Product{}.Envelope() }

// temporaryID is what a new file is called in the request that adds it.
const temporaryID = "new-file"

func addFile(env tool.Env, ctx context.Context, in newFile) (out addedFile, err error) {
	at, err := findPlace(env.Client, ctx, in.ProductRef, in.VariantID)
	if err != nil {
		return out, err
	}
	if _, err := in.onPage(at); err != nil {
		return out, err
	}
	file, err := env.Open(ctx, in.Source)
	if err != nil {
		return out, err
	}
	address, err := env.UploadFile(ctx, file.Content)
	if err := errors.Join(err, file.Close()); err != nil {
		return out, err
	}
	// An upload takes its time: the lists that are sent back are those of now.
	if at, err = at.again(env.Client, ctx); err != nil {
		return out, err
	}
	index, err := in.onPage(at)
	if err != nil {
		return out, err
	}
	ref := gumroad.ProductRef{ProductID: at.product.ID}
	set := gumroad.SetContent{ProductRef: ref, Files: append(at.fileEntries(),
		gumroad.FileEntry{URL: address, ExternalID: temporaryID, DisplayName: in.display(file.Name)})}
	if at.variant == nil && index >= 0 {
		if set.Pages, err = at.withFile(index, temporaryID); err != nil {
			return out, err
		}
	}
	if err := at.unchanged(env.Client, ctx); err != nil {
		return out, err
	}
	changed, err := env.SetContent(ctx, set)
	if err != nil {
		return out, err
	}
	out.ProductFile = added(at.product, changed)
	if at.variant == nil {
		if index >= 0 {
			out.Page = at.pages[index].Title
		}
		return out, nil
	}
	// The pages of a variant have a request of their own, which knows the file by its id.
	if out.Page, err = showOnVariant(env.Client, ctx, at, index, out.ID); err != nil {
		out.Problem = "The product has the file, but no page of " + at.name + " shows it: " + problem(err)
	}
	return out, nil
}

// problem is an error within a result.
func problem(err error) string {
	e, ok := errors.AsType[*gumroad.Error](err)
	if !ok {
		return err.Error()
	}
	if e.Said != "" {
		return e.Message + " Gumroad said: " + text.Quote(e.Said) + "."
	}
	return e.Message
}

// display is the name that buyers see.
func (in newFile) display(fileName string) string {
	if in.Name != "" {
		return in.Name
	}
	return strings.TrimSuffix(fileName, path.Ext(fileName))
}

// added returns the file that a product has got.
func added(before gumroad.ProductContent, after gumroad.ChangedContent) gumroad.ProductFile {
	id := after.FileIDs[temporaryID]
	for _, file := range after.Files {
		isNew := !slices.ContainsFunc(before.Files, func(old gumroad.ProductFile) bool { return old.ID == file.ID })
		if gumroad.SameID(file.ID, id) || id == "" && isNew {
			return file
		}
	}
	return gumroad.ProductFile{ID: id}
}

// fileEntries are the files of a product, to be kept as they are.
func (at place) fileEntries() []gumroad.FileEntry {
	entries := []gumroad.FileEntry{}
	for _, file := range at.product.Files {
		entries = append(entries, gumroad.FileEntry{ID: file.ID})
	}
	return entries
}

// withFile returns the pages with a file at the end of one.
func (at place) withFile(index int, id string) ([]gumroad.PageEntry, error) {
	d, err := document(at.pages[index])
	if err != nil {
		return nil, err
	}
	entries := at.entries()
	entries[index].Description = d.WithFile(id, newUID()).JSON()
	return entries, nil
}

// showOnVariant shows a file on a page of a variant, or on a new one if it has none.
func showOnVariant(c *gumroad.Client, ctx context.Context, at place, index int, fileID string) (page string, err error) {
	pages := []gumroad.PageEntry{{Description: richcontent.Document{}.WithFile(fileID, newUID()).JSON()}}
	if index >= 0 {
		if pages, err = at.withFile(index, fileID); err != nil {
			return "", err
		}
		page = at.pages[index].Title
	}
	_, err = c.SetVariantContent(ctx, gumroad.SetVariantContent{VariantRef: *at.variant, Pages: pages})
	return page, err
}

// fileName is a file's name with its ending.
func fileName(file gumroad.ProductFile) string {
	if file.Filetype == "" || strings.HasSuffix(strings.ToLower(file.Name), "."+file.Filetype) {
		return file.Name
	}
	return file.Name + "." + file.Filetype
}

// file returns a file of the product.
func (at place) file(id string) (gumroad.ProductFile, error) {
	var files []string
	for _, file := range at.product.Files {
		if gumroad.SameID(file.ID, id) {
			return file, nil
		}
		files = append(files, fmt.Sprintf("%s (%s)", file.ID, text.Quote(fileName(file))))
	}
	hint := "It has none."
	if len(files) > 0 {
		hint = "Its files are: " + strings.Join(files, ", ") + "."
	}
	return gumroad.ProductFile{}, &gumroad.Error{Code: gumroad.NotFound, Hint: hint,
		Message: fmt.Sprintf("The product %s has no file %s.", text.Quote(at.product.Name), text.Quote(id))}
}

// fileRef names a file of a product.
type fileRef struct {
	gumroad.ProductRef
	FileID string `json:"file_id" jsonschema_description:"From get_product."`
}

// shownFile is a file with the places whose pages show it: the product's own, and those of variants.
type shownFile struct {
	gumroad.ProductFile
	product  place
	variants []place
}

func findFile(c *gumroad.Client, ctx context.Context, in fileRef) (found shownFile, err error) {
	product, err := c.GetContent(ctx, in.ProductRef)
	if err != nil {
		return found, err
	}
	found.product = place{product: product, name: text.Quote(product.Name), pages: product.Pages}
	if found.ProductFile, err = found.product.file(in.FileID); err != nil {
		return found, err
	}
	if product.Shared.IsTrue() || !product.HasVariants() {
		return found, nil
	}
	variants, err := variantsOf(c, ctx, in.ProductRef)
	if err != nil {
		return found, err
	}
	for _, v := range variants {
		content, err := c.GetVariantContent(ctx, v.VariantRef)
		if err != nil {
			return found, err
		}
		at := place{product: product, variant: &v.VariantRef, pages: content.Pages,
			name: fmt.Sprintf("%s of %s", text.Quote(v.name), text.Quote(product.Name))}
		if _, shows, err := at.withoutFile(found.ID); err != nil {
			return found, err
		} else if shows {
			found.variants = append(found.variants, at)
		}
	}
	return found, nil
}

// withoutFile returns the pages without a file, and whether any showed it.
func (at place) withoutFile(id string) (pages []gumroad.PageEntry, shows bool, err error) {
	pages = at.entries()
	for i, page := range at.pages {
		d, err := document(page)
		if err != nil {
			return nil, false, err
		}
		if without, found := d.WithoutFile(id); found {
			pages[i].Description, shows = without.JSON(), true
		}
	}
	return pages, shows, nil
}

func askDeleteFile(c *gumroad.Client, ctx context.Context, in fileRef) (string, error) {
	found, err := findFile(c, ctx, in)
	if err != nil {
		return "", err
	}
	question := fmt.Sprintf("Remove the file %s (%s)? It is gone at once for %s, and cannot be brought back.",
		text.Quote(fileName(found.ProductFile)), gumroad.FormatBytes(int64(found.Size)), found.product.buyers())
	for _, at := range found.variants {
		question += fmt.Sprintf(" The pages of %s show it.", at.name)
	}
	return question, nil
}

// deletedFile is what is left after a file was removed.
type deletedFile struct {
	Deleted string                `json:"file_deleted"`
	Files   []gumroad.ProductFile `json:"files,omitempty" jsonschema_description:"Those that are left."`
}

// Envelope names the kind of record that changed.
func (deletedFile) Envelope() (one, many string) { return gumroad.Product{}.Envelope() }

// deleteFile takes a file off the pages of variants first, because Gumroad removes no file that they show. The product's
// own pages go with the file in one request.
func deleteFile(c *gumroad.Client, ctx context.Context, in fileRef) (out deletedFile, err error) {
	found, err := findFile(c, ctx, in)
	if err != nil {
		return out, err
	}
	at := found.product
	set := gumroad.SetContent{ProductRef: gumroad.ProductRef{ProductID: at.product.ID},
		Files: slices.DeleteFunc(at.fileEntries(), func(e gumroad.FileEntry) bool { return e.ID == found.ID })}
	pages, shows, err := at.withoutFile(found.ID)
	if err != nil {
		return out, err
	}
	if shows {
		set.Pages = pages
	}
	if err := at.unchanged(c, ctx); err != nil {
		return out, err
	}
	for i, variant := range found.variants {
		pages, _, err := variant.withoutFile(found.ID)
		if err == nil {
			_, err = variant.setPages(c, ctx, pages)
		}
		if err != nil {
			return out, halfRemoved(err, i > 0, variant.name)
		}
	}
	changed, err := c.SetContent(ctx, set)
	if err != nil {
		return out, halfRemoved(err, len(found.variants) > 0, at.name)
	}
	return deletedFile{Deleted: fileName(found.ProductFile), Files: changed.Files}, nil
}

// halfRemoved is the error of a removal of which a part was done before it failed.
func halfRemoved(err error, begun bool, at string) error {
	if !begun {
		return err
	}
	return &gumroad.Error{Code: gumroad.OutcomeUnknown,
		Message: fmt.Sprintf("The file was taken off pages of variants, but then %s could not be changed: %s", at, problem(err))}
}
