package state

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Append implements Journal. The subject of an entry names it, and holds one at most.
func (n *NATS) Append(ctx context.Context, tenant, id string, data []byte) (added bool, err error) {
	if err := checkNames(tenant, id); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := n.happened(ctx)
	if err != nil {
		return false, err
	}
	subject := n.subject("ev", tenant, id)
	for {
		_, err := n.js.Publish(ctx, subject, data, jetstream.WithExpectStream(n.nameOf("EVENTS")),
			jetstream.WithExpectLastSequencePerSubject(0))
		if err == nil {
			return true, nil
		}
		if !isWrongSequence(err) {
			n.events.forget()
			return false, err
		}
		// It may be one that is still on its way to the other servers, and may yet be lost.
		_, err = stream.GetLastMsgForSubject(ctx, subject)
		if err == nil {
			return false, nil
		}
		if !errors.Is(err, jetstream.ErrMsgNotFound) {
			n.events.forget()
			return false, err
		}
	}
}

func isWrongSequence(err error) bool {
	var refused *jetstream.APIError
	return errors.As(err, &refused) && (refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// Read implements Journal. The leader of the stream answers, who knows all that was acknowledged.
func (n *NATS) Read(ctx context.Context, tenant string, after uint64, limit int) (entries []Entry, gap bool, err error) {
	if err := checkNames(tenant); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := n.happened(ctx)
	if err != nil {
		return nil, false, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		n.events.forget()
		return nil, false, err
	}
	gap = after+1 < info.State.FirstSeq
	for len(entries) < limit {
		message, err := stream.GetMsg(ctx, max(after+1, after), jetstream.WithGetMsgSubject(n.subject("ev", tenant, "*")))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return entries, gap, nil
		}
		if err != nil {
			n.events.forget()
			return nil, false, err
		}
		after = message.Sequence
		entries = append(entries, Entry{message.Sequence, message.Time, message.Data})
	}
	return entries, gap, nil
}

// Seek implements Journal. Messages are stored in the order of their times.
func (n *NATS) Seek(ctx context.Context, tenant string, t time.Time) (after uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := n.happened(ctx)
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		n.events.forget()
		return 0, err
	}
	// All before low are older than t, and all from high on are not.
	first := max(info.State.FirstSeq, 1)
	low, high := first, info.State.LastSeq+1
	for low < high {
		middle := low + (high-low)/2
		message, err := stream.GetMsg(ctx, middle, jetstream.WithGetMsgSubject(n.subject("ev", "*", "*")))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			high = middle // there is none from here on
		case err != nil:
			n.events.forget()
			return 0, err
		case message.Time.Before(t):
			low = message.Sequence + 1
		default:
			high = middle
		}
	}
	full := info.State.Bytes > uint64(info.Config.MaxBytes)/10*9 && info.Config.MaxBytes > 0
	if low == first && low > 1 && (full || t.Before(time.Now().Add(-journalAge))) {
		low-- // the entry before it may have been of that time, too, and Read has to say that it is gone
	}
	return low - 1, nil
}

// Incarnation implements Journal.
func (n *NATS) Incarnation(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := n.happened(ctx)
	if err != nil {
		return "", err
	}
	info, err := stream.Info(ctx) // it may have been deleted and made again since it was found
	if err != nil {
		n.events.forget()
		return "", err
	}
	return strconv.FormatInt(info.Created.UnixNano(), 36), nil
}

// Changed implements Journal. One consumer serves them all.
func (n *NATS) Changed(tenant string) (changed <-chan struct{}, stop func()) {
	changed, stop = n.watchers.add(tenant)
	n.watch.Do(func() { go n.watchEvents() })
	return changed, stop
}

// watchEvents tells of new entries until the state is closed.
func (n *NATS) watchEvents() {
	reconnected := n.conn.StatusChanged(nats.CONNECTED)
	defer n.conn.RemoveStatusListener(reconnected)
	trouble := &trouble{n: n, what: "watching the journal"}
	for n.ended.Err() == nil {
		trouble.met(n.ended, n.watchOnce(reconnected, func() { trouble.met(n.ended, nil) }))
	}
}

// watchOnce tells of new entries until the connection breaks.
func (n *NATS) watchOnce(reconnected <-chan nats.Status, works func()) error {
	ctx, cancel := context.WithTimeout(n.ended, patience)
	defer cancel()
	stream, err := n.happened(ctx)
	if err != nil {
		return err
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy:     jetstream.DeliverNewPolicy,
		HeadersOnly:       true,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		n.events.forget()
		return err
	}
	broken := make(chan error, 1)
	consuming, err := consumer.Consume(
		func(message jetstream.Msg) {
			if parts := strings.Split(message.Subject(), "."); len(parts) > 1 {
				n.watchers.tell(parts[len(parts)-2])
			}
		},
		jetstream.PullExpiry(fetchFor), jetstream.PullHeartbeat(fetchBeat),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			select {
			case broken <- err:
			default:
			}
		}))
	if err != nil {
		return err
	}
	defer consuming.Stop()
	works()
	n.watchers.tellAll() // of what was appended before
	select {
	case err := <-broken:
		n.events.forget()
		return err
	case <-reconnected:
	case <-n.ended.Done():
	}
	return nil
}
