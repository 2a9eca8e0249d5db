package tools

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var taxes = tool.Set{
	Name: "taxes", Doc: "Tax forms and yearly earnings of US sellers.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_tax_forms", Title: "List tax forms", Effect: tool.Reads,
			Doc:     "List US tax forms.",
			Refuses: map[string]string{"year": "it lists every year's"},
			Run:     tool.Run(listTaxForms)},
		{Name: "get_earnings", Title: "Show a year's earnings", Effect: tool.Reads,
			Doc: "Yearly sums of a US seller.",
			Run: tool.Run((*gumroad.Client).GetEarnings)},
	},
}

// taxForms are few, so that they need no pages.
type taxForms struct {
	Count gumroad.Int       `json:"count"`
	Forms []gumroad.TaxForm `json:"tax_forms,omitempty"`
}

func listTaxForms(c *gumroad.Client, ctx context.Context, in struct{}) (taxForms, error) {
	page, err := c.ListTaxForms(ctx, in)
	return taxForms{gumroad.Int(len(page.Rows)), page.Rows}, err
}
