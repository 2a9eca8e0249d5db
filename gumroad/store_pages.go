package gumroad

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// StorePage is a page of the storefront beside the profile itself, which anybody can see. It has content, custom HTML
// or neither (reference: "Pages").
type StorePage struct {
	Title      string `json:"title,omitempty" concise:"always"`
	URL        string `json:"url,omitempty" concise:"always"`
	Content    string `json:"content,omitempty" text:"long"`
	CustomHTML string `json:"custom_html,omitempty" text:"long"`
	CreatedAt  string `json:"created_at,omitempty"`
	UpdatedAt  string `json:"updated_at,omitempty" concise:"always"`
	Slug       string `json:"slug" concise:"always"`
}

// Body is the page's content or custom HTML.
func (p StorePage) Body() string {
	if p.CustomHTML != "" {
		return p.CustomHTML
	}
	return p.Content
}

// Envelope names the record.
func (StorePage) Envelope() (one, many string) { return "page", "pages" }

// RowID returns the page's slug.
func (p StorePage) RowID() string { return p.Slug }

// ListStorePages returns the store's pages on one page; newer servers leave their bodies out (pages_controller#index).
func (c *Client) ListStorePages(ctx context.Context, _ struct{}) (Page[StorePage], error) {
	return do[Page[StorePage]](ctx, c, http.MethodGet, "/pages", struct {
		MetadataOnly bool `query:"metadata_only"`
	}{true})
}

// StorePageRef names a page.
type StorePageRef struct {
	Slug string `path:"slug" json:"slug" jsonschema_description:"From list_pages."`
}

// GetStorePage returns a page with its body (pages_controller#show).
func (c *Client) GetStorePage(ctx context.Context, in StorePageRef) (StorePage, error) {
	return do[StorePage](ctx, c, http.MethodGet, "/pages/{slug}", struct {
		StorePageRef
		SourceOnly bool `query:"source_only"`
	}{in, true})
}

// PageBody is what a page shows. Either one takes the place of the other.
type PageBody struct {
	Content    *string `body:"content" json:"content,omitempty" jsonschema_description:"Rich text: HTML."`
	CustomHTML *string `body:"custom_html" json:"custom_html,omitempty" jsonschema_description:"Or a whole page."`
}

// Given returns the body that was given, if one was.
func (b PageBody) Given() (body string, given bool) {
	for _, one := range []*string{b.CustomHTML, b.Content} {
		if one != nil {
			return *one, true
		}
	}
	return "", false
}

// CreateStorePage describes a new page.
type CreateStorePage struct {
	Title string `body:"title" json:"title" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"Heading."`
	Slug  string `body:"slug" json:"slug,omitempty" jsonschema_description:"End of its address."`
	PageBody
}

// CreateStorePage makes a page, which is public at once. The same call twice makes two, unless it names a slug.
// Rejected for custom HTML where the seller may not have it (pages_controller#create).
func (c *Client) CreateStorePage(ctx context.Context, in CreateStorePage) (StorePage, error) {
	if err := in.Check(); err != nil {
		return StorePage{}, err
	}
	return do[StorePage](ctx, c, http.MethodPost, "/pages", in)
}

// UpdateStorePage says what to change of a page. Its slug cannot change.
type UpdateStorePage struct {
	StorePageRef
	Title string `body:"title" json:"title,omitempty" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"Heading."`
	PageBody
}

// UpdateStorePage changes a page, which visitors see at once. An empty body is a body. Nobody keeps the old one
// (pages_controller#update).
func (c *Client) UpdateStorePage(ctx context.Context, in UpdateStorePage) (StorePage, error) {
	if err := in.Check(); err != nil {
		return StorePage{}, err
	}
	return do[StorePage](ctx, c, http.MethodPut, "/pages/{slug}", in)
}

// DeleteStorePage deletes a page for good (pages_controller#destroy).
func (c *Client) DeleteStorePage(ctx context.Context, in StorePageRef) (Deleted[StorePage], error) {
	return do[Deleted[StorePage]](ctx, c, http.MethodDelete, "/pages/{slug}", in)
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

const maxSlug = 100

// reservedSlugs have the form of slugs, but are other paths of the storefront.
var reservedSlugs = strings.Fields(`affiliates braintree checkout coffee confirm confirm-redirect d edit follow integrations
	l landing library p pages posts products purchases r read s signup subscribe updates wishlists zip`)

// Check refuses what Gumroad would refuse.
func (in CreateStorePage) Check() error {
	switch {
	case strings.TrimSpace(in.Title) == "":
		return Invalid("title is empty.")
	case in.Slug != "" && (len(in.Slug) > maxSlug || !slugForm.MatchString(in.Slug)):
		return Invalid("slug can have lower-case letters, digits and single hyphens between them, 100 at most.",
			"Such as about-us.")
	case slices.Contains(reservedSlugs, in.Slug):
		return Invalid("Gumroad keeps this slug for itself.", "Choose another.")
	}
	return in.PageBody.check()
}

// Check refuses what Gumroad would refuse or silently ignore.
func (in UpdateStorePage) Check() error {
	if in.Title != "" && strings.TrimSpace(in.Title) == "" {
		return Invalid("title is empty.")
	}
	return in.PageBody.check()
}

func (b PageBody) check() error {
	if b.Content != nil && b.CustomHTML != nil {
		return Invalid("Give content or custom_html, not both.")
	}
	if body, _ := b.Given(); utf8.RuneCountInString(body) > maxCustomHTML {
		return Invalid("content and custom_html must have at most 500,000 characters.")
	}
	return nil
}
