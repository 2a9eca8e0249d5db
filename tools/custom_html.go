package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var refusedOfPages = map[string]string{"html": "the argument is custom_html"}

// How much of a page one answer has at most, in characters and in bytes. A whole result has 20,000 bytes of JSON, in
// which quotation marks count twice.
const (
	pagePart     = 8_000
	maxPartBytes = 12_000
)

type pageStart struct {
	From *gumroad.Int `json:"from,omitempty" jsonschema:"minimum=0" jsonschema_description:"From next_from."`
}

// pageExtent is what a part of a page says of the whole.
type pageExtent struct {
	Characters gumroad.Int  `json:"characters" jsonschema_description:"Of the whole page."`
	NextFrom   *gumroad.Int `json:"next_from,omitempty" jsonschema_description:"Pass as from for what follows."`
}

// cut returns the part of a page that begins at start.
func (start pageStart) cut(page string) (string, pageExtent) {
	all, from := []rune(page), 0
	if start.From != nil {
		from = min(int(*start.From), len(all))
	}
	to := min(from+pagePart, len(all))
	for len(string(all[from:to])) > maxPartBytes {
		to = from + (to-from)*3/4
	}
	of := pageExtent{Characters: gumroad.Int(len(all))}
	if to < len(all) {
		of.NextFrom = new(gumroad.Int(to))
	}
	return string(all[from:to]), of
}

// shownPage is a page of custom HTML, or a part of it.
type shownPage[Of gumroad.Record] struct {
	Exists bool   `json:"exists"`
	URL    string `json:"url,omitempty"`
	HTML   string `json:"custom_html,omitempty" text:"long"`
	pageExtent
}

// Envelope names the record.
func (shownPage[Of]) Envelope() (one, many string) { return gumroad.CustomPage[Of]{}.Envelope() }

func showPage[Of gumroad.Record](page gumroad.CustomPage[Of], start pageStart) shownPage[Of] {
	out := shownPage[Of]{Exists: page.HTML != "", URL: page.URL}
	out.HTML, out.pageExtent = start.cut(page.HTML)
	return out
}

// pageResult is what became of a page: what to worry about comes first.
type pageResult[Of gumroad.Record] struct {
	Warning    string       `json:"warning,omitempty" jsonschema_description:"Tell the person."`
	Stripped   gumroad.Int  `json:"stripped" jsonschema_description:"Parts that Gumroad took out of the page."`
	Why        []strippedOf `json:"why,omitempty"`
	Characters gumroad.Int  `json:"characters" jsonschema_description:"Of the page as Gumroad stores it; 0: no page."`
}

// strippedOf counts the parts taken out for one reason.
type strippedOf struct {
	What   string      `json:"what" jsonschema_description:"Tag, or tag and attribute."`
	Reason string      `json:"reason"`
	Count  gumroad.Int `json:"count"`
}

// Envelope names the record.
func (pageResult[Of]) Envelope() (one, many string) { return gumroad.CustomPage[Of]{}.Envelope() }

func newPageResult[Of gumroad.Record](change gumroad.CustomPageChange[Of]) pageResult[Of] {
	out := pageResult[Of]{Warning: change.Warning, Stripped: change.Removed.Total,
		Characters: gumroad.Int(utf8.RuneCountInString(change.HTML))}
	count := func(what, reason string) {
		for i := range out.Why {
			if out.Why[i].What == what && out.Why[i].Reason == reason {
				out.Why[i].Count++
				return
			}
		}
		out.Why = append(out.Why, strippedOf{what, reason, 1})
	}
	for _, tag := range change.Removed.Tags {
		count(tag.Tag, tag.Reason)
	}
	for _, attribute := range change.Removed.Attributes {
		count(attribute.Tag+" "+attribute.Attribute, attribute.Reason)
	}
	return out
}

