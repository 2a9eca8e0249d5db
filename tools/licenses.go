package tools

import (
	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools/reports"
)

var licenses = tool.Set{
	Name: "licenses", Doc: "Licence keys.",
	Tools: []tool.Tool{
		{Name: "verify_license", Title: "Verify a licence and count a use", Effect: tool.Changes,
			Doc: "Verify a licence key and count a use, as an app does. To only look: check_license.",
			Run: tool.Run((*gumroad.Client).VerifyLicense)},
		{Name: "check_license", Title: "Check a licence", Effect: tool.Reads,
			Doc: "Is this licence key valid? Verdict, uses, refund, dispute, subscription. Never counts a use.",
			Run: tool.Concise(reports.CheckLicense)},
		{Name: "enable_license", Title: "Enable a licence", Effect: tool.Changes,
			Doc: "Make a disabled licence key valid again.",
			Run: tool.Concise((*gumroad.Client).EnableLicense)},
		{Name: "disable_license", Title: "Disable a licence", Effect: tool.Changes,
			Doc: "Disable a licence key until it is enabled again.",
			Run: tool.Concise((*gumroad.Client).DisableLicense)},
		{Name: "decrement_license_uses", Title: "Free a licence seat", Effect: tool.Changes,
			Doc: "Take one use of a licence back, to free a seat. Stops at 0.",
			Run: tool.Concise((*gumroad.Client).DecrementLicenseUses)},
	},
}
