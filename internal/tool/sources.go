package tool

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
)

// Source are the arguments of tools that take a file.
type Source struct {
	Path string `json:"path,omitempty" jsonschema_description:"File on this machine."`
	URL  string `json:"url,omitempty" jsonschema_description:"Or https address."`
}

// Check refuses a source that names no file, or two, and an address that is not public.
func (e Env) Check(in Source) error {
	switch {
	case (in.Path == "") == (in.URL == ""):
		return gumroad.Invalid("Give exactly one of path and url.")
	case in.URL != "":
		if fault := gumroad.PostURLFault(in.URL); fault != "" {
			return gumroad.Invalid("url "+fault+".", "Give an https:// address on a public host.")
		}
	case !e.caller.Local:
		return &gumroad.Error{Code: gumroad.NotAllowed, Message: "This server is on another machine, which has no files of yours.",
			Hint: "Give an https url instead."}
	}
	return nil
}

// Open opens the file that the source names. A path is for callers on this machine alone, and a url is downloaded first.
func (e Env) Open(ctx context.Context, in Source) (*source.File, error) {
	if err := e.Check(in); err != nil {
		return nil, err
	}
	if in.Path != "" {
		return e.files.Open(in.Path)
	}
	return e.files.Fetch(ctx, in.URL)
}
