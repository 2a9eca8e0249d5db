package events

import "context"

// Watcher tells when resources change.
type Watcher interface {
	// Watch begins to watch those of the resources that the caller of ctx may read and that can change by themselves.
	// The channel gets the URI of each that may have changed; many changes can be one. It is closed when the watch ends:
	// with ctx, or when the server shuts down. If none can be watched, the watch has no resources and a closed channel.
	Watch(ctx context.Context, uris []string) (Watch, error)
}

// Watch is what is being watched.
type Watch struct {
	URIs    []string
	Changed <-chan string
}
