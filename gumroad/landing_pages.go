package gumroad

import (
	"context"
	"net/http"
)

// OfProduct says of a page of custom HTML that it is a product's landing page.
type OfProduct struct{}

// Envelope names the record.
func (OfProduct) Envelope() (one, many string) { return "landing_page", "landing_pages" }

// LandingPage and LandingPageChange are a product's page and what became of it.
type (
	LandingPage       = CustomPage[OfProduct]
	LandingPageChange = CustomPageChange[OfProduct]
)

// NewLandingPage is a page for a product.
type NewLandingPage struct {
	ProductRef
	NewCustomPage
}

// EditLandingPage replaces one place of a product's page.
type EditLandingPage struct {
	ProductRef
	EditCustomPage
}

type productPage struct {
	ProductRef
	sentPage
}

// GetLandingPage returns a product's landing page (custom_html_controller#show).
func (c *Client) GetLandingPage(ctx context.Context, in ProductRef) (LandingPage, error) {
	return do[LandingPage](ctx, c, http.MethodGet, "/products/{product_id}/custom_html", in)
}

// PreviewLandingPage returns a page as Gumroad would store it, and stores nothing (custom_html_controller#preview).
func (c *Client) PreviewLandingPage(ctx context.Context, in NewLandingPage) (LandingPageChange, error) {
	if err := in.check("clear_landing_page"); err != nil {
		return LandingPageChange{}, err
	}
	sent := struct {
		ProductRef
		previewedPage
	}{in.ProductRef, previewedPage{sentPage{&in.HTML}}}
	return do[LandingPageChange](ctx, c, http.MethodPost, "/products/{product_id}/preview_custom_html", sent)
}

// ReplaceLandingPage gives a product a page. Buyers of a published product see it at once (links_controller#update).
func (c *Client) ReplaceLandingPage(ctx context.Context, in NewLandingPage) (LandingPageChange, error) {
	if err := in.check("clear_landing_page"); err != nil {
		return LandingPageChange{}, err
	}
	sent := productPage{in.ProductRef, sentPage{&in.HTML}}
	return do[LandingPageChange](ctx, c, http.MethodPut, "/products/{product_id}", sent)
}

// ClearLandingPage takes a page down; Gumroad's own stands in its place again (links_controller#update).
func (c *Client) ClearLandingPage(ctx context.Context, in ProductRef) (LandingPageChange, error) {
	sent := productPage{in, sentPage{new("")}}
	return do[LandingPageChange](ctx, c, http.MethodPut, "/products/{product_id}", sent)
}

// EditLandingPage replaces the snippet, which has to stand in exactly one place; differences of white space are allowed
// where it stands nowhere as written. Rejected otherwise, and where there is no page
// (custom_html_controller#edit).
func (c *Client) EditLandingPage(ctx context.Context, in EditLandingPage) (LandingPageChange, error) {
	sent := struct {
		ProductRef
		sentEdit
	}{in.ProductRef, sentEdit{in.Find, &in.Replace}}
	return do[LandingPageChange](ctx, c, http.MethodPost, "/products/{product_id}/custom_html/edit", sent)
}
