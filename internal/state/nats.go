package state

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// NATS is a state in NATS JetStream, for any number of instances.
type NATS struct {
	options NATSOptions
	conn    *nats.Conn
	js      jetstream.JetStream
	failed  atomic.Pointer[error]              // why the last attempt failed that met no NATS server
	once    atomic.Pointer[jetstream.KeyValue] // the bucket of used consents, once it has been found
}

// NATSOptions say how NATS is reached.
type NATSOptions struct {
	Name        string         // what people are told of it
	URLs        []string       // of some of its servers; they tell the others
	Credentials string         // path of a file with a JWT and a seed, read at each connection; "" for none
	CA          *x509.CertPool // has to have signed the servers' certificates; nil asks for TLS only where a URL does
	Replicas    int            // how many servers keep what is shared; 0 for 3 in a cluster, or else 1
	Now         func() time.Time
	Logger      *slog.Logger
}

const (
	// patience is how long NATS may take to answer. A new leader takes longer, so consents are refused meanwhile.
	patience = 3 * time.Second
	// connectTimeout is for each of the servers in turn.
	connectTimeout = 2 * time.Second
	reconnectWait  = 500 * time.Millisecond

	bucketOfOnce = "GM_ONCE"
	bucketBytes  = 64 << 20 // then NATS takes no more until some expire: it never drops one that still counts
)

// OpenNATS connects to NATS, now or as soon as it can be reached. Its error is about the options.
func OpenNATS(o NATSOptions) (*NATS, error) {
	n := &NATS{options: o}
	n.failed.Store(new(error))
	log := o.Logger.With("state", o.Name)
	options := []nats.Option{
		nats.Name("gumroad-mcp"),
		nats.Timeout(connectTimeout),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait),
		nats.IgnoreAuthErrorAbort(), // the operator may renew the credentials
		// What is sent while there is no connection would be carried out later, when its call has long failed.
		nats.ReconnectBufSize(-1),
		nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2), // finds a silent server within 6 seconds
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { n.failed.Store(&err) }),
		nats.DisconnectErrHandler(func(c *nats.Conn, err error) {
			if !c.IsClosed() {
				log.Warn("the connection is lost; calls that need a consent fail until it is back", "error", err)
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

// Ready returns nil once consents can be spent, or says within a few seconds why they cannot.
func (n *NATS) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := n.bucket(ctx)
	return err
}

// Spend implements State. It is decided by the creation of a key, which NATS carries out once; to read a key would not
// do, because any of the servers may answer, and some know less than others.
func (n *NATS) Spend(ctx context.Context, id string, until time.Time) (first bool, err error) {
	lifetime := until.Sub(n.options.Now())
	if lifetime <= 0 {
		return false, errPast
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	bucket, err := n.bucket(ctx)
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
		n.once.Store(nil) // it may be gone
		return false, err
	}
}

// wholeSeconds rounds up, since NATS rounds down.
func wholeSeconds(d time.Duration) time.Duration { return (d + time.Second - 1).Truncate(time.Second) }

// bucket returns the bucket of used consents. It makes the bucket if there is none.
func (n *NATS) bucket(ctx context.Context) (jetstream.KeyValue, error) {
	if err := n.connected(ctx); err != nil {
		return nil, err
	}
	if bucket := n.once.Load(); bucket != nil {
		return *bucket, nil
	}
	bucket, err := n.js.KeyValue(ctx, bucketOfOnce)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		bucket, err = n.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket:         bucketOfOnce,
			Description:    "gumroad-mcp: which consents have been used",
			MaxBytes:       bucketBytes,
			Replicas:       cmp.Or(n.options.Replicas, n.usualReplicas()),
			LimitMarkerTTL: time.Minute, // without it, NATS lets no key expire
		})
	}
	if err != nil {
		return nil, fmt.Errorf("the bucket %s cannot be opened: %w", bucketOfOnce, err)
	}
	status, err := bucket.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("the bucket %s cannot be opened: %w", bucketOfOnce, err)
	}
	if status.TTL() != 0 {
		return nil, fmt.Errorf("the bucket %s forgets everything after %s; it must have no TTL", bucketOfOnce, status.TTL())
	}
	n.once.Store(&bucket)
	return bucket, nil
}

// usualReplicas is how many servers of a cluster keep a bucket, so that one of them can be lost.
func (n *NATS) usualReplicas() int {
	if n.conn.ConnectedClusterName() != "" {
		return 3
	}
	return 1
}

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
	n.conn.Close()
	return nil
}
