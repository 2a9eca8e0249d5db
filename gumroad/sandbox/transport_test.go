package sandbox_test

import (
	"io"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// endpoint is a route and the scopes of which any one opens it.
type endpoint struct {
	do     string
	body   string
	scopes string
	late   bool // missing from the server of 2025
}

const (
	publicRead     = "edit_products view_sales mark_sales_as_shipped edit_sales view_payouts view_tax_data view_profile revenue_share ifttt view_public account"
	publicRead2025 = "edit_products view_sales mark_sales_as_shipped refund_sales revenue_share ifttt view_profile view_public"
	editProducts   = "edit_products account"
	viewSales      = "view_sales account"
	everyScope     = publicRead + " refund_sales edit_emails edit_profile"
	unknownParent  = "/products/{product with variants}/variant_categories/{unknown}"
)

// endpoints are the routes that want a token; licenses/verify is the one that
// does not.
var endpoints = []endpoint{
	{"GET /user", "", publicRead, false},
	{"GET /products", "", publicRead, false},
	{"POST /products", "name=x&price=100", editProducts, false},
	{"GET /products/{digital product}", "", publicRead, false},
	{"PUT /products/{digital product}", "name=x", editProducts, false},
	{"PATCH /products/{digital product}", "name=x", editProducts, false},
	{"DELETE /products/{draft product}", "", editProducts, false},
	{"PUT /products/{draft product}/enable", "", editProducts, false},
	{"PUT /products/{digital product}/disable", "", editProducts, false},
	{"GET /products/{digital product}/offer_codes", "", publicRead, false},
	{"POST /products/{digital product}/offer_codes", "name=x&amount_off=1", editProducts, false},
	{"GET /products/{digital product}/offer_codes/{fixed code}", "", publicRead, false},
	{"PUT /products/{digital product}/offer_codes/{fixed code}", "", editProducts, false},
	{"DELETE /products/{digital product}/offer_codes/{fixed code}", "", editProducts, false},
	{"GET /products/{digital product}/custom_fields", "", publicRead, false},
	{"POST /products/{digital product}/custom_fields", "name=x", editProducts, false},
	{"PUT /products/{digital product}/custom_fields/x", "", editProducts, false},
	{"DELETE /products/{digital product}/custom_fields/x", "", editProducts, false},
	{"GET /products/{digital product}/variant_categories", "", publicRead, false},
	{"POST /products/{digital product}/variant_categories", "title=x", editProducts, false},
	{"GET " + unknownParent, "", publicRead, false},
	{"PUT " + unknownParent, "", editProducts, false},
	{"DELETE " + unknownParent, "", editProducts, false},
	{"GET " + unknownParent + "/variants", "", publicRead, false},
	{"POST " + unknownParent + "/variants", "name=x", editProducts, false},
	{"GET " + unknownParent + "/variants/{unknown}", "", publicRead, false},
	{"PUT " + unknownParent + "/variants/{unknown}", "", editProducts, false},
	{"DELETE " + unknownParent + "/variants/{unknown}", "", editProducts, false},
	{"GET /products/{digital product}/skus", "", publicRead, false},
	{"GET /products/{membership}/subscribers", "", viewSales, false},
	{"GET /subscribers/{subscriber alive}", "", viewSales, false},
	{"GET /sales", "", viewSales, false},
	{"GET /sales/{USD sale not refunded}", "", viewSales, false},
	{"PUT /sales/{USD sale not refunded}/mark_as_shipped", "", "mark_sales_as_shipped account", false},
	{"PUT /sales/{USD sale not refunded}/refund", "", "refund_sales edit_sales account", false},
	{"PUT /licenses/enable", "product_id={licensed product}&license_key={working licence key.key}", editProducts, false},
	{"PUT /licenses/disable", "product_id={licensed product}&license_key={working licence key.key}", editProducts, false},
	{"PUT /licenses/decrement_uses_count", "product_id={licensed product}&license_key={working licence key.key}", editProducts, false},
	{"GET /resource_subscriptions", "", viewSales, false},
	{"PUT /resource_subscriptions", "", viewSales, false},
	{"DELETE /resource_subscriptions/{webhook of this application}", "", viewSales, false},
	{"PUT /licenses/rotate", "product_id={licensed product}&license_key={working licence key.key}", editProducts, true},
	{"GET /categories", "", publicRead, true},
	{"GET /products/comps?query=x", "", publicRead, true},
	{"GET /products/{digital product}/reviews", "", publicRead, true},
	{"GET /products/{digital product}/custom_html", "", publicRead, true},
	{"POST /products/{digital product}/preview_custom_html", "custom_html=x", editProducts, true},
	{"POST /products/{digital product}/custom_html/edit", "find=x&replace=y", editProducts, true},
	{"PUT /user", "bio=x", "edit_profile account", true},
	{"PATCH /user", "bio=x", "edit_profile account", true},
	{"GET /user/theme", "", publicRead, true},
	{"GET /user/custom_html", "", publicRead, true},
	{"PUT /user/custom_html", "custom_html=x", "edit_profile account", true},
	{"PATCH /user/custom_html", "custom_html=x", "edit_profile account", true},
	{"POST /user/custom_html/edit", "find=x&replace=y", "edit_profile account", true},
	{"POST /user/preview_custom_html", "custom_html=x", "edit_profile account", true},
	{"GET /pages", "", publicRead, true},
	{"GET /pages/about", "", publicRead, true},
	{"PUT /products/{bundle}/bundle_contents", `{"products":[{"product_id":"{digital product}"}]}`, editProducts, true},
	{"GET /sales/summary", "", viewSales, true},
	{"POST /sales/exports", "", viewSales, true},
	{"POST /sales/{USD sale not refunded}/resend_receipt", "", "edit_sales account", true},
	{"PUT /sales/{USD sale not refunded}/revoke_access", "", "edit_sales account", true},
	{"PUT /sales/{licence with access revoked}/undo_revoke_access", "", "edit_sales account", true},
	{"GET /utm_links", "", publicRead, true},
	{"PUT /utm_links/{tracking link}/disable", "", editProducts, true},
}

const unauthorized = `WWW-Authenticate: ^Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"$`

func TestTokens(t *testing.T) {
	s := serve(t, sandbox.Options{})
	for _, e := range endpoints {
		t.Run("1.2 no token on "+e.do, func(t *testing.T) {
			s.t = t
			s.expect(row{do: e.do, body: e.body, token: "none", status: 401, is: "empty", headers: []string{unauthorized, "Cache-Control: ^no-store, no-cache$"}})
		})
		t.Run("1.2 unknown token on "+e.do, func(t *testing.T) {
			s.t = t
			s.expect(row{do: e.do, body: e.body, token: "0123456789abcdef", status: 401, is: "empty", headers: []string{unauthorized, "Cache-Control: ^no-store, no-cache$"}})
		})
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "1.2 token in the query", do: "GET /user?access_token=sandbox", token: "none", has: `{"success":true}`},
		{name: "1.2 token in a form", do: "PUT /products/{digital product}/disable", body: "access_token=sandbox", token: "none", has: `{"success":true}`},
		{name: "1.2 token in JSON", do: "PUT /products/{digital product}/disable", body: `{"access_token":"sandbox"}`, token: "none", has: `{"success":true}`},
		{name: "1.2 bearer_token in the query", do: "GET /user?bearer_token=sandbox", token: "none", has: `{"success":true}`},
		{name: "1.2 bearer_token in a form", do: "PUT /products/{digital product}/disable", body: "bearer_token=sandbox", token: "none", has: `{"success":true}`},
		{name: "1.2 wrong token in the query", do: "GET /user?access_token=wrong", token: "none", status: 401, is: "empty", headers: []string{unauthorized}},
		{name: "1.2 token under both mounts", do: "GET /api/v2/user", has: `{"success":true}`},
		{name: "1.2 no token under the site's mount", do: "GET /api/v2/user", token: "none", status: 401, is: "empty"},
		{name: "1.2 unknown scope in a token", do: "GET /user", token: "sandbox:view_sales+launch_rockets", status: 401, is: "empty"},
		{name: "1.2 verify needs no token", do: "POST /licenses/verify", body: "product_id={licensed product}&license_key={working licence key.key}", token: "none", has: `{"success":true}`},
		{name: "1.2 verify does not look at a token", do: "POST /licenses/verify", body: "product_id={licensed product}&license_key={working licence key.key}", token: "wrong", has: `{"success":true}`},
	})
}

