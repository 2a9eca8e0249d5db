package gumroad

import (
	"context"
	"net/http"
)

// Cover is a picture or a video of a product's gallery. The first is the product's main picture everywhere.
type Cover struct {
	Type   string `json:"type,omitempty" jsonschema_description:"image, video, or oembed (YouTube and the like)."`
	Width  Int    `json:"native_width,omitempty" jsonschema_description:"Pixels."`
	Height Int    `json:"native_height,omitempty"`
	URL    string `json:"url,omitempty"`
	ID     string `json:"id"`
}

// Gallery is all covers of a product, in their order.
type Gallery struct {
	Covers      []Cover `json:"covers"`
	MainCoverID string  `json:"main_cover_id,omitempty"`
}

// AddCover names a picture or a video by one of the two: a public address, which can also be a page of a service such as
// YouTube, or an upload (see UploadBlob).
type AddCover struct {
	ProductRef
	URL          string `form:"url" json:"url,omitempty"`
	SignedBlobID string `form:"signed_blob_id" json:"signed_blob_id,omitempty"`
}

// AddCover adds a cover at the end of the gallery, of which it has at most 8. Each repeat adds another. Rejected for what
// is neither JPEG, PNG, GIF nor a video, and for an image of more than 50 MB (covers_controller#create).
func (c *Client) AddCover(ctx context.Context, in AddCover) (Gallery, error) {
	return do[Gallery](ctx, c, http.MethodPost, "/products/{product_id}/covers", in)
}

// DeleteCover names a cover.
type DeleteCover struct {
	ProductRef
	CoverID string `path:"cover_id" json:"cover_id" jsonschema_description:"From get_product."`
}

// DeleteCover takes a cover out of the gallery for good. NotFound the second time (covers_controller#destroy).
func (c *Client) DeleteCover(ctx context.Context, in DeleteCover) (Gallery, error) {
	return do[Gallery](ctx, c, http.MethodDelete, "/products/{product_id}/covers/{cover_id}", in)
}

// OrderCovers names all covers of a product in their new order. Those left out would come first.
type OrderCovers struct {
	ProductRef
	CoverIDs []string `form:"cover_ids" json:"cover_ids"`
}

// OrderCovers changes the order of a gallery; ids that are unknown are ignored (links_controller#update).
func (c *Client) OrderCovers(ctx context.Context, in OrderCovers) (Product, error) {
	return do[Product](ctx, c, http.MethodPut, "/products/{product_id}", in)
}

// Thumbnail is the square picture by which a product is shown in lists.
type Thumbnail struct {
	URL  string `json:"url,omitempty"`
	GUID string `json:"guid,omitempty"`
}

// Envelope names the record.
func (Thumbnail) Envelope() (one, many string) { return "thumbnail", "thumbnails" }

// SetThumbnail names a picture by a public address or by an upload.
type SetThumbnail struct {
	ProductRef
	URL          string `form:"url" json:"url,omitempty"`
	SignedBlobID string `form:"signed_blob_id" json:"signed_blob_id,omitempty"`
}

// SetThumbnail sets or replaces a product's thumbnail. Rejected for what is no square JPEG, PNG or GIF of at least 600
// pixels and at most 5 MB; the old one then stays (thumbnails_controller#create).
func (c *Client) SetThumbnail(ctx context.Context, in SetThumbnail) (Thumbnail, error) {
	return do[Thumbnail](ctx, c, http.MethodPost, "/products/{product_id}/thumbnail", in)
}

// DeleteThumbnail takes a product's thumbnail away. NotFound if there is none (thumbnails_controller#destroy).
func (c *Client) DeleteThumbnail(ctx context.Context, in ProductRef) (Deleted[Thumbnail], error) {
	return do[Deleted[Thumbnail]](ctx, c, http.MethodDelete, "/products/{product_id}/thumbnail", in)
}
