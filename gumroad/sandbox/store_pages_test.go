package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	firstAddress = "https://pixelandpage.gumroad.com/"
	pageShape    = `{"slug":"<text>","title":"<text>","content":"<string?>","custom_html":"<string?>","url":"<text>","created_at":"<time>","updated_at":"<time>"}`
)

// ofPage is an answer with members of one page.
func ofPage(members string) string { return `{"success":true,"page":{` + members + `}}` }

func TestStorePages(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "26 list", do: "GET /pages", has: `{"success":true,"pages":[{"slug":"about","content":"<text>"},{"slug":"licence","custom_html":"<text>"},{"slug":"licence-2"},{"slug":"soon","content":null,"custom_html":null},{"slug":"system"}]}`},
		{name: "26 list without bodies", do: "GET /pages?metadata_only=true", has: `{"pages":[{"title":"About the studio","url":"` + firstAddress + `about"},"<any>","<any>","<any>","<any>"]}`, lacks: "pages.0.content pages.0.custom_html"},
		{name: "26 the other store's", do: "GET /gumroad/v2/pages", header: ofSecond, has: `{"pages":[{"slug":"visit"}]}`},
		{name: "26 rich text", do: "GET /pages/{page of rich text}", has: `{"success":true,"page":` + pageShape + `,"rendered_html":"~^<!DOCTYPE html>[\\s\\S]*<h2>Two people"}`, lacks: "page.rendered_html page.id"},
		{name: "26 custom HTML", do: "GET /pages/{page of custom HTML}", has: `{"page":{"content":null,"custom_html":"~^<article>"},"rendered_html":"~^<article>"}`},
		{name: "26 source only", do: "GET /pages/about?source_only=true", has: ofPage(`"content":"<text>"`), lacks: "rendered_html"},
		{name: "26 unknown", do: "GET /pages/nowhere", is: notFound("page")},
		{name: "26 of another store", do: "GET /pages/{other store's page}", is: notFound("page")},

		{name: "26 change", do: "PUT /pages/about", body: `{"title":" Us ","content":"<p>New</p>"}`, has: ofPage(`"slug":"about","title":"Us","content":"<p>New</p>","custom_html":null,"updated_at":"2026-03-10T12:00:00Z"`), lacks: "rendered_html"},
		{name: "26 PATCH", do: "PATCH /pages/about", body: `{"title":"Us"}`, has: ofPage(`"title":"Us","content":"~^<h2>"`)},
		{name: "26 nothing", do: "PUT /pages/about", has: ofPage(`"title":"About the studio","content":"~^<h2>"`)},
		{name: "26 is not an update", given: []string{"GET /pages/about => at:page.updated_at"}, do: "PUT /pages/about", body: "title=About+the+studio", has: ofPage(`"updated_at":"{at}"`)},
		{name: "26 a slug cannot change", do: "PUT /pages/about", body: `{"slug":"us"}`, has: ofPage(`"slug":"about"`)},
		{name: "26 a blank title is ignored", do: "PUT /pages/about", body: `{"title":" "}`, has: ofPage(`"title":"About the studio"`)},
		{name: "26 so is one that is no text", do: "PUT /pages/about", body: `{"title":5}`, has: ofPage(`"title":"About the studio"`)},
		{name: "26 HTML takes the place of rich text", do: "PUT /pages/about", body: pageOf("<h1>x</h1>"), has: ofPage(`"content":null,"custom_html":"<h1>x</h1>"`)},
		{name: "26 rich text that of HTML", do: "PUT /pages/licence", body: `{"content":"<p>x</p>"}`, has: ofPage(`"content":"<p>x</p>","custom_html":null`)},
		{name: "26 even if it is blank", do: "PUT /pages/licence", body: "content=", has: ofPage(`"content":null,"custom_html":null`)},
		{name: "26 blank HTML clears rich text", do: "PUT /pages/about", body: `{"custom_html":null}`, has: ofPage(`"content":null,"custom_html":null`)},
		{name: "26 change of an unknown page", do: "PUT /pages/nowhere", body: `{"content":5}`, is: notFound("page")},
		{name: "26 change of another store's", do: "PUT /pages/visit", body: `{"title":"x"}`, is: notFound("page")},
		{name: "26 too long a title", do: "PUT /pages/about", body: "title=" + strings.Repeat("x", 256), is: refused("Title is too long (maximum is 255 characters)")},

		{name: "26 delete", do: "DELETE /pages/about", is: deleted("page")},
		{name: "26 it is gone", given: []string{"DELETE /pages/about"}, do: "GET /pages/about", is: notFound("page")},
		{name: "26 a second time", given: []string{"DELETE /pages/about"}, do: "DELETE /pages/about", is: notFound("page")},
		{name: "26 its slug is free again", given: []string{"DELETE /pages/about"}, do: "POST /pages", body: "title=About", has: ofPage(`"slug":"about"`)},
	})
	var narrow []row
	for _, do := range []string{"POST /pages", "PUT /pages/about", "PATCH /pages/about", "DELETE /pages/about"} {
		narrow = append(narrow,
			row{name: "26 account will not do for " + do, do: do, token: "sandbox:account", status: 403, is: refused("This endpoint requires the edit_profile scope.")},
			row{name: "26 nor another scope for " + do, do: do, token: "sandbox:view_profile+edit_products", status: 403, is: "empty", headers: []string{"WWW-Authenticate: edit_profile"}},
			row{name: "26 edit_profile itself for " + do, do: do, token: "sandbox:edit_profile", body: "title=x", has: `{"success":true}`},
			row{name: "26 no token for " + do, do: do, token: "none", status: 401, is: "empty"})
	}
	checkRows(t, sandbox.Options{}, narrow)
	checkRows(t, sandbox.Options{Compat2025: true}, []row{{name: "26 not in 2025", do: "GET /pages", status: 404}})
	t.Run("26 a refused change changes nothing", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/pages/about")
		s.clock.Advance(time.Hour)
		for _, body := range []string{`{"title":"x","content":5}`, `{"title":"x","custom_html":5}`, `{"title":"x","content":"a","custom_html":"b"}`, `{"title":"x","content":"<p>counterfeit</p>"}`} {
			s.expect(row{do: "PUT /pages/about", body: body, has: `{"success":false}`})
		}
		if diff := cmp.Diff(before, s.get("/pages/about")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPageCreation(t *testing.T) {
	const post = "POST /pages"
	body := func(members string) string { return `{"title":"A page",` + members + `}` }
	long := strings.Repeat("é", 500_000)
	slugs := []row{}
	for title, slug := range map[string]string{
		"  Our  FAQ! ": "our-faq", "Über uns": "uber-uns", "日本": "page", "Licence": "licence-3", "Checkout": "checkout-2", "P": "p-2",
		strings.Repeat("long ", 40): strings.Repeat("long-", 19) + "lo",
	} {
		slugs = append(slugs, row{name: "26 slug of " + title, do: post, body: encode(map[string]any{"title": title}), has: ofPage(`"slug":"` + slug + `","url":"` + firstAddress + slug + `"`)})
	}
	checkRows(t, sandbox.Options{}, slugs)
	checkRows(t, sandbox.Options{}, []row{
		{name: "26 rich text", do: post, body: body(`"content":"<p>Hi</p>"`), has: `{"success":true,"page":{"slug":"a-page","title":"A page","content":"<p>Hi</p>","custom_html":null,"url":"` + firstAddress + `a-page","created_at":"2026-03-10T12:00:00Z","updated_at":"2026-03-10T12:00:00Z"}}`, lacks: "rendered_html sanitization_report"},
		{name: "26 custom HTML", do: post, body: body(`"custom_html":"<p foo>Hi</p>"`), has: ofPage(`"content":null,"custom_html":"<p>Hi</p>"`), lacks: "sanitization_report"},
		{name: "26 a title alone", do: post, body: "title=A", has: ofPage(`"content":null,"custom_html":null`)},
		{name: "26 public at once", given: []string{post + " title=A"}, do: "GET /pages/a", has: `{"success":true,"rendered_html":"~<title>A</title>"}`},
		{name: "26 a repeat makes another", given: []string{post + " title=A"}, do: post, body: "title=A", has: ofPage(`"slug":"a-2"`)},
		{name: "26 its own slug", do: post, body: body(`"slug":"faq"`), has: ofPage(`"slug":"faq"`)},
		{name: "26 a blank slug is none", do: post, body: body(`"slug":" "`), has: ofPage(`"slug":"a-page"`)},
		{name: "26 nor is a number", do: post, body: body(`"slug":5`), has: ofPage(`"slug":"a-page"`)},
		{name: "26 the longest slug", do: post, body: body(`"slug":"` + strings.Repeat("x", 100) + `"`), has: `{"success":true}`},
		{name: "26 the longest title", do: post, body: body(`"slug":"a","title":"` + strings.Repeat("é", 255) + `"`), has: `{"success":true}`},
		{name: "26 null is a body", do: post, body: body(`"custom_html":null`), has: ofPage(`"custom_html":null`)},
		{name: "26 what the editor cannot make is left out", do: post, body: body(`"content":"<h1 onclick=\"a()\" class=\"b\">Q & A<script>x</script><a href=\"javascript:x\">l</a><img src=\"/i.png\"><br>"`),
			has: ofPage(`"content":"<h1 class=\"b\">Q &amp; Ax<a>l</a><img src=\"/i.png\"><br></h1>"`)},
		{name: "26 a comment is nothing", do: post, body: body(`"content":"<!-- x -->"`), has: ofPage(`"content":null`)},

		{name: "26 no title", do: post, body: `{"content":5}`, is: refused("title is required.")},
		{name: "26 a blank title", do: post, body: `{"title":" "}`, is: refused("title is required.")},
		{name: "26 a title that is no text", do: post, body: `{"title":5}`, is: refused("title is required.")},
		{name: "26 both bodies, before their types", do: post, body: body(`"content":5,"custom_html":5`), is: refused("Send either content or custom_html, not both.")},
		{name: "26 both bodies, even if null", do: post, body: body(`"content":null,"custom_html":null`), is: refused("Send either content or custom_html, not both.")},
		{name: "26 rich text that is no text", do: post, body: body(`"content":5`), is: refused("content must be a string.")},
		{name: "26 HTML that is no text", do: post, body: body(`"custom_html":["x"]`), is: refused("custom_html must be a string.")},
		{name: "26 the longest HTML", do: post, body: body(`"custom_html":"` + long + `"`), has: `{"success":true}`},
		{name: "26 too long HTML", do: post, body: body(`"custom_html":"` + long + `x"`), is: refused("custom_html is too long (maximum is 500000 characters).")},
		{name: "26 too long rich text", do: post, body: body(`"content":"` + long + `x"`), is: refused("Content is too long (maximum is 500000 characters)")},
		{name: "26 a bad slug", do: post, body: body(`"slug":"Bad Slug!"`), is: refused("Slug can only contain lowercase letters, numbers, and hyphens")},
		{name: "26 a slug with hyphens at its end", do: post, body: body(`"slug":"a-"`), is: refused("Slug can only contain lowercase letters, numbers, and hyphens")},
		{name: "26 too long a slug", do: post, body: body(`"slug":"` + strings.Repeat("x", 101) + `"`), is: refused("Slug is too long (maximum is 100 characters)")},
		{name: "26 a reserved slug", do: post, body: body(`"slug":"checkout"`), is: refused("Slug is reserved")},
		{name: "26 a reserved slug of no good form", do: post, body: body(`"slug":"save_to_library"`), is: refused("Slug can only contain lowercase letters, numbers, and hyphens and Slug is reserved")},
		{name: "26 a taken slug", do: post, body: body(`"slug":"about"`), is: refused("Slug has already been taken")},
		{name: "26 another store's slug is free", do: post, body: body(`"slug":"visit"`), has: ofPage(`"slug":"visit"`)},
		{name: "26 too long a title", do: post, body: body(`"slug":"a","title":"` + strings.Repeat("x", 256) + `"`), is: refused("Title is too long (maximum is 255 characters)")},
		{name: "26 moderated", do: post, body: body(`"content":"<p>Counterfeit</p>"`), has: `{"success":false,"message":"~^This page can’t be saved because it looks like it contains counterfeit goods"}`},
		{name: "26 custom HTML without the feature", do: "POST /gumroad/v2/pages", header: ofSecond, body: body(`"custom_html":"x"`), is: refused(noHTML)},
		{name: "26 before its length", do: "POST /gumroad/v2/pages", header: ofSecond, body: body(`"custom_html":"` + long + `x"`), is: refused(noHTML)},
		{name: "26 after its type", do: "POST /gumroad/v2/pages", header: ofSecond, body: body(`"custom_html":5`), is: refused("custom_html must be a string.")},
		{name: "26 rich text needs no feature", do: "POST /gumroad/v2/pages", header: ofSecond, body: body(`"content":"x"`), has: ofPage(`"url":"https://fjordtype.gumroad.com/a-page"`)},
	})
}
