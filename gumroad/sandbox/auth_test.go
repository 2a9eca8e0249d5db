package sandbox

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestToken(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, token := range []string{"", "wrong", "sandbox:", "sandbox:fly", "sandbox:view_sales+fly", "Sandbox"} {
		r := c.as(token).get("/v2/user")
		r.is(http.StatusUnauthorized, "")
		if got := r.header.Get("WWW-Authenticate"); got != `Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"` {
			t.Errorf("%q: WWW-Authenticate %q", token, got)
		}
		if got := r.header.Get("Cache-Control"); got != "no-store, no-cache" {
			t.Errorf("%q: Cache-Control %q", token, got)
		}
	}
	none := c.as("")
	none.get("/v2/user?access_token=sandbox").ok()
	none.get("/api/v2/user?bearer_token=sandbox").ok()
	none.form(http.MethodPut, c.product("disabled product")+"/enable", "access_token", "sandbox:edit_products").ok()
	none.get("/v2/sales?access_token=sandbox:view_sales+edit_products").ok()
}

// TestScopes gives each route a token with every accepted scope, one at a time, and one with another.
func TestScopes(t *testing.T) {
	c := newSandbox(t, Options{})
	public2025 := "edit_products view_sales mark_sales_as_shipped refund_sales revenue_share ifttt view_profile view_public"
	public := public2025 + " edit_sales view_payouts view_tax_data account"
	product := c.product("digital product")
	for _, route := range []struct{ method, path, accepts, refuses string }{
		{"GET", "/v2/user", public, "edit_emails edit_profile mobile_api creator_api unfurl helper_api"},
		{"GET", "/v2/products", public, "edit_emails edit_profile"},
		{"GET", product, public, "edit_emails"},
		{"GET", product + "/offer_codes", public, "edit_emails"},
		{"GET", product + "/custom_fields", public, "edit_emails"},
		{"GET", product + "/variant_categories", public, "edit_emails"},
		{"GET", product + "/skus", public, "edit_emails"},
		{"GET", "/v2/categories", public, "edit_profile"},
		{"GET", product + "/subscribers", "view_sales account", "edit_products view_public"},
		{"GET", "/v2/subscribers/x", "view_sales account", "edit_products"},
		{"POST", "/v2/products", "edit_products account", "view_sales edit_sales"},
		{"PUT", product, "edit_products account", "view_sales"},
		{"PATCH", product, "edit_products account", "view_sales"},
		{"PUT", product + "/disable", "edit_products account", "view_sales"},
		{"PUT", product + "/enable", "edit_products account", "view_sales"},
		{"DELETE", "/v2/products/x", "edit_products account", "view_sales"},
		{"POST", product + "/offer_codes", "edit_products account", "view_public"},
		{"POST", product + "/custom_fields", "edit_products account", "view_public"},
		{"GET", "/v2/sales", "view_sales account", "view_public edit_sales"},
		{"GET", "/v2/sales/summary", "view_sales account", "view_public"},
		{"GET", "/v2/sales/x", "view_sales account", "view_public"},
		{"PUT", "/v2/sales/x/mark_as_shipped", "mark_sales_as_shipped account", "edit_sales view_sales"},
		{"PUT", "/v2/sales/x/refund", "refund_sales edit_sales account", "view_sales"},
		{"POST", "/v2/sales/x/resend_receipt", "edit_sales account", "refund_sales"},
		{"GET", "/v2/resource_subscriptions", "view_sales account", "edit_products"},
		{"PUT", "/v2/resource_subscriptions", "view_sales account", "edit_products"},
		{"DELETE", "/v2/resource_subscriptions/x", "view_sales account", "edit_products"},
	} {
		for scope := range strings.FieldsSeq(route.accepts) {
			if r := c.as("sandbox:"+scope).form(route.method, route.path); r.status != http.StatusOK {
				t.Errorf("%s %s with %s: %d", route.method, route.path, scope, r.status)
			}
		}
		for scope := range strings.FieldsSeq(route.refuses) {
			r := c.as("sandbox:"+scope).form(route.method, route.path)
			r.is(http.StatusForbidden, "")
			if got := r.header.Get("WWW-Authenticate"); !strings.Contains(got, "insufficient_scope") {
				t.Errorf("%s %s with %s: WWW-Authenticate %q", route.method, route.path, scope, got)
			}
		}
	}
	for _, action := range []string{"enable", "disable", "decrement_uses_count", "rotate"} {
		c.as("").form("PUT", "/v2/licenses/"+action).is(http.StatusUnauthorized, "")
		c.as("sandbox:view_sales").form("PUT", "/v2/licenses/"+action).is(http.StatusForbidden, "")
		if r := c.as("sandbox:account").form("PUT", "/v2/licenses/"+action); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", action, r.status)
		}
	}

	old := newSandbox(t, Options{Compat2025: true})
	for scope := range strings.FieldsSeq(public2025) {
		old.as("sandbox:" + scope).get("/v2/user").ok()
	}
	for scope := range strings.FieldsSeq("account edit_sales view_payouts") {
		old.as("sandbox:"+scope).get("/v2/user").is(http.StatusForbidden, "")
	}
	old.as("sandbox:account").get("/v2/sales").is(http.StatusForbidden, "")
	old.as("sandbox:edit_sales").form("PUT", "/v2/sales/x/refund").is(http.StatusForbidden, "")
}

