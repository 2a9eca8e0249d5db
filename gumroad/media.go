package gumroad

import (
	"bytes"
	"context"
	"net/http"
)

// Media is a picture that Gumroad hosts at a public address, for use in pages.
type Media struct {
	Name      string `json:"name,omitempty" concise:"always"`
	Extension string `json:"extension,omitempty"`
	FileSize  Int    `json:"file_size,omitempty" concise:"always" jsonschema_description:"Bytes."`
	URL       string `json:"url,omitempty" concise:"always"`
	CreatedAt string `json:"created_at,omitempty" concise:"always"`
	ID        string `json:"id" concise:"always"`
}

// Envelope names the record.
func (Media) Envelope() (one, many string) { return "media", "media" }

// RowID returns the picture's id.
func (m Media) RowID() string { return m.ID }

// ListMedia asks for all pictures.
type ListMedia struct{}

// ListMedia returns the hosted pictures on one page, newest first. It needs the scope view_profile itself
// (media_controller#index).
func (c *Client) ListMedia(ctx context.Context, in ListMedia) (Page[Media], error) {
	return do[Page[Media]](ctx, c, http.MethodGet, "/media", in)
}

// AddMedia names a picture by a public address or by an upload of purpose media.
type AddMedia struct {
	URL          string `form:"url" json:"url,omitempty"`
	SignedBlobID string `form:"signed_blob_id" json:"signed_blob_id,omitempty"`
	Name         string `form:"name" json:"name,omitempty"`
}

// AddMedia hosts a picture; each repeat hosts another. Rejected for what is no image, one of more than 10 MB, and beyond
// 500 pictures. It needs the scope edit_profile itself (media_controller#create).
func (c *Client) AddMedia(ctx context.Context, in AddMedia) (Media, error) {
	return do[Media](ctx, c, http.MethodPost, "/media", in)
}

// MediaRef names a hosted picture.
type MediaRef struct {
	MediaID string `path:"media_id" json:"media_id" jsonschema_description:"From list_media."`
}

// DeleteMedia removes a picture; pages that show it show a broken one at once. NotFound the second time
// (media_controller#destroy).
func (c *Client) DeleteMedia(ctx context.Context, in MediaRef) (Deleted[Media], error) {
	return do[Deleted[Media]](ctx, c, http.MethodDelete, "/media/{media_id}", in)
}

// maxSearched is how many products MediaUse reads.
const maxSearched = 40

// MediaUse returns the names of the products that show a picture in their texts, content pages or landing page, and how
// many products it did not read. What else shows the picture, such as the profile or e-mails, it does not know.
func (c *Client) MediaUse(ctx context.Context, media Media) (products []string, unread int, err error) {
	read := 0
	for page, err := range Pages(ctx, ListProducts{}, c.ListProducts) {
		if err != nil {
			return nil, 0, err
		}
		for _, product := range page.Rows {
			if read == maxSearched {
				unread++
				continue
			}
			read++
			whole, err := do[wholeAnswer](ctx, c, http.MethodGet, "/products/{product_id}", ProductRef{product.ID})
			if err != nil {
				return nil, 0, err
			}
			if media.URL != "" && bytes.Contains(whole, []byte(media.URL)) {
				products = append(products, product.Name)
			}
		}
	}
	return products, unread, nil
}

// wholeAnswer is an answer as it came.
type wholeAnswer []byte

func (a *wholeAnswer) fromEnvelope(body []byte) error {
	*a = bytes.Clone(body)
	return nil
}
