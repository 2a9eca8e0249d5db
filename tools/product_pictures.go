package tools

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var productPictures = tool.Set{
	Name: "product_pictures", Doc: "Covers and thumbnails of products.", Optional: true,
	Tools: []tool.Tool{
		{Name: "add_cover", Title: "Add a cover", Effect: tool.Changes,
			Doc: "Add a picture or video (also a YouTube page) to a product's gallery.",
			Run: tool.RunWith(addCover)},
		{Name: "reorder_covers", Title: "Order a product's covers", Effect: tool.Changes,
			Doc: "Set the order of a product's gallery; the first is the main picture.",
			Run: tool.Run(reorderCovers)},
		{Name: "delete_cover", Title: "Delete a cover", Effect: tool.Destroys,
			Doc: "Delete one picture from a product's gallery.",
			Ask: tool.Ask(askDeleteCover),
			Run: tool.Run(deleteCover)},
		{Name: "set_thumbnail", Title: "Set a product's thumbnail", Effect: tool.Changes,
			Doc: "Set a product's thumbnail: a square JPEG, PNG or GIF from 600 pixels.",
			Run: tool.RunWith(setThumbnail)},
		{Name: "delete_thumbnail", Title: "Delete a product's thumbnail", Effect: tool.Destroys,
			Doc: "Delete a product's thumbnail.",
			Ask: tool.Ask(askDeleteThumbnail),
			Run: tool.Run(deleteThumbnail)},
	},
}

// pictured names a product and a picture for it.
type pictured struct {
	gumroad.ProductRef
	tool.Source
}

// gallery is a product's covers as they are after a change.
type gallery struct{ gumroad.Gallery }

// Envelope names the kind of record that changed: get_product shows its covers.
func (gallery) Envelope() (one, many string) { return gumroad.Product{}.Envelope() }

// galleryOf returns the covers of a product.
func galleryOf(product gumroad.Product) gallery {
	out := gallery{gumroad.Gallery{Covers: product.Covers}}
	if len(product.Covers) > 0 {
		out.MainCoverID = product.Covers[0].ID
	}
	return out
}

// Limits of pictures, in bytes.
const (
	maxCoverImage = 50 << 20
	maxThumbnail  = 5 << 20
	maxMedia      = 10 << 20
)

var coverImages = []string{"image/jpeg", "image/png", "image/gif"}

// uploadPicture uploads the picture at a path and returns the id by which it is used. It refuses what Gumroad would
// refuse after the upload: other kinds than those given, and images of more than limit bytes.
func uploadPicture(env tool.Env, ctx context.Context, path, purpose string, limit int64, kinds ...string) (
	signedID string, err error) {
	file, err := env.Open(ctx, tool.Source{Path: path})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	switch {
	case !file.HasKind(kinds...):
		return "", gumroad.Invalid(fmt.Sprintf("The file is %s.", file.Type),
			"Give a JPEG, PNG or GIF image"+map[bool]string{true: ", or a video", false: ""}[slices.Contains(kinds, "video/")]+".")
	case file.Size > limit && !file.HasKind("video/"):
		return "", gumroad.Invalid(fmt.Sprintf("The image has %s; Gumroad takes at most %s here.",
			gumroad.FormatBytes(file.Size), gumroad.FormatBytes(limit)))
	}
	return env.UploadBlob(ctx, purpose, file.Content)
}

// addCover leaves a url to Gumroad, which fetches it: it can be a page with a video.
func addCover(env tool.Env, ctx context.Context, in pictured) (gallery, error) {
	add := gumroad.AddCover{ProductRef: in.ProductRef, URL: in.URL}
	err := env.Check(in.Source)
	if err == nil && in.Path != "" {
		add.SignedBlobID, err = uploadPicture(env, ctx, in.Path, "", maxCoverImage, append(coverImages, "video/")...)
	}
	if err != nil {
		return gallery{}, err
	}
	covers, err := env.AddCover(ctx, add)
	return gallery{covers}, err
}

// orderedCovers names covers in the order that they are to have.
type orderedCovers struct {
	gumroad.ProductRef
	CoverIDs []string `json:"cover_ids" jsonschema_description:"First to last; the others follow."`
}