func TestRouting(t *testing.T) {
	c := newSandbox(t, Options{})
	product := c.product("digital product")
	for _, target := range []string{"/v2/sales.json", "/v2/sales/", "/v2//sales", "/v2/sales.xml", "/api/v2/sales.json", product + ".json"} {
		c.get(target).ok()
	}
	missing := []struct{ method, target string }{
		{"GET", "/v2"}, {"GET", "/v2/"}, {"GET", "/v2/nothing"}, {"POST", "/v2/sales"}, {"DELETE", "/v2/sales/x"}, {"GET", "/v2/payouts"},
		{"PATCH", product + "/enable"}, {"PATCH", "/v2/licenses/enable"}, {"GET", "/v2/licenses/verify"}, {"PATCH", "/v2/resource_subscriptions"},
		{"GET", "/v2/resource_subscriptions/x"}, {"GET", product + "/custom_fields/Gift%20wrap"}, {"PUT", product + "/custom_fields/a.b.c"},
		{"PUT", product + "/custom_fields/https://x.example"}, {"GET", "/v2/products/a.b/skus"}, {"GET", "/elsewhere"}, {"OPTIONS", "/v2/sales"},
	}
	for _, m := range missing {
		html := c.request(m.method, m.target, "", "")
		if html.status != http.StatusNotFound || !strings.HasPrefix(html.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s %s: %d %s", m.method, m.target, html.status, html.header.Get("Content-Type"))
		}
		c.request(m.method, m.target, "", "", "Accept", "application/json").is(http.StatusNotFound, `{"status":404,"error":"Not Found"}`)
	}
	c.get("/v2/nothing.json").is(http.StatusNotFound, `{"status":404,"error":"Not Found"}`)
	c.as("").get("/v2/nothing.json").is(http.StatusNotFound, `{"status":404,"error":"Not Found"}`)
	if r := c.as("").get("/"); r.status != http.StatusOK || !strings.Contains(r.body, "sandbox") {
		t.Errorf("front page: %d %s", r.status, r.body)
	}
}

func TestHeaders(t *testing.T) {
	c := newSandbox(t, Options{})
	r := c.get("/v2/user")
	if r.header.Get("X-Revision") == "" || r.header.Get("X-GR") == "" || r.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("headers %v", r.header)
	}
	if got := r.header.Get("Set-Cookie"); !strings.HasPrefix(got, "_gumroad_guid=") {
		t.Errorf("Set-Cookie %q", got)
	}
	if got := c.request("GET", "/v2/user", "", "", "Cookie", "_gumroad_guid=x").header.Get("Set-Cookie"); got != "" {
		t.Errorf("cookie set again: %q", got)
	}
	head := c.request("HEAD", "/v2/user", "", "")
	head.is(http.StatusOK, "")
}

