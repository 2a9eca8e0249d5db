package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

type storeArguments struct {
	ConnectionID string `json:"connection_id,omitempty" jsonschema_description:"Store."`
}

// stores finds the store a call acts on, and remembers what it found for a short time, by credential.
type stores struct {
	now func() time.Time

	mu     sync.Mutex
	active map[string]remembered[[]gumroad.Connection] // by credential
	names  map[string]remembered[string]               // by credential and connection
}

type remembered[T any] struct {
	value T
	until time.Time
}

const (
	activeLifetime = 30 * time.Second
	nameLifetime   = 10 * time.Minute
	maxRemembered  = 4096
)

func newStores(now func() time.Time) *stores {
	return &stores{now: now, active: map[string]remembered[[]gumroad.Connection]{}, names: map[string]remembered[string]{}}
}

// choose returns a client for the store to act on: the call's, the configured one, or the only one there is. Of
// several, a read takes the oldest; a write refuses, since nobody said which store it is for. The name is of a store
// that nobody named, and empty otherwise.
func (s *stores) choose(ctx context.Context, c *gumroad.Client, called string, effect Effect) (_ *gumroad.Client, name string, _ error) {
	switch {
	case c.Direct():
		return c, "", nil
	case called != "":
		chosen, err := c.WithConnection(called)
		return chosen, "", err
	case c.Connection() != "":
		return c, "", nil
	}
	active, err := s.connections(ctx, c)
	if err != nil {
		return nil, "", err
	}
	switch {
	case len(active) > 1 && effect != Reads:
		var choices []string
		for _, connection := range active {
			choices = append(choices, fmt.Sprintf("%s (%s)", connection.ID, s.describe(ctx, c, connection.ID)))
		}
		return nil, "", &gumroad.Error{Code: gumroad.InvalidArguments,
			Message: fmt.Sprintf("%d stores are connected and none was chosen.", len(active)),
			Hint:    "Pass connection_id, one of: " + strings.Join(choices, ", ") + "."}
	}
	chosen, err := c.WithConnection(active[0].ID)
	if err != nil {
		return nil, "", err
	}
	return chosen, s.describe(ctx, c, active[0].ID), nil
}

// errUnconnected is that there is no store to act on.
func errUnconnected(hint string) error {
	return &gumroad.Error{Code: gumroad.NoConnection, Message: "No Gumroad store is connected to this Maton account.", Hint: hint}
}

// connections are the ACTIVE ones, oldest first.
func (s *stores) connections(ctx context.Context, c *gumroad.Client) ([]gumroad.Connection, error) {
	key := c.Credential().Fingerprint()
	return lookup(ctx, s, s.active, key, activeLifetime, func(ctx context.Context) ([]gumroad.Connection, error) {
		page, err := c.ListConnections(ctx, gumroad.ListConnections{Status: gumroad.ConnectionActive})
		if err == nil && len(page.Rows) == 0 { // not remembered: the next call may come right after the store was connected
			err = errUnconnected("")
		}
		return page.Rows, err
	})
}

// describe is a store's name for people: its owner's, quoted, or its address.
func (s *stores) describe(ctx context.Context, c *gumroad.Client, connection string) string {
	key := c.Credential().Fingerprint() + connection
	name, err := lookup(ctx, s, s.names, key, nameLifetime, func(ctx context.Context) (string, error) {
		of, err := c.WithConnection(connection)
		if err != nil {
			return "", err
		}
		user, err := of.GetUser(ctx, struct{}{})
		for _, name := range []string{user.Name, user.DisplayName, user.URL} {
			if name != "" {
				return plain(name), err
			}
		}
		return "connection " + connection, err
	})
	if err != nil {
		return "connection " + connection
	}
	return name
}

// forget drops what is remembered of a credential when an answer shows that it no longer holds.
func (s *stores) forget(c *gumroad.Client, err error) {
	var e *gumroad.Error
	if !errors.As(err, &e) || e.Code != gumroad.NoConnection && e.Code != gumroad.BadCredential {
		return
	}
	s.drop(c)
}

func (s *stores) drop(c *gumroad.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.active, c.Credential().Fingerprint())
}

// lookup reads through one of the maps.
func lookup[T any](ctx context.Context, s *stores, known map[string]remembered[T], key string, lifetime time.Duration,
	read func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	found, ok := known[key]
	s.mu.Unlock()
	if ok && s.now().Before(found.until) {
		return found.value, nil
	}
	value, err := read(ctx)
	if err != nil {
		return value, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(known) >= maxRemembered {
		clear(known)
	}
	known[key] = remembered[T]{value, s.now().Add(lifetime)}
	return value, nil
}
