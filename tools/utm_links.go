package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var utmLinks = tool.Set{
	Name: "utm_links", Doc: "Short tracking links with UTM values.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_utm_links", Title: "List tracking links", Effect: tool.Reads,
			Doc: "List tracking links with clicks.",
			Run: tool.All((*gumroad.Client).ListUTMLinks)},
		{Name: "get_utm_link", Title: "Show a tracking link", Effect: tool.Reads,
			Doc: "One tracking link.",
			Run: tool.Run((*gumroad.Client).GetUTMLink)},
		{Name: "create_utm_link", Title: "Create a tracking link", Effect: tool.Changes,
			Doc:     "Make a short link, by default to the profile.",
			Refuses: refusedOfUTMLinks,
			Run:     tool.Concise(createUTMLink)},
		{Name: "update_utm_link", Title: "Change a tracking link", Effect: tool.Changes,
			Doc:     "Change a tracking link.",
			Refuses: refusedOfUTMLinks,
			Run:     tool.Update(tool.Concise(updateUTMLink))},
		{Name: "disable_utm_link", Title: "Switch a tracking link off", Effect: tool.Changes,
			Doc: "Stop its short URL.",
			Run: tool.Concise((*gumroad.Client).DisableUTMLink)},
		{Name: "enable_utm_link", Title: "Switch a tracking link on", Effect: tool.Changes,
			Doc: "Switch it on.",
			Run: tool.Concise((*gumroad.Client).EnableUTMLink)},
		{Name: "delete_utm_link", Title: "Delete a tracking link", Effect: tool.Destroys,
			Doc: "Delete it for good.",
			Ask: tool.Ask(askDeleteUTMLink),
			Run: tool.Run((*gumroad.Client).DeleteUTMLink)},
	},
}

var refusedOfUTMLinks = map[string]string{
	"target_resource_type": "a new link leads to product_id, email_id, the subscribe_page or the profile; the target of one that exists is fixed",
	"target_resource_id":   "a new link leads to product_id, email_id, the subscribe_page or the profile; the target of one that exists is fixed",
	"utm_source":           `it is part of utm, as in a URL: "utm_source=newsletter&utm_medium=email&utm_campaign=spring"`,
	"utm_medium":           `it is part of utm, as in a URL: "utm_source=newsletter&utm_medium=email&utm_campaign=spring"`,
	"utm_campaign":         `it is part of utm, as in a URL: "utm_source=newsletter&utm_medium=email&utm_campaign=spring"`,
	"permalink":            "Gumroad chooses the short URL",
	"short_url":            "Gumroad chooses the short URL",
	"url":                  "a link leads to the store's own pages only",
	"enabled":              "use enable_utm_link and disable_utm_link",
}

type newUTMLink struct {
	Title     string `json:"title" jsonschema_description:"Its name."`
	UTM       string `json:"utm" jsonschema_description:"utm_source=news&utm_medium=email&utm_campaign=spring"`
	ProductID string `json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
	EmailID   string `json:"email_id,omitempty" jsonschema_description:"Its page."`
	Subscribe bool   `json:"subscribe_page,omitempty" jsonschema_description:"Or to it."`
}

type changedUTMLink struct {
	gumroad.UTMLinkRef
	Title string `json:"title,omitempty" jsonschema_description:"New."`
	UTM   string `json:"utm,omitempty" jsonschema_description:"utm_source=blog"`
}

func createUTMLink(c *gumroad.Client, ctx context.Context, in newUTMLink) (gumroad.UTMLink, error) {
	values, err := gumroad.ParseUTM(in.UTM)
	if err != nil {
		return gumroad.UTMLink{}, err
	}
	link := gumroad.CreateUTMLink{Title: in.Title, Target: "profile_page", UTMValues: values}
	targets := 0
	for _, target := range []struct {
		given    bool
		kind, id string
	}{{in.ProductID != "", "product_page", in.ProductID}, {in.EmailID != "", "post_page", in.EmailID},
		{in.Subscribe, "subscribe_page", ""}} {
		if target.given {
			link.Target, link.TargetID = target.kind, target.id
			targets++
		}
	}
	if targets > 1 {
		return gumroad.UTMLink{}, gumroad.Invalid("A tracking link leads to one page.",
			"Give one of product_id, email_id and subscribe_page, or none for the profile.")
	}
	return c.CreateUTMLink(ctx, link)
}

// utmLinkChange is a changed tracking link, with the values that it no longer has.
type utmLinkChange struct {
	Replaced utmValues `json:"replaced" concise:"always" jsonschema_description:"What was changed, as it was before."`
	gumroad.UTMLink
}

type utmValues struct {
	Title    string `json:"title,omitempty" pii:"other"`
	Source   string `json:"utm_source,omitempty" pii:"other"`
	Medium   string `json:"utm_medium,omitempty" pii:"other"`
	Campaign string `json:"utm_campaign,omitempty" pii:"other"`
	Term     string `json:"utm_term,omitempty" pii:"other"`
	Content  string `json:"utm_content,omitempty" pii:"other"`
}

// updateUTMLink reads the link first: clicks are counted under the old values, and Gumroad forgets them.
func updateUTMLink(c *gumroad.Client, ctx context.Context, in changedUTMLink) (utmLinkChange, error) {
	values, err := gumroad.ParseUTM(in.UTM)
	if err != nil {
		return utmLinkChange{}, err
	}
	before, err := c.GetUTMLink(ctx, in.UTMLinkRef)
	if err != nil {
		return utmLinkChange{}, err
	}
	after, err := c.UpdateUTMLink(ctx, gumroad.UpdateUTMLink{UTMLinkRef: in.UTMLinkRef, Title: in.Title, UTMValues: values})
	if err != nil {
		return utmLinkChange{}, err
	}
	gone := func(was, is string) string {
		if was == is {
			return ""
		}
		return was
	}
	return utmLinkChange{utmValues{gone(before.Title, after.Title), gone(before.Source, after.Source),
		gone(before.Medium, after.Medium), gone(before.Campaign, after.Campaign), gone(before.Term, after.Term),
		gone(before.Content, after.Content)}, after}, nil
}

func askDeleteUTMLink(c *gumroad.Client, ctx context.Context, in gumroad.UTMLinkRef) (string, error) {
	link, err := c.GetUTMLink(ctx, in)
	if err != nil {
		return "", err
	}
	clicks := "an unknown number of clicks"
	if link.TotalClicks != nil {
		clicks = fmt.Sprintf("clicked about %d times", roughly(*link.TotalClicks))
	}
	return fmt.Sprintf("Delete the tracking link %s (%s, %s)? Where it was posted it leads nowhere from then on, "+
		"and it cannot be brought back; disable_utm_link can be undone.", text.Quote(link.Title), quoteURL(link.ShortURL), clicks), nil
}