func TestScopes(t *testing.T) {
	for _, version := range []struct {
		name    string
		options sandbox.Options
	}{{"1.3", sandbox.Options{Unthrottled: true}}, {"1.3 in 2025", sandbox.Options{Compat2025: true}}} {
		s := serve(t, version.options)
		for _, e := range endpoints {
			scopes, every := e.scopes, everyScope
			if version.options.Compat2025 {
				if e.late {
					continue
				}
				every = publicRead2025
				switch scopes {
				case publicRead:
					scopes = publicRead2025
				case "refund_sales edit_sales account":
					scopes = "refund_sales"
				}
			}
			opens := map[string]bool{}
			for scope := range strings.FieldsSeq(scopes) {
				opens[scope] = true
			}
			for scope := range strings.FieldsSeq(every) {
				if !opens[scope] {
					t.Run(version.name+" "+e.do+" is closed to "+scope, func(t *testing.T) {
						s.t = t
						s.expect(row{do: e.do, body: e.body, token: "sandbox:" + scope, status: 403, is: "empty", headers: []string{`WWW-Authenticate: (?i)requires scope`}})
					})
					continue
				}
				t.Run(version.name+" "+e.do+" is open to "+scope, func(t *testing.T) {
					s := s
					if s.t = t; !strings.HasPrefix(e.do, "GET ") {
						s = serve(t, version.options)
					}
					if a := s.send(row{do: e.do, body: e.body, token: "sandbox:" + scope}); a.status == 401 || a.status == 403 {
						t.Errorf("status %d %s", a.status, a.header.Get("WWW-Authenticate"))
					}
				})
			}
		}
	}
	for _, scope := range []string{"mobile_api", "creator_api", "unfurl", "helper_api", "edit_emails", "edit_profile"} {
		t.Run("1.3 public read is closed to "+scope, func(t *testing.T) {
			serve(t, sandbox.Options{}).expect(row{do: "GET /products", token: "sandbox:" + scope, status: 403, is: "empty"})
		})
	}
	t.Run("1.3 no account scope in 2025", func(t *testing.T) {
		if a := serve(t, sandbox.Options{Compat2025: true}).send(row{do: "GET /products", token: "sandbox:account"}); a.status != 401 && a.status != 403 {
			t.Errorf("status %d, want 401 or 403", a.status)
		}
	})
}

