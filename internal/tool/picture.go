package tool

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

type pictureArguments struct {
	Picture bool `json:"picture,omitempty" jsonschema_description:"Add a chart."`
}

// Drawing draws what an operation returned for these arguments, as a PNG.
type Drawing func(ctx context.Context, env Env, arguments json.RawMessage, value any) (png []byte, err error)

// Draw makes a Drawing from a function of the operation's arguments and its result.
func Draw[In, Out any](draw func(*gumroad.Client, context.Context, In, Out) ([]byte, error)) Drawing {
	return func(ctx context.Context, env Env, arguments json.RawMessage, value any) ([]byte, error) {
		in, err := decode[In](arguments)
		if err != nil {
			return nil, err
		}
		return draw(env.Client, ctx, in, value.(Out))
	}
}

// picture returns the picture of a result, if the call asks for one. The answer stands without it, so where drawing
// fails a note takes the picture's place.
func (c *Catalog) picture(ctx context.Context, call *toolCall, value any) []mcp.Content {
	if call.Picture == nil || !call.picture {
		return nil
	}
	png, err := Recovered(ctx, c.log, call.Name+" picture", func() ([]byte, error) {
		return call.Picture(ctx, c.env(call), call.arguments, value)
	})
	if err != nil {
		why := c.describe(call.Definition, err)
		c.log.WarnContext(ctx, "a picture could not be drawn", "tool", call.Name, "code", string(why.Code))
		return []mcp.Content{mcp.NewTextContent("The picture could not be drawn: " + why.Message)}
	}
	// Clients that show a model every image would bill it this one, although the text says all that it shows.
	image := mcp.NewImageContent(base64.StdEncoding.EncodeToString(png), "image/png")
	image.Annotations = &mcp.Annotations{Audience: []mcp.Role{mcp.RoleUser}, Priority: new(0.3)}
	return []mcp.Content{image}
}
