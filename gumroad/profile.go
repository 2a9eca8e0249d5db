package gumroad

import (
	"context"
	"net/http"
)

// UpdateUser says what to change of the store's owner.
type UpdateUser struct {
	Name *string `form:"name" json:"name,omitempty" jsonschema:"minLength=1,maxLength=100" jsonschema_description:"Without a colon."`
	Bio  *string `form:"bio" json:"bio,omitempty" jsonschema_description:"Empty clears."`
}

// UpdateUser changes the name or the bio, which the storefront, product pages and mails show at once. Rejected while
// the owner's address is unconfirmed, and for a colon in the name (users_controller#update).
func (c *Client) UpdateUser(ctx context.Context, in UpdateUser) (User, error) {
	return do[User](ctx, c, http.MethodPut, "/user", in)
}

// Theme is how the store looks. The API cannot change it.
type Theme struct {
	Background  string   `json:"background_color,omitempty"`
	Highlight   string   `json:"highlight_color,omitempty"`
	Font        string   `json:"font,omitempty"`
	AppliesTo   []string `json:"applies_to,omitempty"`
	HowToChange string   `json:"how_to_change,omitempty"`
}

// Envelope names the record.
func (Theme) Envelope() (one, many string) { return "theme", "themes" }

// GetTheme returns the store's colours and font (users_controller#theme).
func (c *Client) GetTheme(ctx context.Context, _ struct{}) (Theme, error) {
	return do[Theme](ctx, c, http.MethodGet, "/user/theme", nil)
}

// ProfileLayout is what Gumroad's own storefront of the store consists of. The API cannot change it.
type ProfileLayout struct {
	Rendering string       `json:"rendering,omitempty" jsonschema_description:"custom_html: visitors see a page of custom HTML instead. tabs_and_sections: they see this."`
	TabBar    Bool         `json:"tab_bar_visible,omitempty" jsonschema_description:"False: the names of tabs are not shown."`
	Tabs      []ProfileTab `json:"tabs,omitempty"`
	HowTo     string       `json:"how_to_change,omitempty"`
}

// ProfileTab is a tab of the storefront.
type ProfileTab struct {
	Name     string           `json:"name,omitempty"`
	Sections []ProfileSection `json:"sections,omitempty"`
}

// ProfileSection is a part of a tab; its header is empty if none is shown.
type ProfileSection struct {
	Header string `json:"header,omitempty"`
	Type   string `json:"type,omitempty"`
}

// Envelope names the record.
func (ProfileLayout) Envelope() (one, many string) { return "profile_layout", "profile_layouts" }

// GetProfileLayout returns the tabs of the storefront. It needs the scope view_profile itself
// (users_controller#profile_layout).
func (c *Client) GetProfileLayout(ctx context.Context, _ struct{}) (ProfileLayout, error) {
	return do[ProfileLayout](ctx, c, http.MethodGet, "/user/profile_layout", nil)
}

// OfProfile says of a page of custom HTML that it is the whole storefront.
type OfProfile struct{}

// Envelope names the record.
func (OfProfile) Envelope() (one, many string) { return "profile_html", "profile_htmls" }

// ProfilePage and ProfilePageChange are the storefront's page and what became of it.
type (
	ProfilePage       = CustomPage[OfProfile]
	ProfilePageChange = CustomPageChange[OfProfile]
)

// GetProfilePage returns the storefront's page (users_controller#custom_html).
func (c *Client) GetProfilePage(ctx context.Context, _ struct{}) (ProfilePage, error) {
	return do[ProfilePage](ctx, c, http.MethodGet, "/user/custom_html", nil)
}

// PreviewProfilePage returns a page as Gumroad would store it, and stores nothing
// (users_controller#preview_custom_html).
func (c *Client) PreviewProfilePage(ctx context.Context, in NewCustomPage) (ProfilePageChange, error) {
	if err := in.check("clear_profile_html"); err != nil {
		return ProfilePageChange{}, err
	}
	return do[ProfilePageChange](ctx, c, http.MethodPost, "/user/preview_custom_html",
		previewedPage{sentPage{&in.HTML}})
}

// ReplaceProfilePage replaces the whole storefront, which visitors see at once (users_controller#update_custom_html).
func (c *Client) ReplaceProfilePage(ctx context.Context, in NewCustomPage) (ProfilePageChange, error) {
	if err := in.check("clear_profile_html"); err != nil {
		return ProfilePageChange{}, err
	}
	return do[ProfilePageChange](ctx, c, http.MethodPut, "/user/custom_html", sentPage{&in.HTML})
}

// ClearProfilePage takes the page down; Gumroad's own storefront stands in its place again
// (users_controller#update_custom_html).
func (c *Client) ClearProfilePage(ctx context.Context, _ struct{}) (ProfilePageChange, error) {
	return do[ProfilePageChange](ctx, c, http.MethodPut, "/user/custom_html", sentPage{new("")})
}

// EditProfilePage replaces one place of the storefront's page, by the rules of EditLandingPage
// (users_controller#edit_custom_html).
func (c *Client) EditProfilePage(ctx context.Context, in EditCustomPage) (ProfilePageChange, error) {
	return do[ProfilePageChange](ctx, c, http.MethodPost, "/user/custom_html/edit", sentEdit{in.Find, &in.Replace})
}