func TestTransport(t *testing.T) {
	const bothFound = `{"success":true,"variant_category":{"id":"<id>","title":"Größe & Farbe"}}`
	checkRows(t, sandbox.Options{}, []row{
		{name: "1.1 content type", do: "GET /user", headers: []string{`Content-Type: ^application/json; charset=utf-8$`}},
		{name: "1.1 content type of a refusal", do: "GET /products/{unknown}", headers: []string{`Content-Type: ^application/json; charset=utf-8$`}},
		{name: "1.1 content type of a 400", do: "GET /sales?page=0", status: 400, headers: []string{`Content-Type: ^application/json; charset=utf-8$`}},
		{name: "1.1 revision headers", do: "GET /user", headers: []string{"X-Revision: .", "X-GR: ."}},
		{name: "1.1 guid cookie for a client without", do: "GET /user", headers: []string{"Set-Cookie: ^_gumroad_guid=[^;]+"}},
		{name: "1.1 no cookie for a client that has one", do: "GET /user", header: "Cookie: _gumroad_guid=1f0e", headers: []string{"-Set-Cookie"}},
		{name: "1.1 .json on a collection", do: "GET /sales.json", has: `{"success":true,"sales":"<list>"}`},
		{name: "1.1 .json on a member", do: "GET /products/{digital product}.json", has: `{"success":true,"product":{"id":"{digital product}"}}`},
		{name: "1.1 .json on an action", do: "PUT /products/{digital product}/disable.json", has: `{"success":true}`},
		{name: "1.1 .json on a nested collection", do: "GET /products/{digital product}/offer_codes.json", has: `{"success":true}`},
		{name: "1.1 .json on a nested member", do: "GET /products/{digital product}/offer_codes/{fixed code}.json", has: `{"success":true,"offer_code":{"id":"{fixed code}"}}`},
		{name: "1.1 .json on licences", do: "POST /licenses/verify.json", body: "product_id={licensed product}&license_key={working licence key.key}", has: `{"success":true}`},
		{name: "1.1 .json in next_page_url", do: "GET /sales.json", has: `{"next_page_url":"~^/v2/sales\\.json\\?page_key="}`},
		{name: "1.1 site's mount in next_page_url", do: "GET /api/v2/sales", has: `{"next_page_url":"~^/api/v2/sales\\?page_key="}`},

		{name: "1.1 PATCH updates a product", do: "PATCH /products/{draft product}", body: "name=Renamed", has: `{"success":true,"product":{"name":"Renamed"}}`},
		{name: "1.1 PATCH updates an offer code", do: "PATCH /products/{digital product}/offer_codes/{fixed code}", body: "max_purchase_count=4321", has: `{"success":true,"offer_code":{"max_purchase_count":4321}}`},
		{name: "1.1 PATCH updates a custom field", given: []string{"POST /products/{digital product}/custom_fields name=Size"}, do: "PATCH /products/{digital product}/custom_fields/Size", body: "required=true", has: `{"success":true,"custom_field":{"required":true}}`},
		{name: "1.1 PATCH updates a variant category", given: []string{"POST /products/{digital product}/variant_categories title=A => cat:variant_category.id"}, do: "PATCH /products/{digital product}/variant_categories/{cat}", body: "title=B", has: `{"success":true,"variant_category":{"title":"B"}}`},
		{name: "1.1 PATCH updates a variant", given: []string{
			"POST /products/{digital product}/variant_categories title=A => cat:variant_category.id",
			"POST /products/{digital product}/variant_categories/{cat}/variants name=Red => variant:variant.id",
		}, do: "PATCH /products/{digital product}/variant_categories/{cat}/variants/{variant}", body: "name=Blue", has: `{"success":true,"variant":{"name":"Blue"}}`},
		{name: "1.1 enable is PUT only", do: "PATCH /products/{draft product}/enable.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 enable is not POST", do: "POST /products/{draft product}/enable.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 disable is PUT only", do: "PATCH /products/{draft product}/disable.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 refund is PUT only", do: "PATCH /sales/{USD sale not refunded}/refund.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 refund is not POST", do: "POST /sales/{USD sale not refunded}/refund.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 mark_as_shipped is PUT only", do: "PATCH /sales/{USD sale not refunded}/mark_as_shipped.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 licence enable is PUT only", do: "PATCH /licenses/enable.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 licence disable is PUT only", do: "PATCH /licenses/disable.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 licence decrement is PUT only", do: "PATCH /licenses/decrement_uses_count.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 licence verify is POST only", do: "PUT /licenses/verify.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 resource subscriptions are PUT only", do: "PATCH /resource_subscriptions.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.1 resource subscriptions are not POST", do: "POST /resource_subscriptions.json", status: 404, is: `{"status":404,"error":"Not Found"}`},

		{name: "1.1 form body", do: "POST /products/{digital product}/variant_categories", body: "title=Gr%C3%B6%C3%9Fe+%26+Farbe", has: bothFound},
		{name: "1.1 multipart body", do: "POST /products/{digital product}/variant_categories", body: "title=Gr%C3%B6%C3%9Fe+%26+Farbe", as: "multipart", has: bothFound},
		{name: "1.1 JSON body", do: "POST /products/{digital product}/variant_categories", body: `{"title":"Größe & Farbe"}`, has: bothFound},
		{name: "1.1 query on POST", do: "POST /products/{digital product}/variant_categories?title=Gr%C3%B6%C3%9Fe+%26+Farbe", has: bothFound},
		{name: "1.1 query on PUT", do: "PUT /sales/{USD sale not refunded}/refund?amount_cents=200", has: `{"sale":{"partially_refunded":true,"amount_refundable_in_currency":"10"}}`},
		{name: "1.1 query and body on POST", do: "POST /products/{digital product}/offer_codes?name=MERGED", body: "amount_off=100", has: `{"success":true,"offer_code":{"name":"MERGED","amount_cents":100}}`},
		{name: "1.1 query and JSON on POST", do: "POST /products/{digital product}/offer_codes?name=MERGED", body: `{"amount_off":100}`, has: `{"success":true,"offer_code":{"name":"MERGED","amount_cents":100}}`},
		{name: "1.1 query on verify", do: "POST /licenses/verify?product_id={licensed product}&license_key={working licence key.key}", has: `{"success":true}`},
		{name: "1.1 path wins over body", do: "PUT /products/{digital product}/disable", body: "id={free product}", has: `{"product":{"id":"{digital product}","published":false}}`},
		{name: "1.1 path wins over JSON", do: "PUT /products/{digital product}/disable", body: `{"id":"{free product}"}`, has: `{"product":{"id":"{digital product}"}}`},
		{name: "1.1 path wins over query", do: "PUT /products/{digital product}/disable?id={free product}", has: `{"product":{"id":"{digital product}"}}`},
		{name: "1.1 path wins for a nested product", do: "GET /products/{digital product}/offer_codes/{fixed code}?id={unknown}&link_id={unknown}", has: `{"offer_code":{"id":"{fixed code}"}}`},

		{name: "1.1 universal is the string true", do: "POST /products/{digital product}/offer_codes", body: "name=U&amount_off=5&offer_type=percent&universal=true", has: `{"offer_code":{"universal":true}}`},
		{name: "1.1 universal as a JSON string", do: "POST /products/{digital product}/offer_codes", body: `{"name":"U","amount_off":5,"offer_type":"percent","universal":"true"}`, has: `{"offer_code":{"universal":true}}`},
		{name: "1.1 universal as a JSON boolean is false", do: "POST /products/{digital product}/offer_codes", body: `{"name":"U","amount_off":5,"offer_type":"percent","universal":true}`, has: `{"offer_code":{"universal":false}}`},
		{name: "1.1 universal=1 is false", do: "POST /products/{digital product}/offer_codes", body: "name=U&amount_off=5&universal=1", has: `{"offer_code":{"universal":false}}`},
		{name: "1.1 universal=True is false", do: "POST /products/{digital product}/offer_codes", body: "name=U&amount_off=5&universal=True", has: `{"offer_code":{"universal":false}}`},
		{name: "1.1 required is the string true", do: "POST /products/{digital product}/custom_fields", body: "name=F&required=true", has: `{"custom_field":{"required":true}}`},
		{name: "1.1 required as a JSON boolean is false", do: "POST /products/{digital product}/custom_fields", body: `{"name":"F","required":true}`, has: `{"custom_field":{"required":false}}`},
		{name: "1.1 required=1 is false", do: "POST /products/{digital product}/custom_fields", body: "name=F&required=1", has: `{"custom_field":{"required":false}}`},
	})
}