// keptPage is the file of a page as it was.
type keptPage struct {
	OldPage string `json:"old_page,omitempty" jsonschema_description:"Resource with the page as it was, to go back to."`
	Path    string `json:"old_page_path,omitempty" jsonschema_description:"The same file on this machine."`
	Kept    string `json:"old_page_kept_until,omitempty"`
}

// keep writes a page to a file, unless there is none.
func (k *keptPage) keep(env tool.Env, ctx context.Context, page string) error {
	if page == "" {
		return nil
	}
	file, err := env.WriteFile(ctx, "old-page", "html", "text/html", func(w io.Writer) error {
		_, err := io.WriteString(w, page)
		return err
	})
	if err == nil {
		k.OldPage, k.Path, k.Kept = file.Resource, file.Path, file.KeptUntil
	}
	return err
}

// keeping changes a page. It writes the old one to a file first, so that it is there even if the answer is lost: nobody
// else keeps it.
func keeping[Out any](env tool.Env, ctx context.Context, page string, change func() (Out, error)) (kept keptPage, out Out, err error) {
	if err := kept.keep(env, ctx, page); err != nil {
		return keptPage{}, out, err
	}
	out, err = change()
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Code == gumroad.OutcomeUnknown && kept.OldPage != "" {
		told := *e
		told.Hint = fmt.Sprintf("The page as it was is kept at %s.", kept.OldPage)
		err = &told
	}
	return kept, out, err
}

// changedPage is a page of custom HTML after a change, with the file of the one before.
type changedPage[Of gumroad.Record] struct {
	pageResult[Of]
	URL string `json:"url,omitempty"`
	keptPage
}

// changePage changes the page that read returns.
func changePage[Of gumroad.Record](env tool.Env, ctx context.Context, read func() (gumroad.CustomPage[Of], error),
	change func() (gumroad.CustomPageChange[Of], error)) (changedPage[Of], error) {
	before, err := read()
	if err != nil {
		return changedPage[Of]{}, err
	}
	kept, changed, err := keeping(env, ctx, before.HTML, change)
	if err != nil {
		return changedPage[Of]{}, err
	}
	out := changedPage[Of]{newPageResult(changed), before.URL, kept}
	if changed.Previous != before.HTML { // somebody else changed it in between
		if err := out.keep(env, ctx, changed.Previous); err != nil {
			out.Warning += " The page that was replaced could not be written to a file; old_page is the one before it."
		}
	}
	return out, nil
}

// maxWarning is more than Gumroad's warnings of pages have, in characters.
const maxWarning = 500

// replaceQuestion asks about a page in place of another. whose is whose it is, seen is who sees it.
func replaceQuestion[Of gumroad.Record](page gumroad.CustomPage[Of], whose, seen string,
	change gumroad.CustomPageChange[Of]) string {
	old := "Gumroad's own page"
	if page.HTML != "" {
		old = fmt.Sprintf("the page of %d characters", utf8.RuneCountInString(page.HTML))
	}
	question := fmt.Sprintf("Replace %s at %s, %s, with this one of %d characters?%s", old, quoteURL(page.URL), whose,
		utf8.RuneCountInString(change.HTML), seen) + takenOut(change)
	if change.Warning != "" {
		question += " Gumroad warns: " + text.Block(change.Warning, maxWarning)
	}
	return question
}

func takenOut[Of gumroad.Record](change gumroad.CustomPageChange[Of]) string {
	if change.Removed.Total == 0 {
		return ""
	}
	return fmt.Sprintf(" Parts that Gumroad takes out of it: %d.", change.Removed.Total)
}

// clearQuestion asks about taking a page down, which it calls what.
func clearQuestion[Of gumroad.Record](page gumroad.CustomPage[Of], what, whose string) (string, error) {
	if page.HTML == "" {
		return "", rejected("There is no %s that could be taken down.", "", what)
	}
	return fmt.Sprintf("Take the %s of %s at %s down (%d characters)? Gumroad's own page returns.", what, whose,
		quoteURL(page.URL), utf8.RuneCountInString(page.HTML)), nil
}
