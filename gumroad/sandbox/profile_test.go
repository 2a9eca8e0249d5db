package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	unconfirmedEmail = "You have to confirm your email address before you can do that."
	ofSecond         = "Maton-Connection: {second connection}"
	noHTML           = "You do not have access to custom HTML pages."
)

func TestUserChanges(t *testing.T) {
	const put = "PUT /user"
	tooLong := "Your name is too long. Please try again with a shorter one."
	colon := "Name cannot contain colons (:) as it causes email delivery problems."
	checkRows(t, sandbox.Options{}, []row{
		{name: "25 name and bio", do: put, body: "name=Page+%26+Pixel&bio=New", has: `{"success":true,"user":{"name":"Page & Pixel","bio":"New","display_name":"Page & Pixel","email":"<text>","currency_type":"usd"}}`},
		{name: "25 PATCH, JSON", do: "PATCH /user", body: `{"bio":"New"}`, has: `{"user":{"name":"Pixel & Page","bio":"New"}}`},
		{name: "25 is stored", given: []string{"PUT /user name=Other"}, do: "GET /user", has: `{"user":{"name":"Other","bio":"~^Brushes"}}`},
		{name: "25 nothing", do: put, has: `{"success":true,"user":{"name":"Pixel & Page"}}`},
		{name: "25 all else is ignored", do: put, body: `{"email":"x@example.com","username":"x","url":"x","currency_type":"eur","id":"x"}`, has: `{"success":true,"user":{"email":"hello@pixelandpage.example","url":"https://pixelandpage.gumroad.com","currency_type":"usd"}}`},
		{name: "25 what is no text is ignored", do: put, body: `{"name":["x"],"bio":{"a":"b"}}`, has: `{"user":{"name":"Pixel & Page","bio":"~^Brushes"}}`},
		{name: "25 clear the bio", do: put, body: "bio=", has: `{"user":{"bio":null}}`},
		{name: "25 a blank name", do: put, body: "name=", has: `{"success":true}`},
		{name: "25 the longest name", do: put, body: "name=" + strings.Repeat("%C3%A9", 100), has: `{"success":true}`},
		{name: "25 too long a name", do: put, body: "name=" + strings.Repeat("x", 101), is: refused(tooLong)},
		{name: "25 a colon", do: put, body: `{"name":"Pixel: Page"}`, is: refused(colon)},
		{name: "25 both", do: put, body: "name=:" + strings.Repeat("x", 100), is: refused(tooLong + " and " + colon)},
		{name: "25 a refused change changes nothing", do: put, body: `{"name":":","bio":"New"}`, is: refused(colon)},
		{name: "25 narrow for edit_profile", do: put, token: "sandbox:edit_profile", body: "name=Other", has: `{"user":{"name":"Other","bio":"<text>","twitter_handle":"<text>","id":"<numeric>","user_id":"<id>","url":"<text>","links":"<list>"}}`, lacks: "user.email user.currency_type user.profile_url user.display_name"},
		{name: "25 narrow without nulls", do: put, token: "sandbox:account", body: "bio=", has: `{"user":{"name":"<text>"}}`, lacks: "user.bio user.email"},
		{name: "25 wide with view_profile", do: put, token: "sandbox:edit_profile+view_profile", body: "bio=", has: `{"user":{"bio":null,"email":"<text>","display_name":"<text>"}}`},
		{name: "25 the other store", do: "PUT /gumroad/v2/user", header: ofSecond, body: "bio=x", has: `{"user":{"name":"Fjord Type Foundry","bio":"x"}}`},
	})
	t.Run("25 what was refused is not there", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/user")
		s.expect(row{do: put, body: `{"name":":","bio":"New"}`, is: refused(colon)})
		if diff := cmp.Diff(before, s.get("/user")); diff != "" {
			t.Error(diff)
		}
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{{name: "25 not in 2025", do: put, body: "bio=x", status: 404}})
}

func TestTheme(t *testing.T) {
	const how = "The seller changes these themselves in Settings > Profile > Design, which previews the change before saving."
	rest := `"applies_to":["storefront profile page","product pages","the checkout page, but only when every product being bought is this seller's","the pages buyers see for products they bought","posts","the emails a seller sends to their audience"],"editable_by_seller":true,"how_to_change":"` + how + `"}}`
	checkRows(t, sandbox.Options{}, []row{
		{name: "25 theme", do: "GET /user/theme", is: `{"success":true,"theme":{"background_color":"#fdf6ec","highlight_color":"#0f766e","font":"Domine",` + rest},
		{name: "25 defaults", do: "GET /gumroad/v2/user/theme", header: ofSecond, is: `{"success":true,"theme":{"background_color":"#ffffff","highlight_color":"#ff90e8","font":"ABC Favorit",` + rest},
	})
}