func TestEnvelope(t *testing.T) {
	const html = "Content-Type: ^text/html"
	checkRows(t, sandbox.Options{}, []row{
		{name: "1.4 object", do: "GET /user", has: `{"success":true,"user":"<object>"}`},
		{name: "1.4 list", do: "GET /products/{digital product}/offer_codes", has: `{"success":true,"offer_codes":"<list>"}`},
		{name: "1.4 delete", do: "DELETE /products/{draft product}", is: deleted("product")},
		{name: "1.4 not found is 200", do: "GET /products/{unknown}", is: notFound("product")},
		{name: "1.4 validation is 200", do: "POST /products/{digital product}/offer_codes", body: "name=&amount_off=1", is: refused("Discount code can't be blank")},
		{name: "1.4 two errors are joined with and", given: []string{"POST /products/{digital product}/variant_categories title=Size => cat:variant_category.id"},
			do: "POST /products/{digital product}/variant_categories/{cat}/variants", body: "name=&price_difference_cents=-1",
			has: `{"success":false,"message":"~^(Name can't be blank and Please enter a price that is equal to or greater than the price of the product\\.|Please enter a price that is equal to or greater than the price of the product\\. and Name can't be blank)$"}`},
		{name: "1.4 an error page where JSON is not asked for", given: []string{"POST /products/{digital product}/variant_categories title=Size"}, do: "PUT /products/{digital product}/disable", status: 500, headers: []string{html}},
		{name: "1.4 update refused without errors", given: []string{"POST /products/{digital product}/custom_fields name=Size", "POST /products/{digital product}/variant_categories"}, do: "PUT /products/{digital product}/custom_fields/Size", is: refused("The custom_field was unable to be modified.")},
		{name: "1.4 create refused without errors", do: "POST /products/{digital product}/custom_fields", body: "name=", is: refused("The custom_field was unable to be created.")},
		{name: "1.4 bad filter has no success", do: "GET /sales?page=0", status: 400, is: badRequest("Invalid page number. Page numbers start at 1.")},
		{name: "1.4 licence not found is 404", do: "POST /licenses/verify", status: 404, is: refused("That license does not exist for the provided product.")},
		{name: "1.4 foreign licence says error", do: "PUT /licenses/disable", body: "product_id={other store's sale.product}&license_key={other store's sale.key}", status: 404, is: `{"success":false,"error":"Not found"}`},
		{name: "1.4 route missing", do: "GET /nonsense", status: 404, headers: []string{html}},
		{name: "1.4 route missing with .json", do: "GET /nonsense.json", status: 404, is: `{"status":404,"error":"Not Found"}`, headers: []string{"Content-Type: ^application/json"}},
		{name: "1.4 route missing, JSON accepted", do: "GET /nonsense", header: "Accept: application/json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.4 route missing before the token", do: "GET /nonsense.json", token: "none", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "1.4 malformed percent-encoding in the query", do: "GET /sales?email=%ZZ", status: 400, is: "empty"},
		{name: "1.4 lone percent in the query", do: "GET /sales?email=100%", status: 400, is: "empty"},
		{name: "1.4 malformed percent-encoding in a form", do: "POST /products/{digital product}/offer_codes", body: "name=%ZZ&amount_off=1", status: 400, is: "empty"},
		{name: "1.4 malformed percent-encoding, JSON accepted", do: "GET /sales?email=%ZZ", header: "Accept: application/json", status: 400, is: `{"success":false}`},
		{name: "1.4 malformed percent-encoding, JSON among others accepted", do: "GET /sales?email=%ZZ", header: "Accept: text/html, application/json;q=0.9", status: 400, is: `{"success":false}`},
		{name: "1.4 malformed percent-encoding before the token", do: "GET /sales?email=%ZZ", token: "none", status: 400, is: "empty"},

		{name: "1.4 scope before parameters", do: "POST /products/{digital product}/offer_codes", token: "sandbox:view_sales", status: 403, is: "empty"},
		{name: "1.4 scope before product", do: "DELETE /products/{unknown}", token: "sandbox:view_sales", status: 403, is: "empty"},
		{name: "1.4 token before page", do: "GET /sales?page=0", token: "none", status: 401, is: "empty"},
		{name: "1.4 scope before page", do: "GET /sales?page=0", token: "sandbox:edit_products", status: 403, is: "empty"},
		{name: "1.4 offer code parameters before product", do: "POST /products/{unknown}/offer_codes", body: "name=x", is: refused("You are missing required offer code parameters. Please refer to https://gumroad.com/api#offer-codes for the correct parameters.")},
		{name: "1.4 product before offer code", do: "GET /products/{unknown}/offer_codes/{fixed code}", is: notFound("product")},
		{name: "1.4 product before custom field", do: "PUT /products/{unknown}/custom_fields/x", is: notFound("product")},
		{name: "1.4 product before variant category", do: "GET /products/{unknown}/variant_categories/{unknown}", is: notFound("product")},
		{name: "1.4 product before variant", do: "GET /products/{unknown}/variant_categories/{unknown}/variants/{unknown}", is: notFound("product")},
		{name: "1.4 scope before licence", do: "PUT /licenses/disable", body: "license_key=x", token: "sandbox:view_sales", status: 403, is: "empty"},
		{name: "1.4 access revoked before owner", do: "PUT /licenses/enable", body: "product_id={licensed product}&license_key={licence with access revoked.key}", status: 404, is: refused("Access to the purchase associated with this license has expired.")},

		{name: "2 no single custom field", given: []string{"POST /products/{digital product}/custom_fields name=Size"}, do: "GET /products/{digital product}/custom_fields/Size", header: "Accept: application/json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "2 no single resource subscription", do: "GET /resource_subscriptions/{webhook of this application}", header: "Accept: application/json", status: 404, is: `{"status":404,"error":"Not Found"}`},
	})
}

func TestIdentifiers(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "1.5 product id", do: "GET /products/{digital product}", has: `{"product":{"id":"<id>"}}`},
		{name: "1.5 user ids differ in form", do: "GET /user", has: `{"user":{"id":"<numeric>","user_id":"<id>"}}`},
		{name: "1.5 sale ids", do: "GET /sales/{working licence key}", has: `{"sale":{"id":"<id>","seller_id":"<id>","product_id":"<id>","order_id":"<order>","license_key":"<license>","license_id":"<id>","product_permalink":"<permalink>"}}`},
		{name: "1.5 subscriber ids", do: "GET /subscribers/{subscriber alive}", has: `{"subscriber":{"id":"<id>","product_id":"<id>","user_id":"<numeric>"}}`},
		{name: "1.5 raw padding", do: "GET /sales/{USD sale not refunded}", has: `{"sale":{"id":"{USD sale not refunded}"}}`},
		{name: "1.5 trailing junk after a product id", do: "GET /products/{digital product}++", is: notFound("product")},
		{name: "1.5 trailing junk after a sale id", do: "GET /sales/{USD sale not refunded}++", is: notFound("sale")},
		{name: "1.5 undecodable product id", do: "GET /products/not-an-id", is: notFound("product")},
		{name: "1.5 undecodable sale id", do: "GET /sales/not-an-id", is: notFound("sale")},
		{name: "1.5 undecodable subscriber id", do: "GET /subscribers/not-an-id", is: notFound("subscriber")},
		{name: "1.5 undecodable resource subscription id", do: "DELETE /resource_subscriptions/not-an-id", is: notFound("resource_subscription")},
		{name: "1.5 undecodable offer code id", do: "GET /products/{digital product}/offer_codes/not-an-id", is: notFound("offer_code")},
		{name: "1.5 undecodable variant category id", do: "GET /products/{digital product}/variant_categories/not-an-id", is: notFound("variant_category")},
		{name: "1.5 product by permalink", given: []string{"GET /sales/{USD sale not refunded} => permalink:sale.product_permalink"}, do: "GET /products/{permalink}", has: `{"success":true,"product":{"id":"{digital product}"}}`},
		{name: "1.5 product by permalink in a nested path", given: []string{"GET /sales/{USD sale not refunded} => permalink:sale.product_permalink"}, do: "GET /products/{permalink}/offer_codes/{fixed code}", has: `{"success":true,"offer_code":{"id":"{fixed code}"}}`},
		{name: "1.5 action on a product by permalink", given: []string{"GET /sales/{USD sale not refunded} => permalink:sale.product_permalink"}, do: "PUT /products/{permalink}/disable", has: `{"success":true,"product":{"id":"{digital product}","published":false}}`},
		{name: "1.5 product not by custom permalink", given: []string{"GET /products/{digital product} => custom:product.custom_permalink"}, do: "GET /products/{custom}", is: notFound("product")},
		{name: "1.5 deleted product by id", given: []string{"DELETE /products/{digital product}"}, do: "GET /products/{digital product}", has: `{"success":true,"product":{"deleted":true,"published":false}}`},
		{name: "1.5 deleted product by permalink", given: []string{"GET /sales/{USD sale not refunded} => permalink:sale.product_permalink", "DELETE /products/{digital product}"}, do: "GET /products/{permalink}", has: `{"success":true,"product":{"deleted":true}}`},
		{name: "1.5 children of a deleted product", given: []string{"DELETE /products/{digital product}"}, do: "GET /products/{digital product}/offer_codes", has: `{"success":true}`},
		{name: "1.5 foreign product", do: "GET /products/{other store's product}", is: notFound("product")},
	})
	t.Run("1.5 escaped padding", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.names["escaped"] = strings.ReplaceAll(s.names["digital product"], "=", "%3D")
		s.expect(row{do: "GET /products/{escaped}", has: `{"success":true,"product":{"id":"{digital product}"}}`})
		s.names["escaped"] = strings.ReplaceAll(s.names["USD sale not refunded"], "=", "%3d")
		s.expect(row{do: "GET /sales/{escaped}", has: `{"success":true,"sale":{"id":"{USD sale not refunded}"}}`})
	})
}

