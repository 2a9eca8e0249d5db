package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const utmLinkShape = `{"id":"<id>","title":"<text>","short_url":"~^https://gum\\.co/u/[a-z0-9]{8}$","utm_url":"<string?>","target_resource_type":"<text>","target_resource_id":"<string?>","utm_source":"<text>","utm_medium":"<text>","utm_campaign":"<text>","utm_term":"<string?>","utm_content":"<string?>","enabled":"<bool>","total_clicks":"<int>","unique_clicks":"<int>","created_at":"<time>","updated_at":"<time>"}`

func utmLink(members string) string { return `{"success":true,"utm_link":{` + members + `}}` }

func TestUTMLinks(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "27 show", do: "GET /utm_links/{tracking link}", has: utmLink(`"title":"Newsletter 42","target_resource_type":"product_page","target_resource_id":"{digital product}","utm_source":"newsletter","utm_term":null,"utm_content":"header button","enabled":true,"total_clicks":214,"unique_clicks":180`)},
		{name: "27 every member", do: "GET /utm_links/{tracking link}", has: `{"success":true,"utm_link":` + utmLinkShape + `}`},
		{name: "27 the address is sorted and escaped", do: "GET /utm_links/{tracking link}", has: utmLink(`"utm_url":"https://pixelandpage.gumroad.com/l/ink-and-wash?utm_campaign=issue-42&utm_content=header%20button&utm_medium=email&utm_source=newsletter"`)},
		{name: "27 profile", do: "GET /utm_links/{tracking link to the profile}", has: utmLink(`"target_resource_type":"profile_page","target_resource_id":null,"utm_url":"https://pixelandpage.gumroad.com?utm_campaign=badge&utm_medium=print&utm_source=conference"`)},
		{name: "27 subscribe page", do: "GET /utm_links/{tracking link to the subscribe page}", has: utmLink(`"target_resource_id":null,"utm_url":"~^https://pixelandpage\\.gumroad\\.com/subscribe\\?utm_campaign=episode%207&"`)},
		{name: "27 post", do: "GET /utm_links/{tracking link to a post}", has: utmLink(`"target_resource_type":"post_page","target_resource_id":"{sent e-mail}","utm_url":"~^https://pixelandpage\\.gumroad\\.com/p/"`)},
		{name: "27 the target is gone", do: "GET /utm_links/{tracking link without its target}", has: utmLink(`"target_resource_type":"product_page","target_resource_id":null,"utm_url":null`)},
		{name: "27 disabled", do: "GET /utm_links/{disabled tracking link}", has: utmLink(`"enabled":false`)},
		{name: "27 deleted", do: "GET /utm_links/{deleted tracking link}", is: notFound("utm_link")},
		{name: "27 of another store", do: "GET /utm_links/{other store's tracking link}", is: notFound("utm_link")},
		{name: "27 unknown", do: "GET /utm_links/{tracking link}++", is: notFound("utm_link")},
		{name: "27 list, the newest first, disabled ones too", do: "GET /utm_links", has: `{"success":true,"utm_links":[{"id":"{tracking link to the profile}"},{"id":"{prompt injection in a tracking link}"},{"id":"{tracking link}"},{"id":"{tracking link to a post}"},{"id":"{tracking link to the subscribe page}"},{"id":"{disabled tracking link}","enabled":false},{"id":"{tracking link without its target}"}]}`, lacks: "next_page_key"},
		{name: "1.3 public read", do: "GET /utm_links", token: "sandbox:view_public", has: `{"success":true}`},
		{name: "1.3 public read of one", do: "GET /utm_links/{tracking link}", token: "sandbox:view_sales", has: `{"success":true}`},
		{name: "1.3 account", do: "PUT /utm_links/{tracking link}/disable", token: "sandbox:account", has: `{"success":true}`},
		{name: "1.3 no reading with edit_emails", do: "GET /utm_links", token: "sandbox:edit_emails", status: 403, is: "empty"},
		{name: "27 delete", do: "DELETE /utm_links/{tracking link}", is: deleted("utm_link")},
		{name: "27 delete twice", given: []string{"DELETE /utm_links/{tracking link}"}, do: "DELETE /utm_links/{tracking link}", is: notFound("utm_link")},
		{name: "27 what is deleted cannot be enabled", given: []string{"DELETE /utm_links/{tracking link}"}, do: "PUT /utm_links/{tracking link}/enable", is: notFound("utm_link")},
		{name: "27 disable", do: "PUT /utm_links/{tracking link}/disable", has: utmLink(`"enabled":false,"total_clicks":214,"updated_at":"2026-03-10T12:00:00Z"`)},
		{name: "27 disable twice", given: []string{"PUT /utm_links/{tracking link}/disable"}, do: "PUT /utm_links/{tracking link}/disable", has: utmLink(`"enabled":false`)},
		{name: "27 enable", do: "PUT /utm_links/{disabled tracking link}/enable", has: utmLink(`"enabled":true,"updated_at":"2026-03-10T12:00:00Z"`)},
		{name: "27 enable what is enabled", do: "PUT /utm_links/{tracking link}/enable", has: utmLink(`"enabled":true,"updated_at":"2026-02-26T12:00:00Z"`)},
		{name: "27 disable is a PUT", do: "POST /utm_links/{tracking link}/disable", status: 404},
		{name: "27 disable of an unknown one", do: "PUT /utm_links/{unknown}/disable", is: notFound("utm_link")},
	})
	for _, write := range []string{"POST /utm_links", "PUT /utm_links/{tracking link}", "DELETE /utm_links/{tracking link}", "PUT /utm_links/{tracking link}/disable", "PUT /utm_links/{tracking link}/enable"} {
		checkRows(t, sandbox.Options{}, []row{{name: "1.3 edit_products for " + write, do: write, token: "sandbox:view_public+view_sales+edit_emails", status: 403, is: "empty", headers: []string{"WWW-Authenticate: edit_products"}}})
	}
	checkRows(t, sandbox.Options{Compat2025: true}, []row{{name: "27 not in 2025", do: "GET /utm_links", status: 404}})
}

