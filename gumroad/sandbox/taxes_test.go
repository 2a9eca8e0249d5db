package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestTaxes(t *testing.T) {
	const missing = "Tax form not found."
	form := func(year, kind, filed string) string {
		return `{"tax_year":` + year + `,"tax_form_type":"` + kind + `","filed_at":` + filed + `}`
	}
	all := form("2023", "us_1099_k", `"2024-01-31T12:00:00Z"`) + "," + form("2024", "us_1099_k", `"2025-01-31T12:00:00Z"`) + "," +
		form("2025", "us_1099_k", `"2026-01-31T12:00:00Z"`) + "," + form("2025", "us_1099_misc", "null")
	earnings := func(text string) row { return row{status: http.StatusNotFound, is: refused(text)} }
	named := func(r row, name, do string) row {
		r.name, r.do = name, do
		return r
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "30 a year before the sales", do: "GET /earnings?year=2023", is: `{"success":true,"year":2023,"currency":"usd","gross_cents":1284300,"fees_cents":178412,"taxes_cents":21950,"affiliate_credit_cents":8600,"net_cents":1075338}`},
		{name: "30 a year with sales", do: "GET /earnings?year=2025", has: `{"success":true,"year":2025,"currency":"usd","gross_cents":"<int>","fees_cents":"<int>","taxes_cents":0,"affiliate_credit_cents":"<int>","net_cents":"<int>"}`},
		{name: "30 a year without", do: "GET /earnings?year=2022", is: `{"success":true,"year":2022,"currency":"usd","gross_cents":0,"fees_cents":0,"taxes_cents":0,"affiliate_credit_cents":0,"net_cents":0}`},
		{name: "30 a year in JSON", do: "GET /earnings", body: `{"year":2022}`, has: `{"year":2022}`},
		named(earnings("Earnings are not available for 2026."), "30 never this year", "GET /earnings?year=2026"),
		named(earnings("Earnings are not available for 2019."), "30 before the account", "GET /earnings?year=2019"),
		named(earnings("Earnings are not available for the requested year."), "30 no year", "GET /earnings"),
		named(earnings("Earnings are not available for the requested year."), "30 not a strict integer", "GET /earnings?year=2025x"),
		named(earnings("Earnings are not available for the requested year."), "30 a fraction", "GET /earnings?year=2025.0"),
		named(earnings("Earnings are not available for the requested year."), "30 not scalar", "GET /earnings?year[]=2025"),

		{name: "30 all forms, by year and type", do: "GET /tax_forms", is: `{"success":true,"tax_forms":[` + all + `]}`},
		{name: "30 forms of a year", do: "GET /tax_forms?year=2024", is: `{"success":true,"tax_forms":[` + form("2024", "us_1099_k", `"2025-01-31T12:00:00Z"`) + `]}`},
		{name: "30 no forms", do: "GET /tax_forms?year=2022", is: `{"success":true,"tax_forms":[]}`},
		{name: "30 a blank year is none", do: "GET /tax_forms?year=+", is: `{"success":true,"tax_forms":[` + all + `]}`},
		named(earnings("Tax forms are not available for 2019."), "30 forms before the account", "GET /tax_forms?year=2019"),
		named(earnings("Tax forms are not available for 2026."), "30 forms of this year", "GET /tax_forms?year=2026"),
		named(earnings("Tax forms are not available for the requested year."), "30 forms of what is no year", "GET /tax_forms?year=last"),

		{name: "30 download", do: "GET /tax_forms/2025/us_1099_k/download", headers: []string{"Content-Type: ^application/pdf", `Content-Disposition: attachment; filename="1099-K-2025.pdf"`}},
		{name: "30 download the other", do: "GET /tax_forms/2025/us_1099_misc/download", headers: []string{`Content-Disposition: attachment; filename="1099-MISC-2025.pdf"`}},
		named(earnings(missing), "30 download what is not there", "GET /tax_forms/2022/us_1099_k/download"),
		named(earnings(missing), "30 download of another kind", "GET /tax_forms/2025/us_1099_bogus/download"),
		named(earnings(missing), "30 download of this year", "GET /tax_forms/2026/us_1099_k/download"),

		{name: "30 no tax centre", do: "GET /gumroad/v2/earnings?year=2025", header: secondConnection, status: 403, is: refused("Tax center is not enabled for this account.")},
		{name: "30 that comes before the year", do: "GET /gumroad/v2/tax_forms?year=1", header: secondConnection, status: 403, is: refused("Tax center is not enabled for this account.")},
		{name: "1.3 view_tax_data", do: "GET /tax_forms", token: "sandbox:view_tax_data", has: `{"success":true}`},
		{name: "1.3 account", do: "GET /earnings?year=2024", token: "sandbox:account", has: `{"success":true}`},
		{name: "1.3 not view_sales", do: "GET /earnings?year=2024", token: "sandbox:view_sales", status: 403, is: "empty", headers: []string{"WWW-Authenticate: view_tax_data"}},
		{name: "1.3 not view_payouts", do: "GET /tax_forms/2025/us_1099_k/download", token: "sandbox:view_payouts", status: 403, is: "empty"},
		{name: "1.2 no token", do: "GET /tax_forms", token: "none", status: 401, is: "empty"},
	})
	t.Run("30 a refunded sale is no earning", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := number(t, s.get("/earnings?year=2025"), "gross_cents")
		refunded := 0
		for _, sale := range s.walk("/sales?after=2025-01-01&before=2026-01-01", "sales") {
			if number(t, sale, "price") > 0 && refunded == 0 {
				s.names["sale"] = text(t, sale, "id")
				if done, _ := at(s.send(row{do: "PUT /sales/{sale}/refund"}).json(t), "success"); done == true {
					refunded = number(t, sale, "price")
				}
			}
		}
		if after := number(t, s.get("/earnings?year=2025"), "gross_cents"); refunded == 0 || after != before-refunded {
			t.Errorf("%d before, %d after a refund of %d", before, after, refunded)
		}
	})
}
