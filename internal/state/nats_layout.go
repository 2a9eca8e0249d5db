package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// found remembers a stream, a bucket or a consumer once it has been looked up.
type found[T any] struct {
	it      atomic.Pointer[T]
	looking chan struct{} // holds one while it is being looked up, or made, which takes a while
}

// get looks it up unless that is remembered.
func (f *found[T]) get(ctx context.Context, n *NATS, lookUp func(context.Context) (T, error)) (it T, err error) {
	if err := n.connected(ctx); err != nil {
		return it, err
	}
	if known := f.it.Load(); known != nil {
		return *known, nil
	}
	select {
	case f.looking <- struct{}{}:
		defer func() { <-f.looking }()
	case <-ctx.Done():
		return it, ctx.Err()
	}
	if known := f.it.Load(); known != nil {
		return *known, nil
	}
	if it, err = lookUp(ctx); err == nil {
		f.it.Store(&it)
	}
	return it, err
}

// forget has it looked up anew, since it may be gone.
func (f *found[T]) forget() { f.it.Store(nil) }

// nameOf is the name of a bucket, or a stream, of this deployment.
func (n *NATS) nameOf(what string) string { return strings.ToUpper(n.options.Prefix) + "_" + what }

// subject is a subject of this deployment.
func (n *NATS) subject(parts ...string) string {
	return strings.Join(append([]string{n.options.Prefix, "v1"}, parts...), ".")
}

func (n *NATS) replicas() int { return cmp.Or(n.options.Replicas, n.usualReplicas()) }

// usualReplicas is how many servers of a cluster keep what is shared, so that one of them can be lost.
func (n *NATS) usualReplicas() int {
	if n.conn.ConnectedClusterName() != "" {
		return 3
	}
	return 1
}

func (n *NATS) claimed(ctx context.Context) (jetstream.KeyValue, error) {
	return n.claims.get(ctx, n, func(ctx context.Context) (jetstream.KeyValue, error) {
		return n.bucket(ctx, jetstream.KeyValueConfig{
			Bucket:         n.nameOf("ONCE"),
			Description:    "gumroad-mcp: what has been claimed, such as consents that were used",
			MaxBytes:       64 << 20,    // then it takes no more until some expire: NATS never drops one that still counts
			LimitMarkerTTL: time.Minute, // without it, NATS lets no key expire
		})
	})
}

func (n *NATS) paced(ctx context.Context) (jetstream.KeyValue, error) {
	return n.pace.get(ctx, n, func(ctx context.Context) (jetstream.KeyValue, error) {
		return n.bucket(ctx, jetstream.KeyValueConfig{
			Bucket:      n.nameOf("PACE"),
			Description: "gumroad-mcp: when the next request upstream may be sent",
			Storage:     jetstream.MemoryStorage,
			TTL:         time.Minute,
		})
	})
}

// bucket returns a bucket. It makes the bucket if there is none. One that forgets sooner is of no use.
func (n *NATS) bucket(ctx context.Context, config jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	config.Replicas = n.replicas()
	bucket, err := n.js.KeyValue(ctx, config.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		if n.options.Create == NATSCreateNever {
			return nil, n.errMissing("bucket", config.Bucket)
		}
		bucket, err = n.js.CreateKeyValue(ctx, config)
	}
	if err != nil {
		return nil, fmt.Errorf("the bucket %s cannot be opened: %w", config.Bucket, err)
	}
	status, err := bucket.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("the bucket %s cannot be opened: %w", config.Bucket, err)
	}
	if config.TTL == 0 && status.TTL() != 0 {
		return nil, fmt.Errorf("the bucket %s forgets everything after %s; it must have no TTL", config.Bucket, status.TTL())
	}
	return bucket, nil
}

