package state

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// NATS is a state in NATS JetStream, for any number of instances. Its streams and buckets are looked up, or made, when
// they are first needed.
type NATS struct {
	options  NATSOptions
	instance string // tells this one's signals from others'
	conn     *nats.Conn
	js       jetstream.JetStream
	failed   atomic.Pointer[error] // why the last attempt failed that met no NATS server
	ended    context.Context       // with Close
	end      context.CancelFunc

	claims  found[jetstream.KeyValue]
	pace    found[jetstream.KeyValue]
	pings   found[jetstream.Stream]
	events  found[jetstream.Stream]
	exports found[jetstream.Stream]
	verify  found[jetstream.Consumer]

	watchers watchers
	watch    sync.Once
	turns    turns
}

// NATSOptions say how NATS is reached.
type NATSOptions struct {
	Name        string         // what people are told of it
	URLs        []string       // of some of its servers; they tell the others
	Credentials string         // path of a file with a JWT and a seed, read at each connection; "" for none
	CA          *x509.CertPool // has to have signed the servers' certificates; nil asks for TLS only where a URL does
	Prefix      string         // of the names of streams, buckets and subjects; "" for gm
	Create      NATSCreate     // "" for NATSCreateAuto
	Replicas    int            // how many servers keep what is shared; 0 for 3 in a cluster, or else 1
	Now         func() time.Time
	Logger      *slog.Logger
}

// NATSCreate says what happens where a stream or a bucket is missing.
type NATSCreate string

// The ways.
const (
	NATSCreateAuto  NATSCreate = "auto"  // it is made
	NATSCreateNever NATSCreate = "never" // that is an error; the operator makes it
)

const defaultPrefix = "gm"

const (
	// patience is how long NATS may take to answer. A new leader takes longer, so everything fails meanwhile.
	patience = 3 * time.Second
	// connectTimeout is for each of the servers in turn.
	connectTimeout = 2 * time.Second
	reconnectWait  = 500 * time.Millisecond
)

// OpenNATS connects to NATS, now or as soon as it can be reached. Its error is about the options.
func OpenNATS(o NATSOptions) (*NATS, error) {
	o.Prefix = cmp.Or(o.Prefix, defaultPrefix)
	n := &NATS{options: o, instance: rand.Text()}
	for _, looking := range []*chan struct{}{&n.claims.looking, &n.pace.looking, &n.pings.looking, &n.events.looking,
		&n.exports.looking, &n.verify.looking} {
		*looking = make(chan struct{}, 1)
	}
	n.ended, n.end = context.WithCancel(context.Background())
	n.failed.Store(new(error))
	log := o.Logger.With("state", o.Name)
	options := []nats.Option{
		nats.Name("gumroad-mcp"),
		nats.CustomInboxPrefix("_INBOX." + o.Prefix),
		nats.Timeout(connectTimeout),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait),
		nats.IgnoreAuthErrorAbort(), // the operator may renew the credentials
		// What is sent while there is no connection would be carried out later, when its call has long failed.
		nats.ReconnectBufSize(-1),
		nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2), // finds a silent server within 6 seconds
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { n.failed.Store(&err) }),
		nats.DisconnectErrHandler(func(c *nats.Conn, err error) {
			if !c.IsClosed() {
				log.Warn("the connection is lost; calls that need a consent or write an export fail until it is back", "error", err)
			}
		}),
		nats.ConnectHandler(func(*nats.Conn) { log.Info("connected") }),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("connected again") }),
		// NATS says only here why it refused something; the request itself gets no answer.
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("refused", "error", err) }),
	}
	if o.Credentials != "" {
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	if o.CA != nil {
		options = append(options, nats.Secure(&tls.Config{RootCAs: o.CA, MinVersion: tls.VersionTLS12}))
	}
	var err error
	if n.conn, err = nats.Connect(strings.Join(o.URLs, ","), options...); err != nil {
		return nil, err
	}
	n.js, err = jetstream.New(n.conn)
	return n, err
}

// Ready returns nil once claims can be made, or says within a few seconds why they cannot.
func (n *NATS) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := n.claimed(ctx)
	return err
}

// Claim implements Claims. It is decided by the creation of a key, which NATS carries out once; to read a key would not
// do, because any of the servers may answer, and some know less than others.
func (n *NATS) Claim(ctx context.Context, id string, until time.Time) (first bool, err error) {
	lifetime := until.Sub(n.options.Now())
	if lifetime <= 0 {
		return false, errPast
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	bucket, err := n.claimed(ctx)
	if err != nil {
		return false, err
	}
	_, err = bucket.Create(ctx, id, nil, jetstream.KeyTTL(wholeSeconds(lifetime)))
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, jetstream.ErrKeyExists):
		return false, nil
	default:
		n.claims.forget()
		return false, err
	}
}

// wholeSeconds rounds up, since NATS rounds down.
func wholeSeconds(d time.Duration) time.Duration { return (d + time.Second - 1).Truncate(time.Second) }

// connected waits until there is a connection.
func (n *NATS) connected(ctx context.Context) error {
	if n.conn.IsConnected() {
		return ctx.Err()
	}
	changes := n.conn.StatusChanged(nats.CONNECTED, nats.CLOSED)
	defer n.conn.RemoveStatusListener(changes)
	for !n.conn.IsConnected() { // it may have been made before the changes were listened to
		if n.conn.IsClosed() {
			return nats.ErrConnectionClosed
		}
		select {
		case <-changes:
		case <-ctx.Done():
			return fmt.Errorf("there is no connection: %w", cmp.Or(n.conn.LastError(), *n.failed.Load(), ctx.Err()))
		}
	}
	return nil
}

// String implements State.
func (n *NATS) String() string { return n.options.Name }

// Close implements State.
func (n *NATS) Close() error {
	n.end()
	n.conn.Close()
	n.watchers.close()
	return nil
}

// Sizes implements State.
func (n *NATS) Sizes(ctx context.Context) (sizes Sizes, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	claims, err := n.claimed(ctx)
	if err != nil {
		return sizes, err
	}
	status, err := claims.Status(ctx)
	if err != nil {
		return sizes, err
	}
	sizes.Claims = int(status.Values())
	for _, of := range []struct {
		open func(context.Context) (jetstream.Stream, error)
		into *int
	}{{n.pinged, &sizes.Messages}, {n.happened, &sizes.Entries}} {
		stream, err := of.open(ctx)
		if err != nil {
			return sizes, err
		}
		info, err := stream.Info(ctx)
		if err != nil {
			return sizes, err
		}
		*of.into = int(info.State.Msgs)
	}
	return sizes, nil
}
