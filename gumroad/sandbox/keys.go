package sandbox

// The credentials the sandbox accepts. GumroadToken alone holds every scope; with a colon and scopes joined by "+"
// behind it ("sandbox:view_sales+edit_products"), exactly those.
const (
	MatonKey     = "sandbox"
	GumroadToken = "sandbox"
)
