package tools

// Toolsets are all there are, in the order clients see them.
func Toolsets() []Toolset {
	return []Toolset{
		connections, account, products, sales, reports, licenses, subscribers, offerCodes, variants, customFields, webhooks,
	}
}
