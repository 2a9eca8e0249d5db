// Package sandbox is a whole Gumroad, and the Maton gateway in front of it, in
// memory. It is an [http.Handler] and an [http.RoundTripper] over one seeded
// store, and answers as the services do: status codes, envelopes, message
// texts, page keys, scopes and quirks. It knows nothing of the client that
// talks to it.
//
// # Mounts
//
//	/gumroad/v2/…   Maton's gateway (Authorization: Bearer sandbox, Maton-Connection)
//	/connections    Maton's control plane (the same key)
//	/connect        the OAuth page a pending connection's url leads to
//	/v2/…, /api/v2/… Gumroad itself (token sandbox, or sandbox:view_sales+edit_products)
//	/_storage/…     where uploads are sent to; the API names the addresses
//	/_sandbox/…     journal, faults, sales and events on request, for other programs' tests
//
// All state is in memory and gone with the process.
package sandbox