func TestRouting(t *testing.T) {
	rows := []row{
		{name: "1.1 a slash at the end", do: "GET /sales/", has: `{"success":true}`},
		{name: "1.1 two slashes", do: "GET /v2//sales", has: `{"success":true}`},
		{name: "1.1 any format", do: "GET /sales.xml", has: `{"success":true}`},
		{name: "1.1 HEAD is GET without a body", do: "HEAD /user", is: "empty", headers: []string{"Content-Length: ^[1-9]"}},
	}
	for _, do := range []string{
		"GET /v2", "GET /v2/", "GET /nothing", "POST /sales", "DELETE /sales/x", "GET /meta", "GET /installments", "OPTIONS /sales", "GET /licenses/verify",
		"GET /products/a.b/skus", "PUT /products/inkwsh/custom_fields/https://x.example", "GET /gumroad/v1/user", "GET /connect/x",
	} {
		rows = append(rows,
			row{name: "2 no " + do, do: do, header: "Accept: application/json", status: 404, is: `{"status":404,"error":"Not Found"}`},
			row{name: "2 no " + do + ", as a page", do: do, status: 404, headers: []string{"Content-Type: ^text/html"}})
	}
	checkRows(t, sandbox.Options{}, rows)
	t.Run("the front page says what is where", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		response, err := s.overHTTP(t.Context(), "GET", "/")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		page, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, mount := range []string{"/v2/", "/gumroad/v2/", "/connections", "/_sandbox/"} {
			if !strings.Contains(string(page), mount) {
				t.Errorf("no %s in %s", mount, page)
			}
		}
	})
}

