package gumroad

import (
	"context"
	"encoding/json"
	"net/http"
)

// ContentPage is a page that buyers see, of a product or of one of its variants. Description is the document as Gumroad
// has it, so that what is not understood here can be sent back as it came; see package richcontent.
type ContentPage struct {
	ID          string          `json:"id"`
	Title       string          `json:"title"`
	Description json.RawMessage `json:"description"`
	UpdatedAt   string          `json:"updated_at"`
}

// ProductContent is a product with what its buyers get.
type ProductContent struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Published  Bool          `json:"published"`
	SalesCount *Int          `json:"sales_count"` // nil without the scope view_sales
	Files      []ProductFile `json:"files"`
	Pages      []ContentPage `json:"rich_content"`
	// Shared says that the pages above are for the buyers of every variant. Without it each variant has pages of its own.
	Shared   Bool                  `json:"has_same_rich_content_for_all_variants"`
	Variants []ProductVariantGroup `json:"variants"`
}

// Envelope names the record.
func (ProductContent) Envelope() (one, many string) { return "product", "products" }

// HasVariants reports whether buyers choose among variants.
func (p ProductContent) HasVariants() bool {
	for _, group := range p.Variants {
		if len(group.Options) > 0 {
			return true
		}
	}
	return false
}

// GetContent returns a product's files and pages (links_controller#show).
func (c *Client) GetContent(ctx context.Context, in ProductRef) (ProductContent, error) {
	return do[ProductContent](ctx, c, http.MethodGet, "/products/{product_id}", in)
}

// FileEntry is a file in the list that replaces a product's. One with an ID alone is kept as it is; one with the URL of
// an upload (see UploadFile) is new, and ExternalID is what pages of the same request call it.
type FileEntry struct {
	ID          string `json:"id,omitempty"`
	URL         string `json:"url,omitempty"`
	ExternalID  string `json:"external_id,omitempty"`
	DisplayName string `json:"display_name,omitempty"`
}

// PageEntry is a page in the list that replaces a product's or a variant's. One without an ID is new. What is left out
// of the others is emptied.
type PageEntry struct {
	ID          string          `json:"id,omitempty"`
	Title       *string         `json:"title"`
	Description json.RawMessage `json:"description"`
}

// Entry is the page as it is.
func (p ContentPage) Entry() PageEntry {
	entry := PageEntry{ID: p.ID, Description: p.Description}
	if p.Title != "" {
		entry.Title = &p.Title
	}
	return entry
}

// SetContent replaces all of a product's files, or pages, or both; what is nil stays. What is not in a list is removed
// for every buyer at once.
type SetContent struct {
	ProductRef
	Files []FileEntry `body:"files"`
	Pages []PageEntry `body:"rich_content"`
}

// ChangedContent is a product's content after a change, with the ids of new files by what the request called them.
type ChangedContent struct {
	ProductContent
	FileIDs map[string]string
}

func (c *ChangedContent) fromEnvelope(body []byte) error {
	if err := member(body, "product", &c.ProductContent); err != nil {
		return err
	}
	var beside struct {
		FileIDs map[string]string `json:"file_id_mappings"`
	}
	err := unmarshal(body, &beside)
	c.FileIDs = beside.FileIDs
	return err
}

// SetContent replaces a product's files or pages. Rejected for a file removed that a page still shows, and for pages
// while each variant has its own (links_controller#update).
func (c *Client) SetContent(ctx context.Context, in SetContent) (ChangedContent, error) {
	return do[ChangedContent](ctx, c, http.MethodPut, "/products/{product_id}", in)
}

// VariantContent is a variant with the pages that its buyers see.
type VariantContent struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Pages []ContentPage `json:"rich_content"`
}

// Envelope names the record.
func (VariantContent) Envelope() (one, many string) { return "variant", "variants" }

// GetVariantContent returns a variant's pages; there are none while the product's are shared (variants_controller#show).
func (c *Client) GetVariantContent(ctx context.Context, in VariantRef) (VariantContent, error) {
	return do[VariantContent](ctx, c, http.MethodGet, variantPath, in)
}

// SetVariantContent replaces all pages of a variant.
type SetVariantContent struct {
	VariantRef
	Pages []PageEntry `body:"rich_content"`
}

// SetVariantContent replaces a variant's pages. Rejected while the product's pages are shared
// (variants_controller#update).
func (c *Client) SetVariantContent(ctx context.Context, in SetVariantContent) (VariantContent, error) {
	return do[VariantContent](ctx, c, http.MethodPut, variantPath, in)
}