func TestProfileLayout(t *testing.T) {
	const (
		layout = "GET /user/profile_layout"
		how    = "The seller edits these in the dashboard under Settings > Profile. You have no endpoint for them — you can read this layout but not change it."
	)
	checkRows(t, sandbox.Options{}, []row{
		{name: "25 behind a page of custom HTML", do: layout, is: `{"success":true,"profile_layout":{"rendering":"custom_html","tab_bar_visible":true,"tabs":[
			{"name":"Shop","sections":[{"header":"New this season","type":"SellerProfileFeaturedProductSection"},{"header":"Everything","type":"SellerProfileProductsSection"}]},
			{"name":"Studio","sections":[{"header":null,"type":"SellerProfileRichTextSection"},{"header":"Letters","type":"SellerProfileSubscribeSection"}]}],
			"editable_by_seller":true,"how_to_change":"` + how + `"}}`},
		{name: "25 without that page", given: []string{`PUT /user/custom_html {"custom_html":null}`}, do: layout, has: `{"profile_layout":{"rendering":"tabs_and_sections","tabs":["<any>","<any>"]}}`},
		{name: "25 never edited", do: "GET /gumroad/v2/user/profile_layout", header: ofSecond, has: `{"profile_layout":{"rendering":"tabs_and_sections","tab_bar_visible":false,"tabs":[{"name":"Products","sections":[{"header":null,"type":"SellerProfileProductsSection"}]}]}}`},
		{name: "25 view_profile itself", do: layout, token: "sandbox:view_profile", has: `{"success":true}`},
		{name: "25 account will not do", do: layout, token: "sandbox:account", status: 403, is: refused("This endpoint requires the view_profile scope.")},
		{name: "25 nor any other scope", do: layout, token: "sandbox:view_public+edit_profile+edit_products", status: 403, is: "empty", headers: []string{`WWW-Authenticate: view_profile`}},
	})
}

