package tools

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var profile = tool.Set{
	Name: "profile", Doc: "The storefront: name, bio, theme, layout, its page of custom HTML.", Optional: true,
	Tools: []tool.Tool{
		{Name: "update_user", Title: "Change the store's name or bio", Effect: tool.Changes,
			Doc:     "Change the store's public name or bio.",
			Refuses: refusedOfUsers,
			Run:     tool.Update(tool.Run(updateUser))},
		{Name: "get_theme", Title: "Show the store's theme", Effect: tool.Reads,
			Doc: "The store's colours and font.",
			Run: tool.Run((*gumroad.Client).GetTheme)},
		{Name: "get_profile_layout", Title: "Show the storefront's layout", Effect: tool.Reads,
			Doc: "Tabs and sections of Gumroad's own storefront.",
			Run: tool.Run((*gumroad.Client).GetProfileLayout)},
		{Name: "get_profile_html", Title: "Read the storefront's page", Effect: tool.Reads,
			Doc: "Read the storefront's custom page, in parts.",
			Run: tool.Run(getProfilePage)},
		{Name: "preview_profile_html", Title: "Preview a storefront page", Effect: tool.Reads,
			Doc:     "What Gumroad would strip from a storefront page; saves nothing.",
			Refuses: refusedOfPages,
			Run:     tool.Run(previewProfilePage)},
		{Name: "edit_profile_html", Title: "Edit the storefront's page", Effect: tool.Changes,
			Doc:   "Replace one exact snippet of the storefront page.",
			Links: "old_page",
			Run:   tool.RunWith(editProfilePage)},
		{Name: "replace_profile_html", Title: "Replace the storefront", Effect: tool.Destroys,
			Doc:     "Replace the whole storefront with a page.",
			Refuses: refusedOfPages,
			Links:   "old_page",
			Ask:     tool.Ask(askReplaceProfilePage),
			Run:     tool.RunWith(replaceProfilePage)},
		{Name: "clear_profile_html", Title: "Take the storefront's page down", Effect: tool.Destroys,
			Doc:   "Take the storefront page down; Gumroad's own returns.",
			Links: "old_page",
			Ask:   tool.Ask(askClearProfilePage),
			Run:   tool.RunWith(clearProfilePage)},
	},
}

var refusedOfUsers = map[string]string{
	"email": onWebsite, "username": onWebsite, "twitter_handle": onWebsite, "profile_url": onWebsite,
	"currency_type": onWebsite, "display_name": "the argument is name",
}

const onWebsite = "it is changed on Gumroad's website alone"

// changedUser is the store's owner, with what was there before.
type changedUser struct {
	OldName string `json:"old_name,omitempty"`
	OldBio  string `json:"old_bio,omitempty" text:"long"`
	gumroad.User
}

func updateUser(c *gumroad.Client, ctx context.Context, in gumroad.UpdateUser) (changedUser, error) {
	before, err := c.GetUser(ctx, struct{}{})
	if err != nil {
		return changedUser{}, err
	}
	out := changedUser{}
	if out.User, err = c.UpdateUser(ctx, in); err != nil {
		return changedUser{}, err
	}
	if in.Name != nil {
		out.OldName = before.Name
	}
	if in.Bio != nil {
		out.OldBio = before.Bio
	}
	return out, nil
}

type (
	profilePageResult = pageResult[gumroad.OfProfile]
	changedProfile    = changedPage[gumroad.OfProfile]
)

func getProfilePage(c *gumroad.Client, ctx context.Context, in pageStart) (shownPage[gumroad.OfProfile], error) {
	page, err := c.GetProfilePage(ctx, struct{}{})
	return showPage(page, in), err
}

func previewProfilePage(c *gumroad.Client, ctx context.Context, in gumroad.NewCustomPage) (profilePageResult, error) {
	change, err := c.PreviewProfilePage(ctx, in)
	return newPageResult(change), err
}

func changeProfilePage(env tool.Env, ctx context.Context,
	change func() (gumroad.ProfilePageChange, error)) (changedProfile, error) {
	read := func() (gumroad.ProfilePage, error) { return env.GetProfilePage(ctx, struct{}{}) }
	return changePage(env, ctx, read, change)
}

func editProfilePage(env tool.Env, ctx context.Context, in gumroad.EditCustomPage) (changedProfile, error) {
	return changeProfilePage(env, ctx, func() (gumroad.ProfilePageChange, error) {
		return env.EditProfilePage(ctx, in)
	})
}

func replaceProfilePage(env tool.Env, ctx context.Context, in gumroad.NewCustomPage) (changedProfile, error) {
	return changeProfilePage(env, ctx, func() (gumroad.ProfilePageChange, error) {
		return env.ReplaceProfilePage(ctx, in)
	})
}

func clearProfilePage(env tool.Env, ctx context.Context, in struct{}) (changedProfile, error) {
	return changeProfilePage(env, ctx, func() (gumroad.ProfilePageChange, error) {
		return env.ClearProfilePage(ctx, in)
	})
}

func askReplaceProfilePage(c *gumroad.Client, ctx context.Context, in gumroad.NewCustomPage) (string, error) {
	page, err := c.GetProfilePage(ctx, struct{}{})
	if err != nil {
		return "", err
	}
	change, err := c.PreviewProfilePage(ctx, in)
	if err != nil {
		return "", err
	}
	return replaceQuestion(page, "the whole storefront", " Visitors see it at once.", change), nil
}

func askClearProfilePage(c *gumroad.Client, ctx context.Context, in struct{}) (string, error) {
	page, err := c.GetProfilePage(ctx, in)
	if err != nil {
		return "", err
	}
	return clearQuestion(page, "custom page", "the storefront")
}
