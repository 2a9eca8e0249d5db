package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var media = tool.Set{
	Name: "media", Doc: "Pictures hosted for pages.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_media", Title: "List hosted pictures", Effect: tool.Reads,
			Doc: "List the pictures that are hosted for pages, with their addresses; newest first.",
			Run: tool.All((*gumroad.Client).ListMedia)},
		{Name: "add_media", Title: "Host a picture", Effect: tool.Changes,
			Doc: "Host a picture of at most 10 MB at a public Gumroad address, for use in pages.",
			Run: tool.RunWith(addMedia)},
		{Name: "delete_media", Title: "Delete a hosted picture", Effect: tool.Destroys,
			Doc: "Delete a hosted picture; pages that show it show a broken one.",
			Ask: tool.Ask(askDeleteMedia),
			Run: tool.Run((*gumroad.Client).DeleteMedia)},
	},
}

// hosted is a picture to host.
type hosted struct {
	tool.Source
	Name string `json:"name,omitempty" jsonschema_description:"Shown in the list."`
}

func addMedia(env tool.Env, ctx context.Context, in hosted) (gumroad.Media, error) {
	add := gumroad.AddMedia{URL: in.URL, Name: in.Name}
	err := env.Check(in.Source)
	if err == nil && in.Path != "" {
		add.SignedBlobID, err = uploadPicture(env, ctx, in.Path, gumroad.PurposeMedia, maxMedia, append(coverImages, "image/webp")...)
	}
	if err != nil {
		return gumroad.Media{}, err
	}
	return env.AddMedia(ctx, add)
}

func askDeleteMedia(c *gumroad.Client, ctx context.Context, in gumroad.MediaRef) (string, error) {
	all, err := c.ListMedia(ctx, gumroad.ListMedia{})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all.Rows, func(m gumroad.Media) bool { return m.ID == in.MediaID })
	if i < 0 {
		one, _ := gumroad.Media{}.Envelope()
		return "", &gumroad.Error{Code: gumroad.NotFound, Record: one, Message: "There is no such hosted picture."}
	}
	used, unread, err := c.MediaUse(ctx, all.Rows[i])
	if err != nil {
		return "", err
	}
	question := fmt.Sprintf("Delete the hosted picture %s? It cannot be brought back, and pages that show it show a broken "+
		"one at once.", text.Quote(all.Rows[i].Name))
	var names []string
	for _, name := range used {
		names = append(names, text.Quote(name))
	}
	if len(names) > 0 {
		question += " These products show it: " + strings.Join(names, ", ") + "."
	} else {
		question += " No product that was looked at shows it."
	}
	if unread > 0 {
		question += fmt.Sprintf(" %d products were not looked at.", unread)
	}
	return question + " The profile and e-mails were not looked at.\npicture: " + text.Quote(all.Rows[i].URL), nil
}
