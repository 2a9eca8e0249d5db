package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	buyButton = `<button data-gumroad-action='buy'>Buy</button>`
	noBuy     = `The custom landing page does not include a buy element, so buyers may not be able to purchase this product. Add an element with data-gumroad-action=\"buy\" or post a gumroad:checkout message.`
	nothing   = `{"removed_tags":[],"removed_attributes":[],"total_removed":0,"truncated":false}`
)

// pageOf is a request's JSON with a page.
func pageOf(page string) string { return encode(map[string]any{"custom_html": page}) }

func TestLandingPages(t *testing.T) {
	const (
		put     = "PUT /products/{digital product}"
		show    = "GET /products/{digital product}/custom_html"
		preview = "POST /products/{digital product}/preview_custom_html"
		edit    = "POST /products/{digital product}/custom_html/edit"
	)
	stored := func(page string) []string { return []string{put + " " + pageOf(page)} }
	other := "Maton-Connection: {second connection}"
	denied := refused("You do not have access to custom HTML pages.")
	change := func(find, replace string) string { return encode(map[string]any{"find": find, "replace": replace}) }
	long := strings.Repeat("é", 500_000)
	checkRows(t, sandbox.Options{}, []row{
		{name: "the demo's", given: []string{"GET /products/{product with a landing page} => url:product.short_url"}, do: "GET /products/{product with a landing page}/custom_html", has: `{"success":true,"custom_html":"~data-gumroad-action=\"buy\"","has_landing_page":true,"landing_url":"{url}"}`},
		{name: "none", do: show, has: `{"success":true,"custom_html":null,"has_landing_page":false,"landing_url":"<text>"}`},
		{name: "a first page", do: put, body: pageOf(buyButton), has: `{"success":true,"product":{"custom_html":` + encode(buyButton) + `},"previous_custom_html":null,"sanitization_report":` + nothing + `}`, lacks: "warning"},
		{name: "is shown", given: stored(buyButton), do: show, has: `{"custom_html":` + encode(buyButton) + `,"has_landing_page":true}`},
		{name: "a second page gives the first back", given: stored(buyButton), do: put, body: pageOf(buyButton + "!"), has: `{"previous_custom_html":` + encode(buyButton) + `}`},
		{name: "it is taken down", given: stored(buyButton), do: put, body: `{"custom_html":null}`, has: `{"product":{"custom_html":null},"previous_custom_html":` + encode(buyButton) + `,"sanitization_report":` + nothing + `}`, lacks: "warning"},
		{name: "with an empty text too", given: stored(buyButton), do: put, body: "custom_html=", has: `{"product":{"custom_html":null},"previous_custom_html":` + encode(buyButton) + `}`},
		{name: "another change says nothing of it", given: stored("<p>x</p>"), do: put, body: "name=x", has: `{"success":true}`, lacks: "previous_custom_html sanitization_report warning"},
		{name: "without a buy element", do: put, body: pageOf("<p>x</p>"), has: `{"product":{"custom_html":"<p>x</p>"},"warning":"` + noBuy + `"}`},
		{name: "a message is one", do: put, body: pageOf("<script>parent.postMessage('gumroad:checkout')</script>"), has: `{"success":true}`, lacks: "warning"},
		{name: "after the warning of a code", given: []string{
			"POST /products name=x&price=900 => id:product.id", "POST /products/{id}/offer_codes name=A&amount_off=750", "PUT /products/{id} price=840",
		}, do: "PUT /products/{id}", body: pageOf("<p>x</p>"), has: `{"warning":"~^The following offer code .+ at checkout\\. The custom landing page does not"}`},
		{name: "no text", do: put, body: `{"custom_html":5}`, is: refused("custom_html must be a string.")},
		{name: "the longest", do: put, body: pageOf(long), has: `{"success":true}`},
		{name: "too long, although it cleans to nothing", do: put, body: pageOf("<!--" + long + "-->"), is: refused("custom_html is too long (maximum is 500000 characters).")},
		{name: "of nothing", do: put, body: pageOf("<html><body> </body></html>"), has: `{"product":{"custom_html":null}}`, lacks: "warning"},
		{name: "a page that is moderated", do: put, body: pageOf("<p>Counterfeit</p>"), has: `{"success":false,"message":"~^This page can’t be saved because it looks like it contains counterfeit goods"}`},
		{name: "a refused change leaves the page", given: stored(buyButton), do: put, body: `{"custom_html":"x","name":""}`, has: `{"success":false}`},

		{name: "a preview", do: preview, body: pageOf("<p>x</p>"), has: `{"success":true,"custom_html":"<p>x</p>","sanitization_report":` + nothing + `,"warning":"` + noBuy + `"}`},
		{name: "writes nothing", given: []string{preview + " " + pageOf("<p>x</p>")}, do: show, has: `{"custom_html":null}`},
		{name: "of no page", do: preview, body: `{"custom_html":null}`, is: `{"success":true,"custom_html":null,"sanitization_report":` + nothing + `}`},
		{name: "without a page", do: preview, is: refused("custom_html is required.")},
		{name: "of a list", do: preview, body: `{"custom_html":[]}`, is: refused("custom_html must be a string.")},
		{name: "that is moderated", do: preview, body: pageOf("<p onmiracle>A miracle</p><blink>"), has: `{"success":false,"message":"~^This page","sanitization_report":{"total_removed":1}}`, lacks: "custom_html"},

		{name: "an edit", given: stored("<p>one</p>" + buyButton), do: edit, body: change("one", "two"), has: `{"success":true,"custom_html":` + encode("<p>two</p>"+buyButton) + `,"previous_custom_html":` + encode("<p>one</p>"+buyButton) + `,"sanitization_report":` + nothing + `,"landing_url":"<text>"}`, lacks: "product warning"},
		{name: "an edit is stored", given: append(stored("<p>one</p>"), edit+" "+change("one", "two")), do: show, has: `{"custom_html":"<p>two</p>"}`},
		{name: "the whole page is cleaned", given: stored("<p>one</p>"), do: edit, body: change("one", "<blink>two</blink>"), has: `{"custom_html":"<p>two</p>","sanitization_report":{"total_removed":1},"warning":"` + noBuy + `"}`},
		{name: "an edit to nothing takes the page down", given: stored("<p>one</p>"), do: edit, body: change("<p>one</p>", ""), has: `{"custom_html":null,"previous_custom_html":"<p>one</p>"}`, lacks: "warning"},
		{name: "nothing to find", do: edit, body: `{"find":"","replace":"x"}`, is: refused("find is required and must be a non-empty string copied exactly from the current custom HTML.")},
		{name: "find before replace", do: edit, body: `{"find":5}`, is: refused("find is required and must be a non-empty string copied exactly from the current custom HTML.")},
		{name: "nothing to replace it with", do: edit, body: `{"find":"x"}`, is: refused(`replace is required and must be a string (use "" to delete the snippet).`)},
		{name: "no page to edit", do: edit, body: change("a", "b"), is: refused("There is no custom HTML page to edit. Publish one first with the full custom_html update.")},
		{name: "not there", given: stored("<p>one</p>"), do: edit, body: change("three", "b"), is: refused("find does not appear in the current custom HTML. Re-read the page and copy the snippet exactly, including whitespace.")},
		{name: "in two places", given: stored("<p>one</p><p>one</p>"), do: edit, body: change("one", "b"), is: refused("find matches 2 places in the current custom HTML. Include more surrounding context so it matches exactly once.")},
		{name: "too long afterwards", given: stored("<p>one</p>"), do: edit, body: change("one", long), is: refused("The edited custom_html would be too long (maximum is 500000 characters).")},
		{name: "other white space will do", given: stored("<p>one\n\t two&nbsp;three</p>"), do: edit, body: change("one two three", "x"), has: `{"custom_html":"<p>x</p>"}`},
		{name: "but not none", given: stored("<p>onetwo</p>"), do: edit, body: change("one two", "x"), has: `{"success":false,"message":"~^find does not appear"}`},
		{name: "an exact place decides", given: stored("<p>one two</p><p>one  two</p>"), do: edit, body: change("one two", "x"), has: `{"custom_html":"<p>x</p><p>one  two</p>"}`},
		{name: "signs are signs", given: stored("<p>a.b</p>"), do: edit, body: change("a*b", "x"), has: `{"success":false,"message":"~^find does not appear"}`},

		{name: "showing without access", do: "GET /gumroad/v2/products/{other store's product}/custom_html", header: other, is: denied},
		{name: "a preview without access", do: "POST /gumroad/v2/products/{other store's product}/preview_custom_html", header: other, is: denied},
		{name: "an edit without access", do: "POST /gumroad/v2/products/{other store's product}/custom_html/edit", header: other, is: denied},
		{name: "the product comes first", do: "GET /products/{unknown}/custom_html", is: notFound("product")},
	})
}

