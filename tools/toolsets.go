// Package tools is the menu: one table of tools for each toolset, and the few functions that their rows name. Package
// internal/tool runs them.
package tools

import "github.com/gumroad-mcp/gumroad-mcp/internal/tool"

// Toolsets returns the whole menu, in the order in which documents and the command line list it.
func Toolsets() []tool.Set {
	return []tool.Set{
		connections, account, products, productPictures, sales, reportTools, licenses, subscribers, offerCodes, variants,
		customFields, webhooks, payouts, policy, eventTools,
		productContent, productFiles, media, bundles, landingPages, profile, pages, emails, workflows, upsells, utmLinks,
		taxes, help,
	}
}
