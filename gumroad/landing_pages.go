package gumroad

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// LandingPage is the page of custom HTML that stands in place of a product's own, and its address. HTML is empty where
// there is none. Few sellers may have such pages; all others are Rejected in every operation.
type LandingPage struct {
	HTML string `json:"custom_html"`
	URL  string `json:"landing_url"`
}

// Envelope names the record. Answers hold its members beside success, without a name of their own.
func (LandingPage) Envelope() (one, many string) { return "landing_page", "landing_pages" }

func (p *LandingPage) fromEnvelope(body []byte) error {
	if err := hasMember(body, "custom_html"); err != nil {
		return err
	}
	return unmarshal(body, p)
}

// GetLandingPage returns a product's landing page (custom_html_controller#show).
func (c *Client) GetLandingPage(ctx context.Context, in ProductRef) (LandingPage, error) {
	return do[LandingPage](ctx, c, http.MethodGet, "/products/{product_id}/custom_html", in)
}

// LandingPageChange is a landing page after a change, or as it would be, with what was taken out of it. Previous is the
// page that it replaced, which nobody else keeps.
type LandingPageChange struct {
	Warning  string         `json:"warning"`
	HTML     string         `json:"custom_html"`
	Previous string         `json:"previous_custom_html"`
	Removed  RemovedOfAPage `json:"sanitization_report"`
	URL      string         `json:"landing_url"`
}

// RemovedOfAPage is what Gumroad takes out of a page. It lists a hundred things at most, and counts all.
type RemovedOfAPage struct {
	Tags []struct {
		Tag    string `json:"tag"`
		Reason string `json:"reason"`
	} `json:"removed_tags"`
	Attributes []struct {
		Tag       string `json:"tag"`
		Attribute string `json:"attribute"`
		Value     string `json:"value"`
		Reason    string `json:"reason"`
	} `json:"removed_attributes"`
	Total Int `json:"total_removed"`
}

// Envelope names the record.
func (LandingPageChange) Envelope() (one, many string) { return LandingPage{}.Envelope() }

// fromEnvelope reads the page from the envelope, or from the product within it.
func (p *LandingPageChange) fromEnvelope(body []byte) error {
	if err := hasMember(body, "sanitization_report"); err != nil {
		return err
	}
	of := struct {
		Product *LandingPageChange `json:"product"`
	}{p}
	if err := unmarshal(body, &of); err != nil {
		return err
	}
	return unmarshal(body, p)
}

// hasMember reports the absence of a member that can be null.
func hasMember(body []byte, name string) error {
	var members map[string]json.RawMessage
	if err := unmarshal(body, &members); err != nil {
		return err
	}
	if _, ok := members[name]; !ok {
		return fmt.Errorf("the answer has no %q", name)
	}
	return nil
}

// NewLandingPage is a page for a product.
type NewLandingPage struct {
	ProductRef
	HTML string `json:"html" jsonschema_description:"The whole page."`
}

const maxLandingPage = 500_000 // characters

func (in NewLandingPage) check() error {
	switch {
	case utf8.RuneCountInString(in.HTML) > maxLandingPage:
		return Invalid("html must have at most 500,000 characters.")
	case strings.TrimSpace(in.HTML) == "":
		return Invalid("html is empty.", "clear_landing_page takes a page down.")
	}
	return nil
}

// sentPage sends a page as JSON, which is shorter than a form and has a null.
type sentPage struct {
	ProductRef
	HTML *string `body:"custom_html"`
}

// PreviewLandingPage returns a page as Gumroad would store it, and stores nothing (custom_html_controller#preview).
func (c *Client) PreviewLandingPage(ctx context.Context, in NewLandingPage) (LandingPageChange, error) {
	if err := in.check(); err != nil {
		return LandingPageChange{}, err
	}
	return do[LandingPageChange](ctx, c, http.MethodPost, "/products/{product_id}/preview_custom_html",
		previewedPage{sentPage{in.ProductRef, &in.HTML}})
}

type previewedPage struct{ sentPage }

func (previewedPage) repeatable() bool { return true }

// ReplaceLandingPage gives a product a page. Buyers of a published product see it at once (links_controller#update).
func (c *Client) ReplaceLandingPage(ctx context.Context, in NewLandingPage) (LandingPageChange, error) {
	if err := in.check(); err != nil {
		return LandingPageChange{}, err
	}
	return do[LandingPageChange](ctx, c, http.MethodPut, "/products/{product_id}", sentPage{in.ProductRef, &in.HTML})
}

// ClearLandingPage takes a page down; Gumroad's own stands in its place again (links_controller#update).
func (c *Client) ClearLandingPage(ctx context.Context, in ProductRef) (LandingPageChange, error) {
	return do[LandingPageChange](ctx, c, http.MethodPut, "/products/{product_id}", sentPage{in, new("")})
}

// EditLandingPage replaces one place of a page.
type EditLandingPage struct {
	ProductRef
	Find    string `body:"find" json:"find" jsonschema_description:"Stands in it once."`
	Replace string `json:"replace" jsonschema_description:"Empty deletes."`
}

// EditLandingPage replaces the snippet, which has to stand in exactly one place; differences of white space are allowed
// where it stands nowhere as written. Rejected otherwise, and where there is no page
// (custom_html_controller#edit).
func (c *Client) EditLandingPage(ctx context.Context, in EditLandingPage) (LandingPageChange, error) {
	sent := struct {
		EditLandingPage
		Replace *string `body:"replace"`
	}{in, &in.Replace}
	return do[LandingPageChange](ctx, c, http.MethodPost, "/products/{product_id}/custom_html/edit", sent)
}