func TestPageCleaning(t *testing.T) {
	removedTag := func(tag, attrs, reason string) string {
		return fmt.Sprintf(`{"removed_tags":[{"tag":%q,"attrs":%s,"reason":%q}],"removed_attributes":[],"total_removed":1,"truncated":false}`, tag, attrs, reason)
	}
	removedAttribute := func(tag, name, value, reason string) string {
		return fmt.Sprintf(`{"removed_tags":[],"removed_attributes":[{"tag":%q,"attribute":%q,"value":%q,"reason":%q}],"total_removed":1,"truncated":false}`, tag, name, value, reason)
	}
	var rows []row
	for _, c := range []struct{ name, page, clean, report string }{
		{"an allowed script", `<script src="https://cdn.jsdelivr.net/x.js"></script>`, "", nothing},
		{"a script of another host", `a<script src="https://evil.example/x.js">b</script>c`, "ac", removedTag("script", `{"src":"https://evil.example/x.js"}`, "script src host not allowed")},
		{"an inline script and event", `<p onclick="a()">x</p><script>if (1 < 2) {}</script>`, "", nothing},
		{"an allowed stylesheet", `<link rel="stylesheet" href="https://fonts.bunny.net/css">`, "", nothing},
		{"a stylesheet of another host", `a<link rel="stylesheet" href="https://evil.example/x.css">`, "a", removedTag("link", `{"rel":"stylesheet","href":"https://evil.example/x.css"}`, "link must be rel=stylesheet on an allowed host")},
		{"a stylesheet without TLS", `a<link rel="stylesheet" href="http://fonts.bunny.net/css">`, "a", removedTag("link", `{"rel":"stylesheet","href":"http://fonts.bunny.net/css"}`, "link must be rel=stylesheet on an allowed host")},
		{"another link", `a<link rel="icon" href="https://fonts.bunny.net/x">`, "a", removedTag("link", `{"rel":"icon","href":"https://fonts.bunny.net/x"}`, "link must be rel=stylesheet on an allowed host")},
		{"a frame of another host", `a<iframe src="https://evil.example/"></iframe>`, "a", removedTag("iframe", `{"src":"https://evil.example/"}`, "iframe src host not allowed")},
		{"a refresh", `a<meta http-equiv="Refresh" content="0">`, "a", removedTag("meta", `{"http-equiv":"Refresh","content":"0"}`, "meta refresh blocked")},
		{"an unknown tag", `a<object data="x">b</object>`, "ab", removedTag("object", `{"data":"x"}`, "tag not in allowlist")},
		{"an unknown attribute", `<p foo="1">a</p>`, "<p>a</p>", removedAttribute("p", "foo", "1", "attribute not in allowlist")},
		{"where a form leads", `<form action="/x">a</form>`, "<form>a</form>", removedAttribute("form", "action", "/x", "form action removed")},
		{"a target above", `<a target="_top">a</a>`, "<a>a</a>", removedAttribute("a", "target", "_top", "target navigation blocked")},
		{"a link that runs", `<a href="java&#10;script:x()">a</a>`, "<a>a</a>", removedAttribute("a", "href", "javascript:x()", "javascript: URL blocked")},
		{"a link to data", `<a href="data:text/html,x">a</a>`, "<a>a</a>", removedAttribute("a", "href", "data:text/html,x", "data: URL blocked")},
		{"a picture of data", `<img src="data:image/png;base64,AAAA">`, "", nothing},
		{"wrappers", "<!doctype html><html><head><title>t</title></head><body><p>a</p></body></html>", "<title>t</title><p>a</p>", nothing},
		{"a new tab", `<a href="https://a.example" target="_blank">a</a>`, `<a href="https://a.example" target="_blank" rel="noopener noreferrer">a</a>`, nothing},
		{"what Gumroad's own parts need", `<div data-gumroad-field="price" aria-label="x" class="a">x</div>`, "", nothing},
	} {
		clean := c.clean
		if clean == "" {
			clean = c.page
		}
		rows = append(rows, row{name: c.name, do: "POST /products/{digital product}/preview_custom_html", body: pageOf(c.page), has: `{"custom_html":` + encode(clean) + `,"sanitization_report":` + c.report + `}`})
	}
	rows = append(rows,
		row{name: "a frame is boxed", do: "POST /products/{digital product}/preview_custom_html", body: pageOf(`<iframe src="https://player.vimeo.com/1"></iframe>`), has: `{"custom_html":"~sandbox=","sanitization_report":` + nothing + `}`},
		row{name: "a hundred are listed, all are counted", do: "POST /products/{digital product}/preview_custom_html", body: pageOf(strings.Repeat("<blink>", 60) + strings.Repeat("<p foo>", 60)), has: `{"sanitization_report":{"total_removed":120,"truncated":true}}`},
	)
	checkRows(t, sandbox.Options{}, rows)
	t.Run("a hundred entries over both lists", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		v := s.step("POST /products/{digital product}/preview_custom_html " + pageOf(strings.Repeat("<blink>", 60)+strings.Repeat("<p foo>", 60)))
		tags, _ := at(v, "sanitization_report.removed_tags")
		attributes, _ := at(v, "sanitization_report.removed_attributes")
		if len(tags.([]any)) != 60 || len(attributes.([]any)) != 40 {
			t.Errorf("%d tags, %d attributes", len(tags.([]any)), len(attributes.([]any)))
		}
	})
}