func TestProfilePage(t *testing.T) {
	const (
		show    = "GET /user/custom_html"
		put     = "PUT /user/custom_html"
		edit    = "POST /user/custom_html/edit"
		preview = "POST /user/preview_custom_html"
		address = `"profile_url":"https://pixelandpage.gumroad.com"`
	)
	stored := func(page string) []string { return []string{put + " " + pageOf(page)} }
	change := func(find, replace string) string { return encode(map[string]any{"find": find, "replace": replace}) }
	long := strings.Repeat("é", 500_000)
	rows := []row{
		{name: "25 the demo's", do: show, has: `{"success":true,"custom_html":"~Brushes, books and tools","rendered_html":"~^<header","has_landing_page":true,` + address + `}`},
		{name: "25 none", given: stored(""), do: show, has: `{"custom_html":null,"rendered_html":"~^<!DOCTYPE html>[\\s\\S]*<title>Pixel &amp; Page</title>[\\s\\S]*The Quiet Grid","has_landing_page":false,` + address + `}`},
		{name: "25 a page", do: put, body: pageOf("<p>x</p>"), has: `{"success":true,"custom_html":"<p>x</p>","previous_custom_html":"~^<header","sanitization_report":` + nothing + `,` + address + `}`, lacks: "warning user"},
		{name: "25 PATCH", do: "PATCH /user/custom_html", body: pageOf("<p>x</p>"), has: `{"custom_html":"<p>x</p>"}`},
		{name: "25 a first page", given: stored(""), do: put, body: pageOf("<p>x</p>"), has: `{"previous_custom_html":null}`},
		{name: "25 is shown", given: stored("<p>x</p>"), do: show, has: `{"custom_html":"<p>x</p>","rendered_html":"<p>x</p>"}`},
		{name: "25 null clears", given: stored("<p>x</p>"), do: put, body: `{"custom_html":null}`, is: `{"success":true,"custom_html":null,"previous_custom_html":"<p>x</p>","sanitization_report":` + nothing + `,` + address + `}`},
		{name: "25 so does an empty text", given: stored("<p>x</p>"), do: put, body: "custom_html=", has: `{"custom_html":null,"previous_custom_html":"<p>x</p>"}`},
		{name: "25 and a page of nothing", do: put, body: pageOf("<html><body> </body></html>"), has: `{"custom_html":null}`},
		{name: "25 what is taken out", do: put, body: pageOf("<p foo>x</p><blink>"), has: `{"custom_html":"<p>x</p>","sanitization_report":{"total_removed":2,"truncated":false}}`},
		{name: "25 the key is missing", do: put, body: "html=x", is: refused("custom_html is required.")},
		{name: "25 no text", do: put, body: `{"custom_html":5}`, is: refused("custom_html must be a string.")},
		{name: "25 the longest", do: put, body: pageOf(long), has: `{"success":true}`},
		{name: "25 too long", do: put, body: pageOf("<!--" + long + "-->"), is: refused("custom_html is too long (maximum is 500000 characters).")},
		{name: "25 moderated", do: put, body: pageOf("<p>Counterfeit</p>"), has: `{"success":false,"message":"~^This page can’t be saved"}`, lacks: "sanitization_report"},

		{name: "25 a preview", do: preview, body: pageOf("<p>x</p><blink>"), has: `{"success":true,"custom_html":"<p>x</p>","sanitization_report":{"total_removed":1}}`, lacks: "warning previous_custom_html profile_url"},
		{name: "25 writes nothing", given: []string{preview + " " + pageOf("<p>x</p>")}, do: show, has: `{"custom_html":"~^<header"}`},
		{name: "25 of no page", do: preview, body: `{"custom_html":null}`, is: `{"success":true,"custom_html":null,"sanitization_report":` + nothing + `}`},
		{name: "25 preview without a page", do: preview, is: refused("custom_html is required.")},
		{name: "25 preview of a list", do: preview, body: `{"custom_html":[]}`, is: refused("custom_html must be a string.")},
		{name: "25 a moderated preview", do: preview, body: pageOf("<p>A miracle</p><blink>"), has: `{"success":false,"message":"~^This page","sanitization_report":{"total_removed":1}}`},

		{name: "25 an edit", given: stored("<p>one</p>"), do: edit, body: change("one", "two"), is: `{"success":true,"custom_html":"<p>two</p>","previous_custom_html":"<p>one</p>","sanitization_report":` + nothing + `,` + address + `}`},
		{name: "25 other white space", given: stored("<p>one\n two&nbsp;three</p>"), do: edit, body: change("one two three", "x"), has: `{"custom_html":"<p>x</p>"}`},
		{name: "25 an edit to nothing", given: stored("<p>one</p>"), do: edit, body: change("<p>one</p>", ""), has: `{"custom_html":null,"previous_custom_html":"<p>one</p>"}`},
		{name: "25 nothing to find", do: edit, body: `{"replace":"x"}`, is: refused("find is required and must be a non-empty string copied exactly from the current custom HTML.")},
		{name: "25 blank is nothing", do: edit, body: change(" \n", "x"), is: refused("find is required and must be a non-empty string copied exactly from the current custom HTML.")},
		{name: "25 nothing to replace it with", do: edit, body: `{"find":"x","replace":null}`, is: refused(`replace is required and must be a string (use "" to delete the snippet).`)},
		{name: "25 no page to edit", given: stored(""), do: edit, body: change("a", "b"), is: refused("There is no custom HTML page to edit. Publish one first with the full custom_html update.")},
		{name: "25 not there", do: edit, body: change("nowhere", "b"), is: refused("find does not appear in the current custom HTML. Re-read the page and copy the snippet exactly, including whitespace.")},
		{name: "25 in three places", given: stored("<p>a a a</p>"), do: edit, body: change("a", "b"), is: refused("find matches 3 places in the current custom HTML. Include more surrounding context so it matches exactly once.")},
		{name: "25 a second time", given: append(stored("<p>one</p>"), edit+" "+change("one", "two")), do: edit, body: change("one", "two"), has: `{"success":false,"message":"~^find does not appear"}`},
		{name: "25 too long afterwards", given: stored("<p>one</p>"), do: edit, body: change("one", long), is: refused("The edited custom_html would be too long (maximum is 500000 characters).")},
	}
	for do, name := range map[string]string{"GET /gumroad/v2/user/custom_html": "showing", "PUT /gumroad/v2/user/custom_html": "replacing", "POST /gumroad/v2/user/custom_html/edit": "editing", "POST /gumroad/v2/user/preview_custom_html": "previewing"} {
		rows = append(rows, row{name: "25 " + name + " without the feature, before parameters", do: do, header: ofSecond, is: refused(noHTML)})
	}
	checkRows(t, sandbox.Options{}, rows)
}