func TestParams(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, target := range []string{"/v2/sales?email=%zz", "/v2/sales?email=%ff", "/v2/sales?%E0%80=x"} {
		c.get(target).is(http.StatusBadRequest, "")
		c.request("GET", target, "", "", "Accept", "application/json").is(http.StatusBadRequest, `{"success":false}`)
	}
	c.request("POST", "/v2/products", "application/x-www-form-urlencoded", "name=%zz").is(http.StatusBadRequest, "")
	for _, broken := range []string{"{", `{"a":1} x`, "nonsense"} {
		c.request("POST", "/v2/products.json", "application/json", broken).is(http.StatusBadRequest, `{"status":400,"error":"Bad Request"}`)
	}
	for _, contradiction := range []string{"a=1&a[]=2", "a[]=1&a[b]=2", "a=1&a[b]=2", "a=1&a[][b]=2"} {
		c.get("/v2/user.json?"+contradiction).is(http.StatusBadRequest, `{"status":400,"error":"Bad Request"}`)
	}
	if r := c.get("/v2/user.json?a" + strings.Repeat("[a]", 200) + "=1"); r.status != http.StatusBadRequest {
		t.Errorf("deep parameter: %d", r.status)
	}
	if r := c.request("POST", "/v2/products", "application/json", `{"name":"`+strings.Repeat("x", 1<<20)+`"}`); r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("large body: %d", r.status)
	}
	// The body wins over the query, the path over both, and every encoding means the same.
	category := c.form("POST", c.product("digital product")+"/variant_categories?title=query", "title", "body").ok().object("variant_category")
	check(t, category, map[string]any{"title": "body"})
	path := c.product("digital product") + "/variant_categories/" + category["id"].(string)
	c.json("PUT", path, map[string]any{"title": "json", "category_id": "x"}).ok()
	check(t, c.get(path).object("variant_category"), map[string]any{"title": "json"})
	c.request("PUT", path+"?title=quer%79", "", "").ok()
	check(t, c.get(path).object("variant_category"), map[string]any{"title": "query"})
	multipart := "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nparts\r\n--b--\r\n"
	c.request("PUT", path, "multipart/form-data; boundary=b", multipart).ok()
	check(t, c.get(path).object("variant_category"), map[string]any{"title": "parts"})
	c.request("PUT", path+".json", "multipart/form-data", multipart).is(http.StatusBadRequest, `{"status":400,"error":"Bad Request"}`)
	c.request("PUT", path+".json", "multipart/form-data; boundary=b", "--b\r\nContent-Dis").is(http.StatusBadRequest, `{"status":400,"error":"Bad Request"}`)

	c.request("DELETE", path, "", "").ok()
	tagged := c.request("PUT", c.product("digital product"), "application/x-www-form-urlencoded", "tags[]=Ink&tags[]=wash&tags[]=ink").ok()
	if diff := cmp.Diff([]any{"ink", "wash"}, tagged.value("product", "tags")); diff != "" {
		t.Error(diff)
	}
	c.s.ResetJournal()
	c.json("PUT", c.product("digital product")+"?access_token=s3cret&q=1", map[string]any{
		"tags": []any{"a", "b"}, "x": map[string]any{"y": 1, "z": nil}, "b": true, "access_token": "s3cret",
	})
	c.request("PUT", c.product("digital product"), "application/json", `[1]`)
	c.request("PUT", c.product("digital product"), "application/x-www-form-urlencoded", "p[][a]=1&p[][b]=2&p[][a]=3&[]=x&n[=1&flag")
	upload := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\nx\r\n--b--\r\n"
	c.request("PUT", c.product("digital product"), "multipart/form-data; boundary=b", upload).
		refused("'file' is not an accepted parameter on PUT /v2/products/:id. Upload files with the presign flow (POST /v2/files/presign, upload parts to the returned S3 URLs, then POST /v2/files/complete), then attach them by including the returned URLs in files[][url]. Note: files is a full replacement — to keep an existing file, include an entry with its id; files missing from the array are removed.")
	journal := c.s.Journal()
	want := []map[string][]string{
		{"tags[]": {"a", "b"}, "x[y]": {"1"}, "x[z]": {""}, "b": {"true"}},
		{"_json[]": {"1"}},
		{"p[][a]": {"1", "3"}, "p[][b]": {"2"}, "n[": {"1"}, "flag": {""}},
		{"file": {"@f.txt"}},
	}
	for i, params := range want {
		if diff := cmp.Diff(params, map[string][]string(journal[i].Params)); diff != "" {
			t.Errorf("entry %d:\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(map[string][]string{"q": {"1"}}, map[string][]string(journal[0].Query)); diff != "" {
		t.Error(diff)
	}
}
