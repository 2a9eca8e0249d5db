package tool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// ConfirmationRequired is the one code that is not in package gumroad: a person has to agree before the call acts.
const ConfirmationRequired gumroad.Code = "confirmation_required"

// failure is the structured content of an error result.
type failure struct {
	Code      gumroad.Code `json:"code"`
	Message   string       `json:"message"`
	Hint      string       `json:"hint,omitempty"`
	Retryable bool         `json:"retryable"`
	// Changed is "no", or "unknown" if a write was sent and its answer was lost.
	Changed      string `json:"changed"`
	ConfirmToken string `json:"confirm_token,omitempty"`
	ConnectionID string `json:"connection_id,omitempty"` // with URL: the connection that the person has to authorize
	URL          string `json:"url,omitempty"`
}

func (f failure) Error() string { return string(f.Code) + ": " + f.Message }

// success returns a result whose text and structured content are the same JSON, since some clients show a model only
// one of them. Links and pictures follow the text.
func success(reading Reading, more ...mcp.Content) *mcp.CallToolResult {
	rendered := reading.JSON()
	return &mcp.CallToolResult{
		Content:           append([]mcp.Content{mcp.NewTextContent(string(rendered))}, more...),
		StructuredContent: rendered,
	}
}

// links returns a link to the resource that the result names, if the tool makes one (Tool.Links).
func (d *Definition) links(reading Reading) []mcp.Content {
	if d.Links == "" {
		return nil
	}
	uri := reading.Text(d.Links)
	if uri == "" {
		return nil
	}
	return []mcp.Content{mcp.NewResourceLink(uri, d.Name, d.Title, "")}
}

// result returns the failure as an error result. Its text says all that its structured content does, since most clients
// show a model only the text of an error: the code, what happened and why (in upstream's words), what to do next, and
// whether anything changed.
func (f failure) result() *mcp.CallToolResult {
	said := f.Error()
	if f.Hint != "" {
		between := " "
		if strings.Contains(said, "\n") { // a question with its arguments, each on a line
			between = "\n"
		}
		said += between + f.Hint
	}
	if f.Changed == "unknown" {
		said += " Whether anything changed is unknown."
	} else {
		said += " Nothing was changed."
	}
	return &mcp.CallToolResult{
		IsError:           true,
		Content:           []mcp.Content{mcp.NewTextContent(said)},
		StructuredContent: object.Literal(f),
	}
}

// describe turns an error into what the client is told about it. It adds upstream's own words, which are quoted because
// others wrote them, and a hint that names the tool to go on with.
func (c *Catalog) describe(d *Definition, err error) failure {
	if f, ok := errors.AsType[failure](err); ok {
		return f
	}
	e, ok := errors.AsType[*gumroad.Error](err)
	switch {
	case ok:
	case errors.Is(err, context.Canceled):
		return failure{Code: gumroad.Timeout, Message: "The call was cancelled.", Changed: "no"}
	default:
		e = gumroad.Internal(err)
	}
	f := failure{Code: e.Code, Message: e.Message, Hint: e.Hint, Retryable: e.Retryable(), Changed: "no"}
	if e.Said != "" {
		said := strings.TrimSuffix(e.Said, ".")
		if c.renderer.mask {
			said = text.MaskWithin(said)
		}
		f.Message += fmt.Sprintf(" %s said: %s.", e.Origin, text.Quote(said))
	}
	// After a fault of ours in a tool that changes something, nobody knows how far it got.
	if e.MayHaveChanged() || e.Code == gumroad.InternalError && d.Effect != Reads {
		f.Changed = "unknown"
	}
	if hint := c.hint(d, e, f.Changed); hint != "" {
		f.Hint = strings.TrimSpace(f.Hint + " " + hint)
	}
	return f
}

// hint returns a sentence that names the tool which helps with an error, or "". Only tools that are on are named.
func (c *Catalog) hint(d *Definition, e *gumroad.Error, changed string) string {
	switch {
	case changed == "unknown":
		if reader := c.ReadsBack(d); reader != nil {
			return fmt.Sprintf("Read it back with %s before you try again.", reader.FullName)
		}
	case e.Code == gumroad.NotFound:
		if lister := c.lister(e.Record); lister != nil {
			return fmt.Sprintf("%s shows the valid ones.", lister.FullName)
		}
	case e.Code == gumroad.NoConnection && e.Hint == "":
		if name := c.NameOf("create_connection"); name != "" {
			return fmt.Sprintf("Connect a store with %s and give the person its link.", name)
		}
	case e.Code == gumroad.BadCredential && e.Origin == gumroad.Gumroad: // the store's grant is bad, not the Maton key
		if name := c.NameOf("create_connection"); name != "" {
			return fmt.Sprintf("%s makes a new connection.", name)
		}
	}
	return ""
}

// lister returns the tool that lists a kind of record, or nil.
func (c *Catalog) lister(record string) *Definition {
	return c.find(func(d *Definition) bool { return record != "" && d.Run.kind.lists && d.Run.kind.record == record })
}

// ReadsBack returns the tool that shows whether a change was made. It is the tool that reads the changed record, if every
// such change has the arguments for it, and otherwise the tool that lists such records. After a deletion the reading tool
// counts only if it still shows deleted records, marked as such; otherwise the list shows that the record is gone.
func (c *Catalog) ReadsBack(changing *Definition) *Definition {
	kind := changing.Run.kind
	reader := c.find(func(d *Definition) bool {
		if d.Effect != Reads || kind.record == "" || d.Run.kind.record != kind.record || d.Run.kind.lists {
			return false
		}
		for _, argument := range d.input.Required {
			if !slices.Contains(changing.input.Required, argument) {
				return false
			}
		}
		_, showsDeleted := d.output.Properties.Get("deleted")
		return !kind.gone || showsDeleted
	})
	if reader == nil {
		reader = c.lister(kind.record)
	}
	return reader
}

// find returns the first tool that fits, or nil.
func (c *Catalog) find(fits func(*Definition) bool) *Definition {
	for _, d := range c.definitions {
		if fits(d) {
			return d
		}
	}
	return nil
}
