package gumroad

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// UTMLink is a tracking link: a short URL of a page of the store, which tells where its visitors came from. Gumroad also
// makes one by itself for a visitor whose address had UTM values, so its texts can be a stranger's (reference: "UTM links").
type UTMLink struct {
	Title        string `json:"title,omitempty" concise:"always" pii:"other"`
	Enabled      Bool   `json:"enabled" concise:"always" jsonschema_description:"False: the short URL is switched off."`
	ShortURL     string `json:"short_url,omitempty" concise:"always" jsonschema_description:"The address to post."`
	TotalClicks  *Int   `json:"total_clicks,omitempty" concise:"always"`
	UniqueClicks *Int   `json:"unique_clicks,omitempty" concise:"always"`
	Target       string `json:"target_resource_type,omitempty" concise:"always" jsonschema_description:"profile_page, subscribe_page, product_page or post_page (an e-mail's page)."`
	TargetID     string `json:"target_resource_id,omitempty" concise:"always" jsonschema_description:"Id of the product or e-mail."`
	URL          string `json:"utm_url,omitempty" jsonschema_description:"Where the short URL leads; absent if that is gone."`
	Source       string `json:"utm_source,omitempty" concise:"always" pii:"other"`
	Medium       string `json:"utm_medium,omitempty" concise:"always" pii:"other"`
	Campaign     string `json:"utm_campaign,omitempty" concise:"always" pii:"other"`
	Term         string `json:"utm_term,omitempty" concise:"always" pii:"other"`
	Content      string `json:"utm_content,omitempty" concise:"always" pii:"other"`
	CreatedAt    string `json:"created_at,omitempty"`
	UpdatedAt    string `json:"updated_at,omitempty"`
	ID           string `json:"id" concise:"always"`
}

// Envelope names the record.
func (UTMLink) Envelope() (one, many string) { return "utm_link", "utm_links" }

// RowID returns the link's id.
func (l UTMLink) RowID() string { return l.ID }

// ListUTMLinks returns the store's tracking links on one page, the newest first; disabled ones are among them
// (utm_links_controller#index).
func (c *Client) ListUTMLinks(ctx context.Context, _ struct{}) (Page[UTMLink], error) {
	return do[Page[UTMLink]](ctx, c, http.MethodGet, "/utm_links", nil)
}

// UTMLinkRef names a tracking link.
type UTMLinkRef struct {
	UTMLinkID string `path:"utm_link_id" json:"utm_link_id" jsonschema_description:"Its id."`
}

// GetUTMLink returns a tracking link. NotFound for a deleted one (utm_links_controller#show).
func (c *Client) GetUTMLink(ctx context.Context, in UTMLinkRef) (UTMLink, error) {
	return do[UTMLink](ctx, c, http.MethodGet, "/utm_links/{utm_link_id}", in)
}

// UTMValues tell where a visitor came from. What is nil is left as it is; Term and Content are cleared by an empty text.
type UTMValues struct {
	Source   *string `form:"utm_source"`
	Medium   *string `form:"utm_medium"`
	Campaign *string `form:"utm_campaign"`
	Term     *string `form:"utm_term"`
	Content  *string `form:"utm_content"`
}

// ParseUTM reads values as they stand in a URL's query. Any other parameter, and one given twice, is InvalidArguments.
func ParseUTM(query string) (values UTMValues, err error) {
	const hint = "Write utm_source=newsletter&utm_medium=email&utm_campaign=spring, and utm_term and utm_content if they help."
	given, err := url.ParseQuery(strings.TrimPrefix(strings.TrimSpace(query), "?"))
	if err != nil {
		return values, Invalid("utm is not the query of a URL.", hint)
	}
	fields := map[string]**string{"utm_source": &values.Source, "utm_medium": &values.Medium,
		"utm_campaign": &values.Campaign, "utm_term": &values.Term, "utm_content": &values.Content}
	for name, texts := range given {
		field, known := fields[name]
		if !known || len(texts) > 1 {
			return values, Invalid(fmt.Sprintf("utm has %q, which is no UTM value, or has it twice.", name), hint)
		}
		*field = &texts[0]
	}
	return values, nil
}

// CreateUTMLink describes a new tracking link. TargetID is the id of the product or e-mail that Target needs.
type CreateUTMLink struct {
	Title    string `form:"title"`
	Target   string `form:"target_resource_type"`
	TargetID string `form:"target_resource_id"`
	UTMValues
}

// CreateUTMLink makes a tracking link. Rejected without a source, a medium or a campaign, for values of more than 200
// characters, and if the store has a link with the same target and values (utm_links_controller#create).
func (c *Client) CreateUTMLink(ctx context.Context, in CreateUTMLink) (UTMLink, error) {
	return do[UTMLink](ctx, c, http.MethodPost, "/utm_links", in)
}

// UpdateUTMLink changes what is given.
type UpdateUTMLink struct {
	UTMLinkRef
	Title string `form:"title"`
	UTMValues
}

// UpdateUTMLink changes a tracking link's title and UTM values; its target and its short URL stay. Rejected as for
// CreateUTMLink (utm_links_controller#update).
func (c *Client) UpdateUTMLink(ctx context.Context, in UpdateUTMLink) (UTMLink, error) {
	return do[UTMLink](ctx, c, http.MethodPut, "/utm_links/{utm_link_id}", in)
}

// DisableUTMLink switches a short URL off: it answers 404 from then on. Doing it twice does no harm
// (utm_links_controller#disable).
func (c *Client) DisableUTMLink(ctx context.Context, in UTMLinkRef) (UTMLink, error) {
	return do[UTMLink](ctx, c, http.MethodPut, "/utm_links/{utm_link_id}/disable", in)
}

// EnableUTMLink switches a short URL on again (utm_links_controller#enable).
func (c *Client) EnableUTMLink(ctx context.Context, in UTMLinkRef) (UTMLink, error) {
	return do[UTMLink](ctx, c, http.MethodPut, "/utm_links/{utm_link_id}/enable", in)
}

// DeleteUTMLink deletes a tracking link, which ends its short URL for good (utm_links_controller#destroy).
func (c *Client) DeleteUTMLink(ctx context.Context, in UTMLinkRef) (Deleted[UTMLink], error) {
	return do[Deleted[UTMLink]](ctx, c, http.MethodDelete, "/utm_links/{utm_link_id}", in)
}
