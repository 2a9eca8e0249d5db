package tool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/kept"
)

// stores finds the store a call acts on, and remembers what it found for a short time, by credential.
type stores struct {
	active *kept.Map[[]gumroad.Connection] // by credential
	names  *kept.Map[string]               // by credential and connection
}

func newStores(now func() time.Time) *stores {
	const most = 4096
	return &stores{
		active: kept.New[[]gumroad.Connection](most, 30*time.Second, now),
		names:  kept.New[string](most, 10*time.Minute, now),
	}
}

// choose sets the store that a call acts on: the call's, the configured one, or the only one there is. Of several, a read
// takes the oldest; a write refuses, since nobody said which store it is for. It sets the name of a store that nobody
// chose.
func (s *stores) choose(ctx context.Context, call *call) (err error) {
	account := call.caller.Client
	switch {
	case account.Direct():
		call.store = account
		return nil
	case call.connectionID != "":
		call.store, err = account.WithConnection(call.connectionID)
		return err
	case account.Connection() != "":
		call.store = account
		return nil
	}
	active, err := s.connections(ctx, account)
	if err != nil {
		return err
	}
	if len(active) > 1 && call.Effect != Reads {
		var choices []string
		for _, connection := range active {
			choices = append(choices, fmt.Sprintf("%s (%s)", connection.ID, s.describe(ctx, account, connection.ID)))
		}
		return gumroad.Invalid(fmt.Sprintf("%d stores are connected and none was chosen.", len(active)),
			"Pass connection_id, one of: "+strings.Join(choices, ", ")+".")
	}
	call.storeName = s.describe(ctx, account, active[0].ID)
	call.store, err = account.WithConnection(active[0].ID)
	return err
}

// connections are the ACTIVE ones, oldest first.
func (s *stores) connections(ctx context.Context, account *gumroad.Client) ([]gumroad.Connection, error) {
	key := account.Credential().Fingerprint()
	if active, ok := s.active.Get(key); ok {
		return active, nil
	}
	page, err := account.ListConnections(ctx, gumroad.ListConnections{Status: gumroad.ConnectionActive})
	if err != nil {
		return nil, err
	}
	if len(page.Rows) == 0 { // not remembered: the next call may come right after the store was connected
		return nil, errUnconnected("")
	}
	s.active.Put(key, page.Rows)
	return page.Rows, nil
}

// describe is a store's name for people, or its connection where the name is not known.
func (s *stores) describe(ctx context.Context, account *gumroad.Client, connection string) string {
	key := account.Credential().Fingerprint() + connection
	if name, ok := s.names.Get(key); ok {
		return name
	}
	of, err := account.WithConnection(connection)
	if err != nil {
		return "connection " + connection
	}
	user, err := of.GetUser(ctx, struct{}{})
	if err != nil {
		return "connection " + connection
	}
	name := cmp.Or(nameStore(user), "connection "+connection)
	s.names.Put(key, name)
	return name
}

// forget drops what is remembered of a credential when an answer shows that it no longer holds.
func (s *stores) forget(c *gumroad.Client, err error) {
	if errors.Is(err, gumroad.NoConnection) || errors.Is(err, gumroad.BadCredential) {
		s.drop(c)
	}
}

func (s *stores) drop(c *gumroad.Client) { s.active.Delete(c.Credential().Fingerprint()) }
