package resources

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// eventsURI is the resource that changes with everything that happens.
const eventsURI = scheme + "events"

// Watcher watches the resources that change with what happens in a store: the events, and single sales and subscribers.
type Watcher struct{ catalog *tool.Catalog }

// NewWatcher returns a Watcher of the catalog's stores, or nil if events are off.
func NewWatcher(catalog *tool.Catalog) events.Watcher {
	if !catalog.Has("list_events") {
		return nil
	}
	return Watcher{catalog}
}

// maxWatched is how many resources one watch can have.
const maxWatched = 100

// Watch implements events.Watcher.
func (w Watcher) Watch(ctx context.Context, uris []string) (events.Watch, error) {
	byStore := map[string][]string{} // URIs, by connection
	var watch events.Watch
	for _, uri := range uris {
		connection, ok := w.store(uri)
		if !ok || slices.Contains(watch.URIs, uri) || len(watch.URIs) == maxWatched {
			continue
		}
		watch.URIs = append(watch.URIs, uri)
		byStore[connection] = append(byStore[connection], uri)
	}
	changed := make(chan string)
	watch.Changed = changed
	var running sync.WaitGroup
	for connection, of := range byStore {
		tell, err := w.catalog.Follow(ctx, connection)
		if err != nil { // reading one of them says why
			watch.URIs = slices.DeleteFunc(watch.URIs, func(uri string) bool { return slices.Contains(of, uri) })
			continue
		}
		running.Go(func() {
			tell(func(event events.Event) {
				for _, uri := range of {
					if !isAbout(uri, event) {
						continue
					}
					select {
					case changed <- uri:
					case <-ctx.Done():
					}
				}
			})
		})
	}
	go func() {
		running.Wait()
		close(changed)
	}()
	return watch, nil
}

// store returns the connection of a URI, and whether it can be watched.
func (w Watcher) store(uri string) (connection string, ok bool) {
	path, query, _ := strings.Cut(uri, "?")
	values, err := url.ParseQuery(query)
	if err != nil || len(uri) > maxURI {
		return "", false
	}
	connection = values.Get(connectionID)
	values.Del(connectionID)
	kind, id, named := strings.Cut(strings.TrimPrefix(path, scheme), "/")
	switch {
	case len(values) > 0 || !strings.HasPrefix(path, scheme):
		return "", false
	case path == eventsURI:
		return connection, true
	case kind == "sales":
		return connection, named && isName(id) && w.catalog.Has("get_sale")
	case kind == "subscribers":
		return connection, named && isName(id) && w.catalog.Has("get_subscriber")
	}
	return "", false
}

// isAbout reports whether a resource changes with an event.
func isAbout(uri string, event events.Event) bool {
	path, _, _ := strings.Cut(uri, "?")
	if path == eventsURI {
		return true
	}
	id, err := url.PathUnescape(path[strings.LastIndex(path, "/")+1:])
	return err == nil && id != "" && (gumroad.SameID(id, event.SaleID) || gumroad.SameID(id, event.Subscriber))
}
