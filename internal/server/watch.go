package server

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// What one client watches is kept in memory as long as it watches.
const (
	maxWatched    = 100  // resources of one request
	maxWatchedURI = 2048 // bytes
)

// watchingWith returns the function with which sessions watch resources.
func watchingWith(watcher events.Watcher) mcpfix.WatchFunc {
	return func(ctx context.Context, uris []string) ([]string, <-chan string, error) {
		watch, err := watcher.Watch(ctx, watchable(uris))
		if err != nil {
			return nil, nil, resourceError(ctx, uris[0], err)
		}
		return watch.URIs, watch.Changed, nil
	}
}

// watchable returns the first of the URIs, each once and none that is too long. The acknowledgement tells the client
// which are left.
func watchable(uris []string) []string {
	var few []string
	seen := map[string]bool{}
	for _, uri := range uris {
		if len(few) < maxWatched && len(uri) <= maxWatchedURI && !seen[uri] {
			seen[uri] = true
			few = append(few, uri)
		}
	}
	return few
}
