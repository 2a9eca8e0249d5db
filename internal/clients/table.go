// Package clients knows the programs that start this server: where each keeps its list of MCP servers, and what an
// entry looks like there.
package clients

import (
	"slices"

	"github.com/gumroad-mcp/gumroad-mcp/internal/splice"
)

// Client is a program that starts MCP servers.
type Client struct {
	Name  string // as it is typed
	Title string // as people know it
	// Files are where its configuration may be. The first one counts whose condition holds, behind " if ".
	Files   []string
	Windows []string // Files on Windows, if they differ
	Project string   // the file for one project, if there is such
	Sign    string   // the directory or file that shows that the client is there; "" for the directory of its file
	Format  splice.Format
	At      []string // where the entries stand in the file
	Entry   func(Launch) any
	Key     keyPlace // where the Maton key is kept
	Command string   // a program of its own that writes its file, to be used in our place; see Run
	Link    func(Launch) string
}

// table is every client. In paths ~ is the home directory, $APPS where the programs of a desktop keep what belongs to
// one person, and $XDG the directory of the same purpose for those who follow Linux everywhere.
var table = []Client{
	{Name: "claude-desktop", Title: "Claude Desktop",
		Files:  []string{"$APPS/Claude/claude_desktop_config.json"},
		Format: splice.JSON, At: []string{"mcpServers"}, Entry: plain,
		Windows: []string{ // the first is that of the program from Microsoft's store
			"$LOCALAPPDATA/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json if $LOCALAPPDATA/Packages/Claude_pzs8sxrjxfjjc",
			"$APPS/Claude/claude_desktop_config.json"}},
	{Name: "claude-code", Title: "Claude Code",
		Files: []string{"~/.claude.json"}, Project: ".mcp.json", Sign: "~/.claude.json",
		Format: splice.JSON, At: []string{"mcpServers"}, Entry: typed("stdio"), Command: "claude"},
	{Name: "cursor", Title: "Cursor",
		Files: []string{"~/.cursor/mcp.json"}, Project: ".cursor/mcp.json",
		Format: splice.JSONC, At: []string{"mcpServers"}, Entry: plain, Link: cursorLink},
	{Name: "vscode", Title: "VS Code",
		Files: []string{"$APPS/Code/User/mcp.json"}, Project: ".vscode/mcp.json",
		Format: splice.JSONC, At: []string{"servers"}, Entry: typed("stdio"), Key: asked, Link: vscodeLink},
	{Name: "windsurf", Title: "Windsurf (Devin Desktop)",
		Files:   []string{"~/.codeium/windsurf/mcp_config.json if ~/.codeium/windsurf", "$XDG/devin/mcp_config.json"},
		Windows: []string{"~/.codeium/windsurf/mcp_config.json if ~/.codeium/windsurf", "$APPS/devin/mcp_config.json"},
		Format:  splice.JSON, At: []string{"mcpServers"}, Entry: plain},
	{Name: "zed", Title: "Zed",
		Files:   []string{"$FLATPAK_XDG_CONFIG_HOME/zed/settings.json if $FLATPAK_XDG_CONFIG_HOME", "$XDG/zed/settings.json"},
		Windows: []string{"$APPS/Zed/settings.json"}, Project: ".zed/settings.json",
		Format: splice.JSONC, At: []string{"context_servers"}, Entry: plain},
	{Name: "codex", Title: "Codex",
		Files: []string{"$CODEX_HOME/config.toml"}, Project: ".codex/config.toml",
		Format: splice.TOML, At: []string{"mcp_servers"}, Entry: codex, Key: inherited},
	{Name: "gemini", Title: "Gemini CLI",
		Files: []string{"~/.gemini/settings.json"}, Project: ".gemini/settings.json",
		Format: splice.JSONWithComments, At: []string{"mcpServers"}, Entry: plain},
	{Name: "goose", Title: "Goose",
		Files:   []string{"$XDG/goose/config.yaml"},
		Windows: []string{"$APPS/Block/goose/config/config.yaml"},
		Format:  splice.YAML, At: []string{"extensions"}, Entry: goose, Link: gooseLink},
	{Name: "lmstudio", Title: "LM Studio",
		Files:  []string{"~/.lmstudio/mcp.json"},
		Format: splice.JSON, At: []string{"mcpServers"}, Entry: plain, Link: lmstudioLink},
	{Name: "opencode", Title: "opencode",
		Files:   []string{"$XDG/opencode/opencode.json if $XDG/opencode/opencode.json", "$XDG/opencode/opencode.jsonc"},
		Project: "opencode.json",
		Format:  splice.JSONC, At: []string{"mcp"}, Entry: opencode},
	{Name: "copilot", Title: "Copilot CLI",
		Files:  []string{"$COPILOT_HOME/mcp-config.json"},
		Format: splice.JSONC, At: []string{"mcpServers"}, Entry: copilot},
	{Name: "amp", Title: "Amp",
		Files:  []string{"$XDG/amp/settings.jsonc if $XDG/amp/settings.jsonc", "$XDG/amp/settings.json"},
		Format: splice.JSONC, At: []string{"amp.mcpServers"}, Entry: plain},
	{Name: "warp", Title: "Warp",
		Files: []string{"~/.warp/.mcp.json"}, Project: ".warp/.mcp.json",
		Format: splice.JSONC, At: []string{"mcpServers"}, Entry: plain},
	{Name: "junie", Title: "Junie (JetBrains)",
		Files: []string{"~/.junie/mcp/mcp.json"}, Sign: "~/.junie",
		Format: splice.JSON, At: []string{"mcpServers"}, Entry: plain},
	{Name: "antigravity", Title: "Antigravity",
		Files: []string{
			"~/.gemini/antigravity/mcp_config.json if ~/.gemini/antigravity/mcp_config.json", "~/.gemini/config/mcp_config.json"},
		Format: splice.JSON, At: []string{"mcpServers"}, Entry: plain},
	{Name: "cline", Title: "Cline",
		Files:  []string{"$APPS/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"},
		Sign:   "$APPS/Code/User/globalStorage/saoudrizwan.claude-dev",
		Format: splice.JSON, At: []string{"mcpServers"}, Entry: plain},
	{Name: "kiro", Title: "Kiro",
		Files: []string{"~/.kiro/settings/mcp.json"}, Sign: "~/.kiro", Project: ".kiro/settings/mcp.json",
		Format: splice.JSON, At: []string{"mcpServers"}, Entry: plain, Link: kiroLink},
}

// All returns every client.
func All() []Client { return slices.Clone(table) }

// Find returns the client of a name.
func Find(name string) (Client, bool) {
	i := slices.IndexFunc(table, func(c Client) bool { return c.Name == name })
	if i < 0 {
		return Client{}, false
	}
	return table[i], true
}
