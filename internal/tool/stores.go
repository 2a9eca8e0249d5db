package tool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/kept"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// stores finds the store that a call acts on. It remembers connections and names for a short time, since most calls ask
// for the same ones.
type stores struct {
	active *kept.Map[[]gumroad.Connection] // by credential
	names  *kept.Map[storeName]            // by credential and connection
	tell   func(topic string)              // tells the other instances
	grants *kept.Map[gumroad.Grant]        // by credential, connection and when it last changed
}

// storeName is what a store is called: shown where it stands for itself, and quoted within a sentence.
type storeName struct{ shown, quoted string }

func newStores(now func() time.Time, others state.Signals) *stores {
	const most = 4096
	s := &stores{
		tell:   others.Tell,
		active: kept.New[[]gumroad.Connection](most, 30*time.Second, now),
		names:  kept.New[storeName](most, 10*time.Minute, now),
		grants: kept.New[gumroad.Grant](most, 10*time.Minute, now),
	}
	others.Hear(func(topic string) { // until the state is closed
		if fingerprint, ok := strings.CutPrefix(topic, storesChanged); ok {
			s.active.Delete(fingerprint)
		}
	})
	return s
}

// storesChanged begins the topic that tells of a credential, by its fingerprint, whose connections have changed.
const storesChanged = "stores "

// choose sets the store that a call acts on: the one in its arguments, else the configured one, else the only one that
// is connected. With several connected, a read takes the oldest and a change fails, since nobody said which store it is
// for. choose then also sets the store's name, so that every result says which one it is about.
func (s *stores) choose(ctx context.Context, call *toolCall) (err error) {
	account := call.caller.Client
	switch {
	case account.Direct():
		call.store = account
		return nil
	case call.connectionID != "":
		if call.store, err = account.WithConnection(call.connectionID); err != nil {
			return err
		}
		// If the connections cannot be listed, the call itself will say so, or does not need them.
		if active, err := s.connections(ctx, account); err == nil && len(active) > 1 {
			call.storeName = s.describe(ctx, account, call.connectionID).shown
		}
		return nil
	case account.Connection() != "":
		call.store = account
		return nil
	}
	active, err := s.connections(ctx, account)
	if err != nil {
		return err
	}
	if len(active) > 1 && call.Effect != Reads {
		return gumroad.Invalid(
			fmt.Sprintf("%d stores are connected, and a change must say which one it is for.", len(active)),
			s.choices(ctx, account, active))
	}
	if len(active) > 1 {
		call.storeName = s.describe(ctx, account, active[0].ID).shown
	}
	call.store, err = account.WithConnection(active[0].ID)
	return err
}

// choices says which connection_id can be passed.
func (s *stores) choices(ctx context.Context, account *gumroad.Client, active []gumroad.Connection) string {
	var ids []string
	for _, connection := range active {
		ids = append(ids, fmt.Sprintf("%s (%s)", connection.ID, s.describe(ctx, account, connection.ID).quoted))
	}
	return "Pass connection_id, one of: " + strings.Join(ids, ", ") + "."
}

// explain adds the connections that there are to the error of a call that named one without use.
func (s *stores) explain(ctx context.Context, call *toolCall, err error) error {
	e, ok := errors.AsType[*gumroad.Error](err)
	if !ok || e.Code != gumroad.NoConnection || call.connectionID == "" {
		return err
	}
	active, unlisted := s.connections(ctx, call.caller.Client)
	active = slices.DeleteFunc(slices.Clone(active), func(c gumroad.Connection) bool { return c.ID == call.connectionID })
	if unlisted != nil || len(active) == 0 {
		return err
	}
	explained := *e
	explained.Message = fmt.Sprintf("The connection %s is none that can be used.", text.Quote(call.connectionID))
	explained.Hint = s.choices(ctx, call.caller.Client, active)
	return &explained
}

// connections returns the account's ACTIVE connections, oldest first. It fails if there is none.
func (s *stores) connections(ctx context.Context, account *gumroad.Client) ([]gumroad.Connection, error) {
	key := account.Credential().Fingerprint()
	if active, ok := s.active.Get(key); ok {
		return active, nil
	}
	page, err := account.ListConnections(ctx, gumroad.ListConnections{Status: gumroad.ConnectionActive})
	if err != nil {
		return nil, err
	}
	if len(page.Rows) == 0 { // this is not remembered, since the next call may follow right after a store was connected
		return nil, errUnconnected("")
	}
	s.active.Put(key, page.Rows)
	return page.Rows, nil
}

// describe returns a store's name, or "connection ID" if the name cannot be read.
func (s *stores) describe(ctx context.Context, account *gumroad.Client, connection string) storeName {
	unnamed := storeName{"connection " + connection, "connection " + connection}
	key := account.Credential().Fingerprint() + connection
	if name, ok := s.names.Get(key); ok {
		return name
	}
	store, err := account.WithConnection(connection)
	if err != nil {
		return unnamed
	}
	user, err := store.GetUser(ctx, struct{}{})
	if err != nil {
		return unnamed
	}
	name := unnamed
	if called := cmp.Or(user.Name, user.DisplayName, user.URL); called != "" {
		name = storeName{text.Plain(called), text.Quote(called)}
	}
	s.names.Put(key, name)
	return name
}

// Grant returns what the grant of an ACTIVE connection allows, as far as it can be seen. An answer that may be another
// one next time is not remembered.
func (e Env) Grant(ctx context.Context, connection gumroad.Connection) gumroad.Grant {
	key := strings.Join([]string{e.Credential().Fingerprint(), connection.ID, connection.LastUpdatedTime}, " ")
	if grant, ok := e.stores.grants.Get(key); ok {
		return grant
	}
	store, err := e.WithConnection(connection.ID)
	if err != nil {
		return gumroad.Grant{}
	}
	grant, settled := store.ReadGrant(ctx)
	if settled {
		e.stores.grants.Put(key, grant)
	}
	return grant
}

// forget drops what is remembered for a client's credential if err shows that it no longer holds.
func (s *stores) forget(c *gumroad.Client, err error) {
	if errors.Is(err, gumroad.NoConnection) || errors.Is(err, gumroad.BadCredential) {
		s.drop(c)
	}
}

func (s *stores) drop(c *gumroad.Client) { s.active.Delete(c.Credential().Fingerprint()) }

// changed drops what is remembered for a client's credential, here and on the other instances.
func (s *stores) changed(c *gumroad.Client) {
	s.drop(c)
	s.tell(storesChanged + c.Credential().Fingerprint())
}
