package tools

import (
	"context"
	"io"

	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools/reports"
)

var reportTools = tool.Set{
	Name: "reports", Doc: "Answers in one call: revenue, customers, subscribers, discounts, exports.",
	Tools: []tool.Tool{
		{Name: "sales_report", Title: "Report sales", Effect: tool.Reads,
			Doc: "Revenue, refunds, units of a period (default: last 30 days), grouped, compared.",
			Refuses: map[string]string{
				"after":  "the days are from and to, both included",
				"before": "the days are from and to, both included",
				"limit":  "top is how many lines are shown",
			},
			Run:     tool.Run(reports.Sales),
			View:    "sales",
			Picture: tool.Draw(reports.DrawSales)},
		{Name: "find_customer", Title: "Find a customer", Effect: tool.Reads,
			Doc: "Everything one buyer has: sales, refunds, licences, memberships.",
			Run: tool.Run(reports.FindCustomer)},
		{Name: "subscriber_report", Title: "Report subscribers", Effect: tool.Reads,
			Doc:     "Memberships in a period (default: last 30 days): active, new, left, churn, MRR.",
			Run:     tool.Run(reports.Subscribers),
			View:    "members",
			Picture: tool.Draw(reports.DrawSubscribers)},
		{Name: "list_discounts", Title: "List all discounts", Effect: tool.Reads,
			Doc:  "Every discount code (coupon): used, limit, left. Ids: list_offer_codes.",
			Run:  tool.Run(reports.ListDiscounts),
			View: "discounts"},
		{Name: "export_sales", Title: "Export sales to a file", Effect: tool.Reads,
			Doc:   "Write all or a period's sales to a file: link, totals.",
			Links: "resource",
			Refuses: map[string]string{
				"after":  "the days are from and to, both included",
				"before": "the days are from and to, both included",
			},
			Run: tool.RunWith(exportSales)},
	},
}

// exportedSales is the result of export_sales: where the file is, and its totals.
type exportedSales struct {
	reports.ExportTotals
	tool.File
}

func exportSales(env tool.Env, ctx context.Context, in reports.ExportQuery) (out exportedSales, err error) {
	extension, mime := in.Format()
	out.File, err = env.WriteFile(ctx, "sales", extension, mime, func(file io.Writer) (err error) {
		out.ExportTotals, err = reports.WriteSales(env.Client, ctx, in, file, env.Clean)
		return err
	})
	return out, err
}
