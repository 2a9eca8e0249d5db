package gumroad

import (
	"context"
	"net/http"
)

// Category is a place in Gumroad's catalogue of all products. Path is what products are put under it by
// (categories_controller).
type Category struct {
	Path     string `json:"path" concise:"always"`
	Label    string `json:"label,omitempty" concise:"always"`
	ID       Int    `json:"id"`
	ParentID *Int   `json:"parent_id,omitempty"`
}

// Envelope names the record, as Gumroad does where one is not found.
func (Category) Envelope() (one, many string) { return "taxonomy", "categories" }

// RowID returns the category's path, which no other has.
func (c Category) RowID() string { return c.Path }

// ListCategories returns all categories on one page, sorted by path. They are the same for every store
// (categories_controller#index).
func (c *Client) ListCategories(ctx context.Context, in struct{}) (Page[Category], error) {
	return do[Page[Category]](ctx, c, http.MethodGet, "/categories", in)
}
