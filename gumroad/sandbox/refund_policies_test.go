package sandbox_test

import (
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestRefundPolicy(t *testing.T) {
	const put = "PUT /refund_policy"
	policy := func(members string) string { return `{"success":true,"refund_policy":{` + members + `}}` }
	allowed := refused("Refund period must be one of: none, 7, 14, 30, 183.")
	checkRows(t, sandbox.Options{}, []row{
		{name: "29 show", do: "GET /refund_policy", is: policy(`"refund_period":"30","title":"30-day money back guarantee","fine_print":"Write to us first: most things can be put right in a day.","in_effect":true`)},
		{name: "29 without fine print", do: "GET /gumroad/v2/refund_policy", header: secondConnection, has: policy(`"fine_print":null`)},
		{name: "29 change both", do: put, body: "refund_period=14&fine_print=Ask.", is: policy(`"refund_period":"14","title":"14-day money back guarantee","fine_print":"Ask.","in_effect":true`)},
		{name: "29 it stays changed", given: []string{put + " refund_period=7&fine_print=Ask."}, do: "GET /refund_policy", has: policy(`"refund_period":"7","title":"7-day money back guarantee","fine_print":"Ask."`)},
		{name: "29 PATCH", do: "PATCH /refund_policy", body: "refund_period=183", has: policy(`"refund_period":"183","title":"6-month money back guarantee"`)},
		{name: "29 a number in JSON", do: put, body: `{"refund_period":7}`, has: policy(`"refund_period":"7"`)},
		{name: "29 none", do: put, body: "refund_period=none", has: policy(`"refund_period":"none","title":"No refunds allowed"`)},
		{name: "29 absent fine print is kept", do: put, body: "refund_period=7", has: policy(`"fine_print":"Write to us first: most things can be put right in a day."`)},
		{name: "29 empty fine print clears it", do: put, body: "refund_period=7&fine_print=", has: policy(`"fine_print":null`)},
		{name: "29 null clears it", do: put, body: `{"refund_period":"7","fine_print":null}`, has: policy(`"fine_print":null`)},
		{name: "29 tags are taken out", do: put, body: "refund_period=14&fine_print=%3Cp%3ERefunds+%3Cstrong%3Eapproved%3C/strong%3E%3C/p%3E", has: policy(`"fine_print":"Refunds approved"`)},
		{name: "29 no period", do: put, is: refused("Refund period is required.")},
		{name: "29 a blank period", do: put, body: "refund_period=+&fine_print=x", is: refused("Refund period is required.")},
		{name: "29 365", do: put, body: "refund_period=365", is: allowed},
		{name: "29 0", do: put, body: "refund_period=0", is: allowed},
		{name: "29 rubbish", do: put, body: "refund_period=inherit", is: allowed},
		{name: "29 no text", do: put, body: `{"refund_period":["7"]}`, is: allowed},
		{name: "29 the period is looked at first", do: put, body: "refund_period=8&fine_print=" + strings.Repeat("a", 3001), is: allowed},
		{name: "29 long fine print", do: put, body: "refund_period=14&fine_print=" + strings.Repeat("a", 3001), is: refused("Fine print is too long (maximum is 3000 characters)")},
		{name: "29 as long as it may be", do: put, body: "refund_period=14&fine_print=%3Cb%3E" + strings.Repeat("ä", 3000), has: `{"success":true}`},
		{name: "29 fine print that denies", do: put, body: "refund_period=14&fine_print=All+sales+are+final.", is: refused("Fine print cannot state that refunds are not allowed")},
		{name: "29 which may stand where none is promised", do: put, body: "refund_period=none&fine_print=All+sales+are+final.", has: `{"success":true}`},
		{name: "1.3 public read", do: "GET /refund_policy", token: "sandbox:view_public", has: `{"success":true}`},
		{name: "1.3 account", do: put, body: "refund_period=7", token: "sandbox:account", has: `{"success":true}`},
		{name: "1.3 edit_products writes", do: put, body: "refund_period=7", token: "sandbox:edit_products", has: `{"success":true}`},
		{name: "1.3 reading does not write", do: put, body: "refund_period=7", token: "sandbox:view_public+view_sales", status: 403, is: "empty", headers: []string{"WWW-Authenticate: edit_products"}},
		{name: "1.3 edit_emails does not read", do: "GET /refund_policy", token: "sandbox:edit_emails", status: 403, is: "empty"},
		{name: "1.2 no token", do: "GET /refund_policy", token: "none", status: 401, is: "empty"},
		{name: "2 it is not deleted", do: "DELETE /refund_policy", status: 404},
	})
	checkRows(t, sandbox.Options{PoliciesPerProduct: true}, []row{
		{name: "29 not in effect", do: "GET /refund_policy", has: policy(`"refund_period":"30","in_effect":false`)},
		{name: "29 not in effect comes before all else", do: put, body: "fine_print=x", is: refused("The account-level refund policy is not in effect for this seller.")},
	})
	t.Run("29 refused, then read", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: put, body: "refund_period=365&fine_print=x", is: allowed})
		s.expect(row{do: "GET /refund_policy", has: policy(`"refund_period":"30","fine_print":"Write to us first: most things can be put right in a day."`)})
	})
}