func (n *NATS) pinged(ctx context.Context) (jetstream.Stream, error) {
	return n.pings.get(ctx, n, func(ctx context.Context) (jetstream.Stream, error) {
		return n.stream(ctx, jetstream.StreamConfig{
			Name:        n.nameOf("PINGS"),
			Description: "gumroad-mcp: webhooks that have not been verified",
			Subjects:    []string{n.subject("ping", "*")},
			Retention:   jetstream.WorkQueuePolicy,
			Discard:     jetstream.DiscardNew, // a full queue refuses, so that Gumroad sends again
			MaxAge:      queueAge,
			MaxBytes:    maxQueueBytes,
		})
	})
}

func (n *NATS) happened(ctx context.Context) (jetstream.Stream, error) {
	return n.events.get(ctx, n, func(ctx context.Context) (jetstream.Stream, error) {
		return n.stream(ctx, jetstream.StreamConfig{
			Name:              n.nameOf("EVENTS"),
			Description:       "gumroad-mcp: what happened in the stores",
			Subjects:          []string{n.subject("ev", "*", "*")},
			MaxMsgsPerSubject: 1,
			MaxAge:            journalAge,
			MaxBytes:          maxJournalBytes,
		})
	})
}

// shared returns the stream of the object store in which shared files are.
func (n *NATS) shared(ctx context.Context) (jetstream.Stream, error) {
	return n.exports.get(ctx, n, func(ctx context.Context) (jetstream.Stream, error) {
		bucket := n.nameOf("EXPORTS")
		return n.stream(ctx, jetstream.StreamConfig{
			Name:        "OBJ_" + bucket,
			Description: "gumroad-mcp: exported files",
			Subjects:    []string{chunkSubject(bucket, ">"), metaSubject(bucket, ">")},
			Discard:     jetstream.DiscardNew,
			MaxAge:      filesAge,
			MaxBytes:    maxFilesBytes,
			AllowRollup: true,
		})
	})
}

// stream returns a stream. It makes the stream if there is none. One that others may answer for than its leader is of no
// use, because they do not know what has just been acknowledged.
func (n *NATS) stream(ctx context.Context, config jetstream.StreamConfig) (jetstream.Stream, error) {
	config.Replicas = n.replicas()
	stream, err := n.js.Stream(ctx, config.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if n.options.Create == NATSCreateNever {
			return nil, n.errMissing("stream", config.Name)
		}
		stream, err = n.js.CreateStream(ctx, config)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another instance was quicker
			stream, err = n.js.Stream(ctx, config.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the stream %s cannot be opened: %w", config.Name, err)
	}
	is := stream.CachedInfo().Config
	if is.AllowDirect || is.Retention != config.Retention || is.Discard != config.Discard ||
		is.MaxMsgsPerSubject != max(config.MaxMsgsPerSubject, -1) && config.MaxMsgsPerSubject != 0 {
		return nil, fmt.Errorf("the stream %s has other settings than this program gives it; "+
			"retention, discard, messages per subject and direct get have to be as documented", config.Name)
	}
	return stream, nil
}

func (n *NATS) errMissing(what, name string) error {
	return fmt.Errorf("there is no %s %s, and this server is not to make it", what, name)
}

// verifier returns the consumer that hands out the messages of the queue.
func (n *NATS) verifier(ctx context.Context) (jetstream.Consumer, error) {
	return n.verify.get(ctx, n, func(ctx context.Context) (jetstream.Consumer, error) {
		stream, err := n.pinged(ctx)
		if err != nil {
			return nil, err
		}
		consumer, err := stream.Consumer(ctx, verifyName)
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			if n.options.Create == NATSCreateNever {
				return nil, n.errMissing("consumer", verifyName+" of "+n.nameOf("PINGS"))
			}
			consumer, err = stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
				Durable:    verifyName,
				AckPolicy:  jetstream.AckExplicitPolicy,
				AckWait:    ackWait,
				MaxDeliver: -1,
				// Messages that are to come again later count, and must not hold up the others.
				MaxAckPending: -1,
			})
			if errors.Is(err, jetstream.ErrConsumerExists) {
				consumer, err = stream.Consumer(ctx, verifyName)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("the consumer %s of the stream %s cannot be opened: %w", verifyName, n.nameOf("PINGS"), err)
		}
		return consumer, nil
	})
}
