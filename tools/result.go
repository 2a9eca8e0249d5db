package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// The codes that the tools add to those of package gumroad.
const (
	ConfirmationRequired gumroad.Code = "confirmation_required" // nothing was changed; a person has to agree first
	NotAllowed                        = gumroad.NotAllowed      // the operator's policy or the person said no
)

// failure is the structured form of an error result.
type failure struct {
	Code      gumroad.Code `json:"code"`
	Message   string       `json:"message"`
	Hint      string       `json:"hint,omitempty"`
	Retryable bool         `json:"retryable"`
	// Changed is "no", or "unknown" when a write was sent and its answer lost.
	Changed      string `json:"changed"`
	ConfirmToken string `json:"confirm_token,omitempty"`
	ConnectionID string `json:"connection_id,omitempty"` // with URL: a store waiting to be connected
	URL          string `json:"url,omitempty"`
}

// success is a result whose text and structured content are the same JSON: some clients show a model only the one,
// some only the other. Links come behind, for clients that follow them.
func success(rendered json.RawMessage, links ...mcp.Content) *mcp.CallToolResult {
	return &mcp.CallToolResult{
		Content:           append([]mcp.Content{mcp.NewTextContent(string(rendered))}, links...),
		StructuredContent: rendered,
	}
}

// links is the link to the resource that a result names, if its tool makes one.
func (d *Definition) links(rendered json.RawMessage) []mcp.Content {
	var members map[string]any
	if d.Links == "" || json.Unmarshal(rendered, &members) != nil {
		return nil
	}
	uri, _ := members[d.Links].(string)
	if uri == "" {
		return nil
	}
	return []mcp.Content{mcp.NewResourceLink(uri, d.Name, d.Title, "")}
}

// failed is the result of a call that did not do what was asked. Its text says what happened, why in upstream's
// words, what to do next, and whether anything changed.
func (f failure) result() *mcp.CallToolResult {
	text := f.Message
	if f.Hint != "" {
		text += " " + f.Hint
	}
	if f.Changed == "unknown" {
		text += " Whether anything changed is unknown."
	} else {
		text += " Nothing was changed."
	}
	return &mcp.CallToolResult{
		IsError:           true,
		Content:           []mcp.Content{mcp.NewTextContent(text)},
		StructuredContent: literal(f),
	}
}

// describe turns an error into what a client is told of it.
func (c *Catalog) describe(d *Definition, err error) failure {
	var e *gumroad.Error
	if !errors.As(err, &e) {
		if errors.Is(err, context.Canceled) {
			return failure{Code: gumroad.Timeout, Message: "The call was cancelled.", Changed: "no"}
		}
		return failure{Code: gumroad.UpstreamUnavailable, Message: "An internal error occurred.", Hint: "The server's log has the details.", Changed: "no"}
	}
	f := failure{Code: e.Code, Message: e.Message, Hint: e.Hint, Retryable: e.Retryable(), Changed: "no"}
	if e.Said != "" {
		who := "Gumroad said"
		if strings.HasPrefix(e.Message, "Maton") {
			who = "Maton said"
		}
		f.Message += fmt.Sprintf(" %s: %s.", who, quote(strings.TrimSuffix(e.Said, ".")))
	}
	if hint := c.hint(d, e); hint != "" {
		f.Hint = strings.TrimSpace(f.Hint + " " + hint)
	}
	if e.MayHaveChanged() {
		f.Changed = "unknown"
	}
	return f
}

// hint says which tool helps with an error.
func (c *Catalog) hint(d *Definition, e *gumroad.Error) string {
	switch e.Code {
	case gumroad.OutcomeUnknown:
		if name := c.fullName(d.ReadBack); d.ReadBack != "" && name != "" {
			return fmt.Sprintf("Read it back with %s before you try again.", name)
		}
	case gumroad.NotFound:
		for noun, lister := range map[string]string{
			"product": "list_products", "offer_code": "list_offer_codes", "variant_category": "list_variant_categories",
			"variant": "list_variants", "sale": "list_sales", "subscriber": "list_subscribers",
			"custom_field": "list_custom_fields", "resource_subscription": "list_webhooks",
		} {
			if name := c.fullName(lister); name != "" && strings.HasPrefix(e.Said, "The "+noun+" was") {
				return fmt.Sprintf("%s shows the valid ones.", name)
			}
		}
		if d.toolset.Account {
			return fmt.Sprintf("%s shows the valid ones.", c.fullName("list_connections"))
		}
	case gumroad.NoConnection:
		if name := c.fullName("create_connection"); name != "" {
			return fmt.Sprintf("Connect a store with %s and give the person its link.", name)
		}
	case gumroad.BadCredential:
		if name := c.fullName("create_connection"); name != "" && strings.Contains(e.Message, "grant") {
			return fmt.Sprintf("%s makes a new connection.", name)
		}
	}
	return ""
}

// Panicked is the result of a call that broke the server's own code.
func Panicked() *mcp.CallToolResult {
	return failure{Code: gumroad.UpstreamUnavailable, Message: "An internal error occurred; the server's log has the details.",
		Hint: "If this was a change, read it back before you try again.", Changed: "unknown"}.result()
}
