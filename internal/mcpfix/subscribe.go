package mcpfix

// mcp-go: handleSubscribe (server/server.go) answers resources/subscribe with {} for any URI, which no session of its
// transports remembers. A stateless HTTP server answers so too, and has no stream for updates.
//
// Why it hurts: clients believe that they are subscribed to what does not exist, or to what they are never told.
//
// Upstream: no report found. Its title would be "resources/subscribe: keep what a session is subscribed to, and do not
// offer it where no notification can arrive".
//
// Delete when: every part of TestStillNeededSubscribe fails.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// watchSubscribed has stdio clients subscribe to what watch sees. Elsewhere subscribing is neither offered nor done.
func watchSubscribed(hooks *server.Hooks, watch WatchFunc) {
	hooks.AddBeforeSubscribe(func(ctx context.Context, _ any, request *mcp.SubscribeRequest) {
		if s := pipeSessionOf(ctx); s != nil {
			s.watchWith(watch)
		} else {
			refuseToSubscribe(ctx, &request.Params.URI)
		}
	})
	hooks.AddBeforeUnsubscribe(func(ctx context.Context, _ any, request *mcp.UnsubscribeRequest) {
		if pipeSessionOf(ctx) == nil {
			refuseToSubscribe(ctx, &request.Params.URI)
		}
	})
	hooks.AddAfterInitialize(func(ctx context.Context, _ any, _ *mcp.InitializeRequest, result *mcp.InitializeResult) {
		if pipeSessionOf(ctx) == nil && result.Capabilities.Resources != nil {
			result.Capabilities.Resources.Subscribe = false
		}
	})
}

// refuseToSubscribe has a request fail: a hook cannot return an error, but mcp-go refuses a request without a URI.
func refuseToSubscribe(ctx context.Context, uri *string) {
	*uri = ""
	ChooseError(ctx, mcp.NewJSONRPCErrorDetails(mcp.METHOD_NOT_FOUND, "Over HTTP, this server has no session to which it "+
		"could send updates in this protocol version. Read the resource again, or use subscriptions/listen of protocol "+
		mcp.ProtocolVersion20260728+". Nothing was changed.", nil))
}

// maxSubscribed is how many resources a stdio client can be subscribed to.
const maxSubscribed = 100

// pipeSession is the session of a stdio client.
type pipeSession struct {
	*server.InProcessSession
	watching context.Context // of all watches
	changes  *changes

	mu      sync.Mutex
	watch   WatchFunc
	watched map[string]func() // ends the watch of a URI
}

func newPipeSession(elicitation server.ElicitationHandler) *pipeSession {
	return &pipeSession{
		InProcessSession: server.NewInProcessSessionWithHandlers("stdio", nil, elicitation, nil),
		changes:          newChanges(),
		watched:          map[string]func(){},
		watch:            func(context.Context, []string) ([]string, <-chan string, error) { return nil, nil, nil },
	}
}

// pipeSessionOf returns nil on other transports.
func pipeSessionOf(ctx context.Context) *pipeSession {
	s, _ := server.ClientSessionFromContext(ctx).(*pipeSession)
	return s
}

// watchWith has later subscriptions use watch.
func (s *pipeSession) watchWith(watch WatchFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = watch
}

// SubscribeToResourceErr watches a resource until the client unsubscribes from it or is gone.
func (s *pipeSession) SubscribeToResourceErr(uri string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watched[uri] != nil {
		return nil
	}
	if len(s.watched) >= maxSubscribed {
		return fmt.Errorf("%d resources are subscribed to, which is the most; nothing was changed", maxSubscribed)
	}
	ctx, cancel := context.WithCancel(s.watching)
	watched, changed, err := s.watch(ctx, []string{uri})
	if err == nil && !slices.Contains(watched, uri) {
		err = errors.New("this resource does not change by itself or cannot be read, so nothing was subscribed")
	}
	if err != nil {
		cancel()
		return err
	}
	var gathering sync.WaitGroup
	gathering.Go(func() { s.changes.gather(ctx, changed) })
	s.watched[uri] = func() {
		cancel()
		gathering.Wait()
		s.changes.drop(uri)
	}
	return nil
}

// UnsubscribeFromResource ends the watch of a resource, if there is one.
func (s *pipeSession) UnsubscribeFromResource(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.watched[uri]; end != nil {
		end()
		delete(s.watched, uri)
	}
}

// unsubscribe ends all watches.
func (s *pipeSession) unsubscribe() {
	for _, uri := range s.SubscribedResources() {
		s.UnsubscribeFromResource(uri)
	}
}

func (s *pipeSession) SubscribeToResource(uri string) { _ = s.SubscribeToResourceErr(uri) }

func (s *pipeSession) SubscribedResources() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.watched))
}

func (s *pipeSession) IsSubscribedToResource(uri string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched[uri] != nil
}

var _ server.SessionWithResourceSubscriptionsErr = (*pipeSession)(nil)
