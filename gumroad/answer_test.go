package gumroad_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestRefusals reads the shapes in which Gumroad and Maton say no.
func TestRefusals(t *testing.T) {
	text, html := map[string]string{"Content-Type": "text/plain"}, map[string]string{"Content-Type": "text/html"}
	for _, c := range []struct {
		name   string
		direct bool
		reply  reply
		want   gumroad.Error
	}{
		{"not found with 200", false, reply{status: 200, body: `{"success":false,"message":"The sale was not found."}`},
			gumroad.Error{Code: gumroad.NotFound, Origin: gumroad.Gumroad, Record: "sale",
				Said: "The sale was not found.", Message: "Gumroad did not find it."}},
		{"another record not found", false,
			reply{status: 200, body: `{"success":false,"message":"The offer_code was not found."}`},
			gumroad.Error{Code: gumroad.NotFound, Origin: gumroad.Gumroad, Record: "offer_code",
				Said: "The offer_code was not found."}},
		{"an article not found", false, reply{status: 200, body: `{"success":false,"message":` +
			`"The help article was not found. Call the list endpoint to see the available slugs."}`},
			gumroad.Error{Code: gumroad.NotFound, Origin: gumroad.Gumroad, Record: "help_article",
				Said: "The help article was not found. Call the list endpoint to see the available slugs."}},
		{"403 without a tax centre", false,
			reply{status: 403, body: `{"success":false,"message":"Tax center is not enabled for this account."}`},
			gumroad.Error{Code: gumroad.Rejected, Origin: gumroad.Gumroad, Said: "Tax center is not enabled for this account.",
				Message: "Gumroad refused."}},
		{"404 of a year", false,
			reply{status: 404, body: `{"success":false,"message":"Earnings are not available for 2019."}`},
			gumroad.Error{Code: gumroad.NotFound, Origin: gumroad.Gumroad, Said: "Earnings are not available for 2019.",
				Message: "Gumroad did not find it."}},
		{"refused with 200", false,
			reply{status: 200, body: `{"success":false,"message":"Purchase is already refunded."}`},
			gumroad.Error{Code: gumroad.Rejected, Origin: gumroad.Gumroad, Said: "Purchase is already refunded.",
				Message: "Gumroad refused."}},
		{"400 of Gumroad", false, reply{status: 400, body: `{"status":400,"error":"Invalid page_key."}`},
			gumroad.Error{Code: gumroad.InvalidArguments, Origin: gumroad.Gumroad, Said: "Invalid page_key."}},
		{"400 of the gateway", false, reply{status: 400, body: `{"error":"no connection"}`},
			gumroad.Error{Code: gumroad.NoConnection, Origin: gumroad.Maton, Said: "no connection"}},
		{"400 of the gateway as text", false, reply{status: 400, header: text, body: `no connection`},
			gumroad.Error{Code: gumroad.NoConnection, Origin: gumroad.Maton}},
		{"400 without the gateway", true, reply{status: 400},
			gumroad.Error{Code: gumroad.InvalidArguments, Origin: gumroad.Gumroad}},
		{"401 without the gateway", true, reply{status: 401},
			gumroad.Error{Code: gumroad.BadCredential, Origin: gumroad.Gumroad,
				Message: "The credential was refused."}},
		{"404 of a route", false, reply{status: 404, body: `{"status":404,"error":"Not Found"}`},
			gumroad.Error{Code: gumroad.NotFound, Origin: gumroad.Gumroad, Said: "Not Found",
				Message: "Gumroad does not offer this operation here; its server may be older."}},
		{"404 as HTML", false, reply{status: 404, header: html, body: `<h1>no</h1>`},
			gumroad.Error{Code: gumroad.NotFound, Origin: gumroad.Gumroad}},
		{"422", false, reply{status: 422, body: `{}`},
			gumroad.Error{Code: gumroad.Rejected, Origin: gumroad.Gumroad}},
		{"500 with an envelope", false,
			reply{status: 500, body: `{"success":false,"message":"The 'product_id' parameter is required"}`},
			gumroad.Error{Code: gumroad.Rejected, Origin: gumroad.Gumroad,
				Said: "The 'product_id' parameter is required"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Status = c.reply.status
			_, err := answering(t, c.direct, c.reply).GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
			if diff := diffError(&c.want, err); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefusalsOfTheControlPlane are Maton's, whatever they look like.
func TestRefusalsOfTheControlPlane(t *testing.T) {
	for status, want := range map[int]gumroad.Error{
		401: {Code: gumroad.BadCredential, Message: "Maton refused the API key."},
		403: {Code: gumroad.Rejected, Message: "Maton refused."},
		404: {Code: gumroad.NotFound, Message: "Maton did not find it.", Record: "connection"},
		409: {Code: gumroad.Rejected, Message: "Maton refused."},
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			want.Origin, want.Status, want.Said = gumroad.Maton, status, "no"
			client := answering(t, false, reply{status: status, body: `{"error":"no"}`})
			_, err := client.GetConnection(t.Context(), gumroad.ConnectionRef{ConnectionID: "x"})
			if diff := diffError(&want, err); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnusableAnswers(t *testing.T) {
	for name, body := range map[string]string{
		"no record":               `{"success":true}`,
		"null for a record":       `{"success":true,"sale":null}`,
		"a list":                  `[]`,
		"text declared as JSON":   `Internal Server Error`,
		"nothing":                 ``,
		"a fraction for a number": `{"success":true,"sale":{"id":"x","price":12.5}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client := answering(t, false, reply{status: 200, body: body})
			_, err := client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
			want := &gumroad.Error{Code: gumroad.UpstreamUnavailable, Status: 200}
			if diff := diffError(want, err); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOddFieldsDoNotHideARecord(t *testing.T) {
	const body = `{"success":true,"sale":{"id":"x","price":"1250","order_id":7.0,"card":"odd"}}`
	client := answering(t, false, reply{status: 200, body: body})
	got, err := client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := gumroad.Sale{ID: "x", Price: new(gumroad.Cents(1250)), OrderID: new(gumroad.Int(7)),
		Card: &gumroad.SaleCard{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAnEmptyRecordIsNone: of a read it is no answer, and of a change no outcome.
func TestAnEmptyRecordIsNone(t *testing.T) {
	product := gumroad.ProductRef{ProductID: "p"}
	for _, c := range []struct {
		name, body  string
		read, write gumroad.Code
	}{
		{"a record", `{"success":true,"product":{"id":"p"}}`, "", ""},
		{"nothing", `{"success":true,"product":{}}`, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown},
		{"no id", `{"success":true,"product":{"name":"n"}}`, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown},
		{"an id of another shape", `{"success":true,"product":{"id":{}}}`, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown},
		{"a name in capitals", `{"success":true,"PRODUCT":{"id":"p"}}`, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := answering(t, false, reply{status: 200, body: c.body})
			_, read := client.GetProduct(t.Context(), product)
			_, write := client.DisableProduct(t.Context(), product)
			if code(read) != c.read || code(write) != c.write {
				t.Errorf("the read is %v, want %q; the write is %v, want %q", read, c.read, write, c.write)
			}
		})
	}
	t.Run("a custom field may have a name alone", func(t *testing.T) {
		client := answering(t, false, reply{status: 200, body: `{"success":true,"custom_field":{"name":"Size"}}`})
		if _, err := client.CreateCustomField(t.Context(), gumroad.CreateCustomField{ProductRef: product, Name: "Size"}); err != nil {
			t.Error(err)
		}
	})
}

// TestWhatMatonSaysIsHeard: its control plane has no word for yes, but what says no is none.
func TestWhatMatonSaysIsHeard(t *testing.T) {
	for body, want := range map[string]gumroad.Code{
		``: "", `{}`: "", `{"success":true}`: "", `{"message":"deleted"}`: "", `{"error":null}`: "",
		`{"success":false}`:            gumroad.Rejected,
		`{"error":"nope"}`:             gumroad.OutcomeUnknown,
		`{"error":{"code":"x"}}`:       gumroad.OutcomeUnknown,
		`{"success":"false"}`:          gumroad.OutcomeUnknown,
		`{"success":true,"error":"x"}`: gumroad.OutcomeUnknown,
		`null`:                         gumroad.OutcomeUnknown,
		`<p>busy</p>`:                  gumroad.OutcomeUnknown,
	} {
		t.Run(body, func(t *testing.T) {
			client := answering(t, false, reply{status: 200, body: body})
			_, err := client.DeleteConnection(t.Context(), gumroad.ConnectionRef{ConnectionID: "c"})
			if code(err) != want {
				t.Errorf("it is %v, want %q", err, want)
			}
		})
	}
}

// TestUnauthorizedIsToldApart: the control plane's answer shows whether a 401 is Maton's or the store's.
func TestUnauthorizedIsToldApart(t *testing.T) {
	for _, c := range []struct {
		name    string
		control int // status of the control plane's answer
		want    gumroad.Error
	}{
		{"the key is refused", 401, gumroad.Error{Origin: gumroad.Maton, Message: "Maton refused the API key."}},
		{"the grant is withdrawn", 200, gumroad.Error{Origin: gumroad.Gumroad,
			Message: "Gumroad refused this connection's grant; the store's owner revoked it or it expired."}},
		{"nobody can tell", 500, gumroad.Error{Origin: gumroad.Us, Message: "The credential was refused."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the 500 is repeated, which takes no time
				client, err := gumroad.New(gumroad.Config{
					MatonKey: gumroad.NewCredential("key"), Connection: "x", RequestsPerSecond: -1,
					Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
						if strings.HasPrefix(r.URL.Path, "/connections") {
							return reply{status: c.control, body: `{"connections":[]}`}.response(), nil
						}
						return reply{status: 401}.response(), nil
					})})
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.GetUser(t.Context(), struct{}{})
				c.want.Code, c.want.Status = gumroad.BadCredential, 401
				if diff := diffError(&c.want, err); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestTheMissingScopeIsNamedByUpstream(t *testing.T) {
	const start = `Bearer realm="Doorkeeper", error="insufficient_scope", ` +
		`error_description="Access to this resource requires scope `
	const named = `The store's grant lacks the scope "refund_sales", which this needs.`
	const unnamed = `The store's grant lacks a permission, which this needs.`
	for _, c := range []struct{ name, header, want, scope string }{
		{"escaped quotation marks", start + `\"refund_sales\"."`, named, "refund_sales"},
		{"bare quotation marks", start + `"refund_sales"."`, named, "refund_sales"},
		{"several scopes", start + `"view_sales account"."`,
			`The store's grant lacks the scope "view_sales account", which this needs.`, "view_sales account"},
		{"no scope", `Bearer realm="Doorkeeper", error="insufficient_scope"`, unnamed, ""},
		{"what is no scope", start + `\"<b>all</b> of it\"."`, unnamed, ""},
		{"no header", "", unnamed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := answering(t, false, reply{status: 403, header: map[string]string{"WWW-Authenticate": c.header}})
			_, err := client.RefundSale(t.Context(), gumroad.RefundSale{SaleRef: gumroad.SaleRef{SaleID: "x"}})
			want := &gumroad.Error{
				Code: gumroad.MissingScope, Origin: gumroad.Gumroad, Status: 403, Message: c.want, Scope: c.scope}
			if diff := diffError(want, err); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOperationsNameTheirRecord: the type that an operation returns tells which kind of record it is about.
func TestOperationsNameTheirRecord(t *testing.T) {
	got := map[string]string{}
	for method := range reflect.TypeFor[*gumroad.Client]().Methods() {
		signature := method.Type // with the receiver first
		if signature.NumIn() < 2 || signature.In(1) != reflect.TypeFor[context.Context]() || signature.NumOut() != 2 {
			continue // not an operation
		}
		out := signature.Out(0)
		if out.Kind() != reflect.Struct {
			continue // an id
		}
		if rows, ok := out.FieldByName("Rows"); ok {
			out = rows.Type.Elem()
		}
		if record, ok := reflect.Zero(out).Interface().(gumroad.Record); ok {
			got[method.Name], _ = record.Envelope()
		} else {
			got[method.Name] = "none"
		}
	}
	want := map[string]string{
		"GetUser": "user", "UpdateUser": "user", "GetTheme": "theme", "GetProfileLayout": "profile_layout",
		"GetProfilePage": "profile_html", "PreviewProfilePage": "profile_html", "EditProfilePage": "profile_html",
		"ReplaceProfilePage": "profile_html", "ClearProfilePage": "profile_html",
		"ListStorePages": "page", "GetStorePage": "page", "CreateStorePage": "page", "UpdateStorePage": "page",
		"DeleteStorePage": "page",
		"ListEmails":      "email", "GetEmail": "email", "CreateEmail": "email", "PreviewEmail": "none", "SendEmail": "email",
		"ScheduleEmail": "email", "UnscheduleEmail": "email", "DeleteEmail": "email",
		"ListUpsells": "upsell", "GetUpsell": "upsell", "CreateUpsell": "upsell", "ReplaceUpsell": "upsell", "DeleteUpsell": "upsell",
		"ListPayouts": "payout", "GetPayout": "payout", "ListUpcomingPayouts": "payout",
		"GetRefundPolicy": "refund_policy", "UpdateRefundPolicy": "refund_policy",
		"ListTaxForms": "tax_form", "GetEarnings": "none", "SearchHelpArticles": "help_article", "GetHelpArticle": "help_article",
		"ListWorkflows": "workflow", "GetWorkflow": "workflow", "AddWorkflowEmail": "none", "UpdateWorkflowEmail": "none",
		"PresignFile": "none", "CompleteFile": "none", "AbortFile": "none", "CreateDirectUpload": "none",
		"AddCover": "none", "DeleteCover": "none", "OrderCovers": "product",
		"SetThumbnail": "thumbnail", "DeleteThumbnail": "thumbnail",
		"ListMedia": "media", "AddMedia": "media", "DeleteMedia": "media",
		"GetContent": "product", "SetContent": "product", "GetVariantContent": "variant", "SetVariantContent": "variant",
		"ListProducts": "product", "GetProduct": "product", "UpdateProduct": "product", "EnableProduct": "product",
		"DisableProduct": "product", "DeleteProduct": "product", "ListSKUs": "sku",
		"CreateProduct": "product", "ListReviews": "product_review", "ListCategories": "taxonomy", "ComparePrices": "comps",
		"ReplaceBundle": "product", "GetLandingPage": "landing_page", "PreviewLandingPage": "landing_page",
		"ReplaceLandingPage": "landing_page", "ClearLandingPage": "landing_page", "EditLandingPage": "landing_page",
		"ListOfferCodes": "offer_code", "GetOfferCode": "offer_code", "CreateOfferCode": "offer_code",
		"UpdateOfferCode": "offer_code", "DeleteOfferCode": "offer_code",
		"ListCustomFields": "custom_field", "CreateCustomField": "custom_field", "UpdateCustomField": "custom_field",
		"DeleteCustomField":     "custom_field",
		"ListVariantCategories": "variant_category", "GetVariantCategory": "variant_category",
		"CreateVariantCategory": "variant_category", "UpdateVariantCategory": "variant_category",
		"DeleteVariantCategory": "variant_category",
		"ListVariants":          "variant", "GetVariant": "variant", "CreateVariant": "variant",
		"UpdateVariant": "variant",
		"DeleteVariant": "variant",
		"ListSales":     "sale", "ListSalesOfLicense": "sale", "GetSale": "sale", "MarkSaleShipped": "sale",
		"RefundSale": "sale", "ReadGrant": "none",
		"RevokeSaleAccess": "sale", "RestoreSaleAccess": "sale", "EmailSalesExport": "none",
		"ListUTMLinks": "utm_link", "GetUTMLink": "utm_link", "CreateUTMLink": "utm_link", "UpdateUTMLink": "utm_link",
		"DisableUTMLink": "utm_link", "EnableUTMLink": "utm_link", "DeleteUTMLink": "utm_link",
		"GetSalesSummary": "none",
		"ListSubscribers": "subscriber", "GetSubscriber": "subscriber",
		"VerifyLicense": "license", "EnableLicense": "license", "DisableLicense": "license",
		"DecrementLicenseUses": "license", "RotateLicense": "license",
		"ListWebhooks": "resource_subscription", "CreateWebhook": "resource_subscription",
		"DeleteWebhook":   "resource_subscription",
		"ListConnections": "connection", "GetConnection": "connection", "CreateConnection": "connection",
		"DeleteConnection": "connection", "WaitForConnection": "connection", "PendingConnection": "connection",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNarrowScopes(t *testing.T) {
	for body, want := range map[string]*gumroad.Error{
		`{"success":false,"message":"This endpoint requires the view_profile scope."}`: {Code: gumroad.MissingScope,
			Origin: gumroad.Gumroad, Status: 403, Said: "This endpoint requires the view_profile scope.",
			Message: `The store's grant lacks the scope "view_profile", which this needs.`, Scope: "view_profile"},
		`{"success":false,"message":"Your account is not active."}`: {Code: gumroad.Rejected,
			Origin: gumroad.Gumroad, Status: 403, Said: "Your account is not active.", Message: "Gumroad refused."},
	} {
		t.Run(body, func(t *testing.T) {
			_, err := answering(t, true, reply{status: 403, body: body}).ListMedia(t.Context(), gumroad.ListMedia{})
			if diff := diffError(want, err); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDeletionsReadTheEnvelope(t *testing.T) {
	const body = `{"success":true,"message":"The product was deleted successfully."}`
	client := answering(t, false, reply{status: 200, body: body})
	got, err := client.DeleteProduct(t.Context(), gumroad.ProductRef{ProductID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := gumroad.Deleted[gumroad.Product]{Message: "The product was deleted successfully."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOnlyAnExplicitYesIsDone gives every other answer to a deletion: none of them may read as done, and only an
// explicit no may read as not done.
func TestOnlyAnExplicitYesIsDone(t *testing.T) {
	html := map[string]string{"Content-Type": "text/html"}
	for _, c := range []struct {
		name  string
		reply reply
		want  gumroad.Code
	}{
		{"yes", reply{status: 200, body: `{"success":true,"message":"The product was deleted successfully."}`}, ""},
		{"yes with another 2xx", reply{status: 201, body: `{"success":true,"message":"x"}`}, ""},
		{"no", reply{status: 200, body: `{"success":false,"message":"no"}`}, gumroad.Rejected},
		{"no with a status", reply{status: 422, body: `{"status":422}`}, gumroad.Rejected},

		{"nothing", reply{status: 200}, gumroad.OutcomeUnknown},
		{"accepted", reply{status: 202}, gumroad.OutcomeUnknown},
		{"no content", reply{status: 204}, gumroad.OutcomeUnknown},
		{"an empty object", reply{status: 200, body: `{}`}, gumroad.OutcomeUnknown},
		{"null", reply{status: 200, body: `null`}, gumroad.OutcomeUnknown},
		{"another API's error", reply{status: 200, body: `{"error":"upstream timed out"}`}, gumroad.OutcomeUnknown},
		{"yes as text", reply{status: 200, body: `{"success":"true"}`}, gumroad.OutcomeUnknown},
		{"yes as a number", reply{status: 200, body: `{"success":1}`}, gumroad.OutcomeUnknown},
		{"yes twice", reply{status: 200, body: `{"success":true,"success":true}`}, ""},
		{"yes and no", reply{status: 200, body: `{"success":true,"success":false}`}, gumroad.OutcomeUnknown},
		{"no and yes", reply{status: 200, body: `{"success":false,"success":true}`}, gumroad.OutcomeUnknown},
		{"yes in capitals", reply{status: 200, body: `{"SUCCESS":true}`}, gumroad.OutcomeUnknown},
		{"yes in other letters", reply{status: 200, body: `{"ſucceſſ":true}`}, gumroad.OutcomeUnknown},
		{"yes and more", reply{status: 200, body: `{"success":true} {"success":false}`}, gumroad.OutcomeUnknown},
		{"a part of a yes", reply{status: 206, body: `{"success":true}`}, gumroad.OutcomeUnknown},
		{"yes in a page", reply{status: 200, header: html, body: `{"success":true}`}, gumroad.OutcomeUnknown},
		{"yes in an error", reply{status: 400, body: `{"success":true}`}, gumroad.OutcomeUnknown},
		{"yes in a server's error", reply{status: 500, body: `{"success":true}`}, gumroad.OutcomeUnknown},
		{"no in a server's error", reply{status: 500, body: `{"success":false,"message":"no"}`}, gumroad.OutcomeUnknown},
		{"no of a gateway", reply{status: 502, body: `{"success":false}`}, gumroad.OutcomeUnknown},
		{"a redirect", reply{status: 302}, gumroad.OutcomeUnknown},
		{"408", reply{status: 408, body: `{"success":false}`}, gumroad.OutcomeUnknown},
		{"425", reply{status: 425}, gumroad.OutcomeUnknown},
		{"499", reply{status: 499}, gumroad.OutcomeUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := answering(t, false, c.reply).DeleteProduct(t.Context(), gumroad.ProductRef{ProductID: "x"})
			got, _ := errors.AsType[*gumroad.Error](err)
			if got == nil {
				got = &gumroad.Error{}
			}
			if got.Code != c.want {
				t.Errorf("it is %q, want %q", got.Code, c.want)
			}
		})
	}
}
