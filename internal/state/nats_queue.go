package state

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	verifyName = "verify"
	// ackWait is after how long a message comes to another instance whose instance says nothing more.
	ackWait = 30 * time.Second
	// A request for the next message is renewed after fetchFor, and given up if NATS is silent for two beats.
	fetchFor  = 10 * time.Second
	fetchBeat = time.Second
	// retryAfter is between attempts where NATS does not work.
	retryAfter = 500 * time.Millisecond
)

// Enqueue implements Queue.
func (n *NATS) Enqueue(ctx context.Context, tenant string, message []byte) error {
	if err := checkNames(tenant); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := n.pinged(ctx); err != nil {
		return err
	}
	_, err := n.js.Publish(ctx, n.subject("ping", tenant), message, jetstream.WithExpectStream(n.nameOf("PINGS")))
	if err != nil {
		n.pings.forget()
	}
	return err
}

// Work implements Queue.
func (n *NATS) Work(ctx context.Context,
	handle func(ctx context.Context, tenant string, message []byte) (again time.Duration)) error {
	trouble := &trouble{n: n, what: "work on the queue"}
	for ctx.Err() == nil {
		if n.conn.IsClosed() {
			return errClosed
		}
		message, err := n.nextMessage(ctx)
		if !trouble.met(ctx, err) || message == nil {
			continue
		}
		n.handle(ctx, message, handle)
	}
	return nil
}

// nextMessage returns the next message, or nil if there was none for a while.
func (n *NATS) nextMessage(ctx context.Context) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchFor)
	defer cancel()
	looking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	consumer, err := n.verifier(looking)
	if err != nil {
		return nil, err
	}
	message, err := consumer.Next(jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(fetchBeat))
	if errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	if err != nil {
		n.verify.forget()
		n.pings.forget()
	}
	return message, err
}

// handle has a message handled, which is this instance's for as long as that takes.
func (n *NATS) handle(ctx context.Context, message jetstream.Msg,
	handle func(ctx context.Context, tenant string, message []byte) (again time.Duration)) {
	handled := make(chan struct{})
	go func() {
		still := time.NewTicker(ackWait / 3)
		defer still.Stop()
		for {
			select {
			case <-still.C:
				_ = message.InProgress()
			case <-handled:
				return
			}
		}
	}()
	subject := message.Subject()
	again := handle(ctx, subject[strings.LastIndexByte(subject, '.')+1:], message.Data())
	close(handled)
	// An answer that is lost has the message come again after ackWait.
	if again != 0 {
		_ = message.NakWithDelay(max(again, time.Nanosecond))
		return
	}
	told, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = message.DoubleAck(told)
}

// Waiting implements Queue.
func (n *NATS) Waiting(ctx context.Context, tenant string) (int, error) {
	if err := checkNames(tenant); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := n.pinged(ctx)
	if err != nil {
		return 0, err
	}
	subject := n.subject("ping", tenant)
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(subject))
	if err != nil {
		n.pings.forget()
		return 0, err
	}
	return int(info.State.Subjects[subject]), nil
}

// trouble logs once when something that goes on by itself does not work, and once when it works again.
type trouble struct {
	n     *NATS
	what  string
	since bool
}

// met reports whether there is none. If there is, it waits before the next attempt.
func (t *trouble) met(ctx context.Context, err error) bool {
	log := t.n.options.Logger.With("state", t.n.options.Name)
	switch {
	case ctx.Err() != nil || t.n.conn.IsClosed():
		return err == nil
	case err == nil:
		if t.since {
			log.Info("the state is available again", "for", t.what)
		}
		t.since = false
		return true
	case !t.since:
		log.Warn("the state is not available", "for", t.what, "error", err)
		t.since = true
	}
	select {
	case <-time.After(retryAfter):
	case <-ctx.Done():
	case <-t.n.ended.Done():
	}
	return false
}
