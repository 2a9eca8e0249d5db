package mcpfix

// mcp-go: rejectDNSRebinding (server/http_localhost.go) checks Host, on loopback connections only; nothing checks
// Origin. CORS options add headers and refuse nobody.
//
// Why it hurts: MCP demands 403 for a foreign Origin. Behind a proxy on the same machine the check of Host refuses
// every request instead.
//
// Upstream: https://github.com/mark3labs/mcp-go/issues/475 (closed without it);
// https://github.com/mark3labs/mcp-go/pull/921 brought the check of Host.
//
// Mended by: addresses in internal/server/guard.go, with WithDisableLocalhostProtection.
//
// Delete when: lists of allowed hosts and origins can be set, and a foreign Origin gets 403.
