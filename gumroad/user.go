package gumroad

import (
	"cmp"
	"context"
	"net/http"
)

// User is the store's owner. Email, DisplayName and ProfileURL need the scope view_profile (reference: "User").
type User struct {
	Name         string   `json:"name,omitempty"`
	DisplayName  string   `json:"display_name,omitempty"`
	Email        string   `json:"email,omitempty"`
	URL          string   `json:"url,omitempty"`
	CurrencyType string   `json:"currency_type,omitempty" jsonschema_description:"Default currency of the store, ISO 4217 in lower case."`
	Bio          string   `json:"bio,omitempty" text:"long"`
	Twitter      string   `json:"twitter_handle,omitempty"`
	ProfileURL   string   `json:"profile_url,omitempty" jsonschema_description:"Address of the avatar image."`
	Links        []string `json:"links,omitempty" jsonschema_description:"Permalinks of the published products."`
	ID           Text     `json:"id"`
	UserID       string   `json:"user_id,omitempty" jsonschema_description:"The seller_id of sales and webhooks."`
}

// UnmarshalJSON takes the avatar under either name: Gumroad's code has one, its documentation the other.
func (u *User) UnmarshalJSON(data []byte) error {
	type fields User
	sent := struct {
		*fields
		Picture string `json:"profile_picture_url"`
	}{fields: (*fields)(u)}
	err := unmarshal(data, &sent)
	u.ProfileURL = cmp.Or(u.ProfileURL, sent.Picture)
	return err
}

// Envelope names the record.
func (User) Envelope() (one, many string) { return "user", "users" }

// GetUser returns the owner of the store.
func (c *Client) GetUser(ctx context.Context, _ struct{}) (User, error) {
	return do[User](ctx, c, http.MethodGet, "/user", nil)
}