func TestUTMLinkCreation(t *testing.T) {
	const (
		post    = "POST /utm_links"
		utm     = "utm_source=s&utm_medium=m&utm_campaign=c"
		profile = "title=A&target_resource_type=profile_page&"
		similar = "Target resource A link with similar UTM parameters already exists for this destination!"
	)
	product := func(id string) string {
		return "title=A&target_resource_type=product_page&target_resource_id=" + id + "&"
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "27 to the profile", do: post, body: profile + utm, has: utmLink(`"id":"<id>","title":"A","target_resource_type":"profile_page","target_resource_id":null,"utm_term":null,"utm_content":null,"enabled":true,"total_clicks":0,"unique_clicks":0,"created_at":"2026-03-10T12:00:00Z"`)},
		{name: "27 by JSON", do: post, body: `{"title":"A","target_resource_type":"subscribe_page","utm_source":"s","utm_medium":"m","utm_campaign":"c","utm_term":"t","utm_content":"x"}`, has: utmLink(`"target_resource_type":"subscribe_page","utm_term":"t","utm_content":"x"`)},
		{name: "27 to a product", do: post, body: product("{digital product}") + utm, has: utmLink(`"target_resource_id":"{digital product}"`)},
		{name: "27 to a draft", do: post, body: product("{draft product}") + utm, has: utmLink(`"target_resource_id":"{draft product}"`)},
		{name: "27 to a post", do: post, body: "title=A&target_resource_type=post_page&target_resource_id={sent e-mail}&" + utm, has: utmLink(`"target_resource_type":"post_page","target_resource_id":"{sent e-mail}"`)},
		{name: "27 a target that needs no id ignores one", do: post, body: profile + "target_resource_id={digital product}&" + utm, has: utmLink(`"target_resource_id":null`)},
		{name: "27 other keys are ignored", do: post, body: profile + utm + "&permalink=abc&enabled=false&total_clicks=9&ip_address=1.2.3.4", has: utmLink(`"enabled":true,"total_clicks":0`), lacks: "utm_link.permalink utm_link.ip_address utm_link.seller_id utm_link.browser_guid"},
		{name: "27 a value of 200 characters", do: post, body: profile + "utm_source=" + strings.Repeat("é", 200) + "&utm_medium=m&utm_campaign=c", has: `{"success":true}`},

		{name: "27 no title", do: post, body: "target_resource_type=profile_page&" + utm, is: refused("Title can't be blank")},
		{name: "27 no type", do: post, body: "title=A&" + utm, is: refused("Target resource type is not included in the list")},
		{name: "27 unknown type", do: post, body: "title=A&target_resource_type=shop&" + utm, is: refused("Target resource type is not included in the list")},
		{name: "27 a product without its id", do: post, body: product("") + utm, is: refused("Target resource can't be blank")},
		{name: "27 a foreign product is missing", do: post, body: product("{other store's product}") + utm, is: refused("Target resource can't be blank")},
		{name: "27 an unknown product is missing", do: post, body: product("{unknown}") + utm, is: refused("Target resource can't be blank")},
		{name: "27 a permalink is no id", do: post, body: product("inkwsh") + utm, is: refused("Target resource can't be blank")},
		{name: "27 a product is no post", do: post, body: "title=A&target_resource_type=post_page&target_resource_id={digital product}&" + utm, is: refused("Target resource can't be blank")},
		{name: "27 no campaign", do: post, body: profile + "utm_source=s&utm_medium=m", is: refused("Utm campaign can't be blank")},
		{name: "27 blank values", do: post, body: profile + "utm_source=+&utm_medium=&utm_campaign=c", is: refused("Utm medium can't be blank and Utm source can't be blank")},
		{name: "27 nothing", do: post, is: refused("Target resource type is not included in the list, Title can't be blank, Utm campaign can't be blank, Utm medium can't be blank, and Utm source can't be blank")},
		{name: "27 too long", do: post, body: profile + "utm_source=" + strings.Repeat("s", 201) + "&utm_medium=m&utm_campaign=c&utm_content=" + strings.Repeat("x", 201), is: refused("Utm source is too long (maximum is 200 characters) and Utm content is too long (maximum is 200 characters)")},
		{name: "27 a list is no value", do: post, body: profile + "utm_source[]=s&utm_medium=m&utm_campaign=c", is: refused("Utm source can't be blank")},
		{name: "27 twice", given: []string{post + " " + profile + utm}, do: post, body: profile + utm, is: refused(similar)},
		{name: "27 twice, in other letters and by another title", given: []string{post + " " + profile + utm}, do: post, body: "title=B&target_resource_type=profile_page&utm_source=S&utm_medium=M&utm_campaign=C", is: refused(similar)},
		{name: "27 like a disabled one", given: []string{post + " " + profile + utm + " => id:utm_link.id", "PUT /utm_links/{id}/disable"}, do: post, body: profile + utm, is: refused(similar)},
		{name: "27 like a deleted one", given: []string{post + " " + profile + utm + " => id:utm_link.id", "DELETE /utm_links/{id}"}, do: post, body: profile + utm, has: `{"success":true}`},
		{name: "27 the same to another target", given: []string{post + " " + profile + utm}, do: post, body: product("{digital product}") + utm, has: `{"success":true}`},
		{name: "27 the same with a term", given: []string{post + " " + profile + utm}, do: post, body: profile + utm + "&utm_term=t", has: `{"success":true}`},
	})
	t.Run("27 what is refused is not there", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/utm_links")
		s.expect(row{do: post, body: profile, has: `{"success":false}`})
		if diff := cmp.Diff(before, s.get("/utm_links")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestUTMLinkChanges(t *testing.T) {
	const put = "PUT /utm_links/{tracking link}"
	checkRows(t, sandbox.Options{}, []row{
		{name: "27 omitted keys are kept", do: put, body: "title=B", has: utmLink(`"title":"B","utm_source":"newsletter","utm_content":"header button","updated_at":"2026-03-10T12:00:00Z"`)},
		{name: "27 PATCH", do: "PATCH /utm_links/{tracking link}", body: "utm_source=blog", has: utmLink(`"utm_source":"blog"`)},
		{name: "27 nothing", do: put, has: utmLink(`"title":"Newsletter 42","updated_at":"2026-02-26T12:00:00Z"`)},
		{name: "27 the target is fixed", do: put, body: "target_resource_type=profile_page&target_resource_id={free product}&short_url=x", has: utmLink(`"target_resource_type":"product_page","target_resource_id":"{digital product}"`)},
		{name: "27 clear by null", do: put, body: `{"utm_content":null}`, has: utmLink(`"utm_content":null`)},
		{name: "27 clear by a form", do: put, body: "utm_content=", has: utmLink(`"utm_content":"","utm_url":"~\\?utm_campaign=issue-42&utm_medium=email&"`)},
		{name: "27 no title", do: put, body: "title=", is: refused("Title can't be blank")},
		{name: "27 no source", do: put, body: `{"utm_source":null}`, is: refused("Utm source can't be blank")},
		{name: "27 too long", do: put, body: "utm_term=" + strings.Repeat("x", 201), is: refused("Utm term is too long (maximum is 200 characters)")},
		{name: "27 a link without its target can be changed", do: "PUT /utm_links/{tracking link without its target}", body: "title=B&utm_source=web", has: utmLink(`"title":"B","utm_source":"web"`)},
		{name: "27 unknown", do: "PUT /utm_links/{unknown}", body: "title=B", is: notFound("utm_link")},
		{name: "27 of another store", do: "PUT /utm_links/{other store's tracking link}", body: "title=B", is: notFound("utm_link")},
		{name: "27 like another", given: []string{"POST /utm_links title=A&target_resource_type=product_page&target_resource_id={digital product}&utm_source=s&utm_medium=email&utm_campaign=issue-42&utm_content=header+button => id:utm_link.id"}, do: "PUT /utm_links/{id}", body: "utm_source=newsletter", is: refused("Target resource A link with similar UTM parameters already exists for this destination!")},
	})
	t.Run("27 the short URL stays, and a refused change changes nothing", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/utm_links/{tracking link}")
		s.expect(row{do: put, body: "title=B&utm_source=", has: `{"success":false}`})
		if diff := cmp.Diff(before, s.get("/utm_links/{tracking link}")); diff != "" {
			t.Error(diff)
		}
		s.clock.Advance(time.Hour)
		s.step(put + " utm_source=blog")
		if was, is := text(t, before, "utm_link.short_url"), text(t, s.get("/utm_links/{tracking link}"), "utm_link.short_url"); was != is {
			t.Errorf("%s became %s", was, is)
		}
	})
}