func TestParameters(t *testing.T) {
	const (
		categories = "/products/{digital product}/variant_categories"
		asJSON     = "Content-Type: application/json"
	)
	broken := func(name, do, header, body string) row {
		return row{name: "1.1 " + name, do: do, header: header, body: body, status: 400, is: `{"status":400,"error":"Bad Request"}`}
	}
	rows := []row{
		{name: "1.1 the body wins over the query", do: "POST " + categories + "?title=query", body: "title=body", has: `{"variant_category":{"title":"body"}}`},
		{name: "1.1 a body of another type is not read", do: "POST " + categories + "?title=query", header: "Content-Type: text/plain", body: "title=body", has: `{"variant_category":{"title":"query"}}`},
		{name: "1.1 an empty JSON body", do: "POST " + categories, header: asJSON, body: " ", has: `{"variant_category":{"title":null}}`},
		{name: "1.1 a list where text is wanted", do: "POST " + categories, body: `{"title":["A"]}`, has: `{"variant_category":{"title":null}}`},
		{name: "1.1 more than four megabytes", do: "POST /products.json", body: `{"name":"` + strings.Repeat("x", 4<<20) + `"}`, status: 413, is: `{"status":413,"error":"Request Entity Too Large"}`},
		{name: "1.4 undecodable characters", do: "GET /sales?email=%ff", status: 400, is: "empty"},
		{name: "1.4 undecodable name", do: "GET /sales?%E0%80=x", status: 400, is: "empty"},
		{name: "1.4 undecodable part", do: "POST /products", header: "Content-Type: multipart/form-data; boundary=b", body: "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n\xff\r\n--b--\r\n", status: 400, is: "empty"},
		broken("unfinished JSON", "POST /products.json", asJSON, "{"),
		broken("text after JSON", "POST /products.json", asJSON, `{"a":1} x`),
		broken("no JSON", "POST /products.json", asJSON, "nonsense"),
		broken("multipart without a boundary", "POST /products.json", "Content-Type: multipart/form-data", "x"),
		broken("unfinished multipart", "POST /products.json", "Content-Type: multipart/form-data; boundary=b", "--b\r\nContent-Dis"),
		broken("unfinished part", "POST /products.json", "Content-Type: multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx"),
		broken("names nested too deep", "GET /user.json?a"+strings.Repeat("[a]", 200)+"=1", "", ""),
		broken("lists nested too deep", "GET /user.json?a"+strings.Repeat("[][a]", 200)+"=1", "", ""),
	}
	for _, query := range []string{"a=1&a[]=2", "a[]=1&a[b]=2", "a=1&a[b]=2", "a=1&a[][b]=2", "a[][b]=1&a[][b][c]=2&a[][b][]=3"} {
		rows = append(rows, broken("contradiction "+query, "GET /user.json?"+query, "", ""))
	}
	checkRows(t, sandbox.Options{}, rows)
}
