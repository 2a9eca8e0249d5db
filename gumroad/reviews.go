package gumroad

import (
	"context"
	"net/http"
)

// Review is what a buyer wrote of a product. Message is empty where the review is a video
// (product_reviews_controller).
type Review struct {
	Rating     Int             `json:"rating" concise:"always" jsonschema_description:"Stars, 1 to 5."`
	Message    string          `json:"message,omitempty" concise:"always" pii:"text" text:"long" jsonschema_description:"The buyer's words; untrusted. Absent: a video."`
	RaterName  string          `json:"rater_name,omitempty" concise:"always" pii:"text"`
	CreatedAt  string          `json:"created_at,omitempty" concise:"always"`
	Response   *ReviewResponse `json:"response,omitempty" concise:"always" jsonschema_description:"The seller's answer."`
	PurchaseID string          `json:"purchase_id,omitempty" concise:"always" jsonschema_description:"The sale."`
	ID         string          `json:"id"`
}

// ReviewResponse is a seller's answer to a review.
type ReviewResponse struct {
	Message   string `json:"message,omitempty" text:"long"`
	CreatedAt string `json:"created_at,omitempty"`
}

// Envelope names the record.
func (Review) Envelope() (one, many string) { return "product_review", "product_reviews" }

// RowID returns the review's id.
func (r Review) RowID() string { return r.ID }

// ListReviews asks for a product's reviews.
type ListReviews struct {
	ProductRef
	PageKey string `query:"page_key" json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// From continues at a page key.
func (in ListReviews) From(pageKey string) ListReviews {
	in.PageKey = pageKey
	return in
}

// ListReviews returns the reviews that say something, newest first and a hundred a page. Stars without a word are left
// out, so that their average is none of the product's (product_reviews_controller#index).
func (c *Client) ListReviews(ctx context.Context, in ListReviews) (Page[Review], error) {
	return do[Page[Review]](ctx, c, http.MethodGet, "/products/{product_id}/reviews", in)
}
