package app

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// openState opens what this instance shares with others, and with itself after a restart. Without HTTP there are
// neither. NATS that does not answer keeps no server from starting, because reads need no consent.
func (a *App) openState(ctx context.Context, c *settings.Common, h *settings.HTTP, now func() time.Time) (
	state.State, error) {
	switch {
	case h != nil && len(h.NATSURL) > 0:
		return a.openNATS(ctx, h, now)
	case h != nil && h.DataDir != "":
		all := settings.Of(h)
		file, err := state.OpenFile(h.DataDir, all.Sprintf("the data directory (%s)", &h.DataDir), now)
		if err != nil {
			return nil, all.Wrong(&h.DataDir, "%w", err)
		}
		return file, nil
	case h != nil && c.SealKey != "":
		all := settings.Of(h, c)
		a.Logger.Warn(all.Sprintf("%s is set, but nothing remembers used consents for other instances and after a restart: "+
			"each counts once on every instance that has the key; give %s for several instances, or %s for one",
			&c.SealKey, &h.NATSURL, &h.DataDir))
	}
	return state.NewMemory(now), nil
}

func (a *App) openNATS(ctx context.Context, h *settings.HTTP, now func() time.Time) (state.State, error) {
	all := settings.Of(h)
	o := state.NATSOptions{
		Name:        all.Sprintf("NATS (%s)", &h.NATSURL),
		URLs:        h.NATSURL,
		Credentials: h.NATSCredentials,
		Prefix:      h.NATSPrefix,
		Create:      state.NATSCreate(h.NATSCreate),
		Replicas:    h.NATSReplicas,
		Now:         now,
		Logger:      a.Logger,
	}
	if h.NATSCredentials != "" {
		if _, shared, err := readRegular(h.NATSCredentials); err != nil {
			return nil, all.Wrong(&h.NATSCredentials, "%w", err)
		} else if shared {
			a.warnOfShared(all, &h.NATSCredentials)
		}
	}
	var err error
	if o.CA, err = readCertificates(h.NATSCA); err != nil {
		return nil, all.Wrong(&h.NATSCA, "%w", err)
	}
	shared, err := state.OpenNATS(o)
	if err != nil {
		return nil, all.Wrong(&h.NATSURL, "%w", err)
	}
	if err := shared.Ready(ctx); err != nil {
		a.Logger.Warn("calls that need a consent will fail until the state is available", "state", o.Name, "error", err)
	}
	return shared, nil
}

// sealKeys returns the key that seals, nil for a random one, and the keys whose seals are accepted besides. A directory
// has a key of its own, so that what was sealed outlives a restart without one from the operator.
func sealKeys(c *settings.Common, shared state.State) (key []byte, previous [][]byte) {
	for _, old := range c.PreviousSealKeys {
		previous = append(previous, []byte(old))
	}
	file, ok := shared.(*state.File)
	switch {
	case c.SealKey == "" && ok:
		return file.Secret(), previous
	case ok: // the operator may have given one only now
		previous = append(previous, file.Secret())
	}
	return []byte(c.SealKey), previous
}

// readCertificates reads the certificates of a file, or returns nil where none is given.
func readCertificates(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, _, err := readRegular(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("the file holds no certificate in PEM form")
	}
	return pool, nil
}