// reorderCovers sends the ids of all covers, because those left out would come first.
func reorderCovers(c *gumroad.Client, ctx context.Context, in orderedCovers) (gallery, error) {
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return gallery{}, err
	}
	var order []string
	for _, id := range in.CoverIDs {
		if _, err := coverOf(product, id); err != nil {
			return gallery{}, err
		}
		if !slices.Contains(order, id) {
			order = append(order, id)
		}
	}
	if len(order) == 0 {
		return gallery{}, gumroad.Invalid("cover_ids names no cover.")
	}
	for _, cover := range product.Covers {
		if !slices.Contains(order, cover.ID) {
			order = append(order, cover.ID)
		}
	}
	changed, err := c.OrderCovers(ctx, gumroad.OrderCovers{ProductRef: in.ProductRef, CoverIDs: order})
	if err != nil {
		return gallery{}, err
	}
	return galleryOf(changed), nil
}

// coverOf returns the place of a cover in a product's gallery, counted from 1.
func coverOf(product gumroad.Product, id string) (place int, err error) {
	if i := slices.IndexFunc(product.Covers, func(c gumroad.Cover) bool { return c.ID == id }); i >= 0 {
		return i + 1, nil
	}
	ids := "It has none."
	if len(product.Covers) > 0 {
		ids = "Its covers are:"
		for _, cover := range product.Covers {
			ids += fmt.Sprintf(" %s (%s)", cover.ID, cover.Type)
		}
		ids += "."
	}
	return 0, &gumroad.Error{Code: gumroad.NotFound, Hint: ids,
		Message: fmt.Sprintf("The product %s has no cover %s.", text.Quote(product.Name), text.Quote(id))}
}

func askDeleteCover(c *gumroad.Client, ctx context.Context, in gumroad.DeleteCover) (string, error) {
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	place, err := coverOf(product, in.CoverID)
	if err != nil {
		return "", err
	}
	question := fmt.Sprintf("Delete cover %d of %d from %s? It cannot be brought back.", place, len(product.Covers), text.Quote(product.Name))
	if place == 1 && len(product.Covers) > 1 {
		question += " The next one becomes the main picture."
	}
	return question + fmt.Sprintf("\npicture: %s", text.Quote(product.Covers[place-1].URL)), nil
}

func deleteCover(c *gumroad.Client, ctx context.Context, in gumroad.DeleteCover) (gallery, error) {
	covers, err := c.DeleteCover(ctx, in)
	return gallery{covers}, err
}

// thumbnail is a product's thumbnail as it is after a change.
type thumbnail struct {
	URL     string       `json:"thumbnail_url,omitempty"`
	Deleted gumroad.Bool `json:"thumbnail_deleted,omitempty"`
}

// Envelope names the kind of record that changed: get_product shows its thumbnail.
func (thumbnail) Envelope() (one, many string) { return gumroad.Product{}.Envelope() }

func setThumbnail(env tool.Env, ctx context.Context, in pictured) (thumbnail, error) {
	set := gumroad.SetThumbnail{ProductRef: in.ProductRef, URL: in.URL}
	err := env.Check(in.Source)
	if err == nil && in.Path != "" {
		set.SignedBlobID, err = uploadPicture(env, ctx, in.Path, "", maxThumbnail, coverImages...)
	}
	if err != nil {
		return thumbnail{}, err
	}
	made, err := env.SetThumbnail(ctx, set)
	return thumbnail{URL: made.URL}, err
}

func askDeleteThumbnail(c *gumroad.Client, ctx context.Context, in gumroad.ProductRef) (string, error) {
	product, err := c.GetProduct(ctx, in)
	switch {
	case err != nil:
		return "", err
	case product.ThumbnailURL == "":
		return "", &gumroad.Error{Code: gumroad.NotFound,
			Message: fmt.Sprintf("The product %s has no thumbnail.", text.Quote(product.Name))}
	}
	return fmt.Sprintf("Delete the thumbnail of %s? It cannot be brought back.\npicture: %s",
		text.Quote(product.Name), text.Quote(product.ThumbnailURL)), nil
}

func deleteThumbnail(c *gumroad.Client, ctx context.Context, in gumroad.ProductRef) (thumbnail, error) {
	_, err := c.DeleteThumbnail(ctx, in)
	return thumbnail{Deleted: gumroad.True}, err
}
