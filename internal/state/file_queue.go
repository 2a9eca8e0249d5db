package state

import (
	"bytes"
	"cmp"
	"context"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A message is stored as the time when it is due, the time when it was enqueued, its tenant, a zero, and itself.
const messageHead = 16

func encodeMessage(t *task, message []byte) []byte {
	head := append(encodeTime(t.due), encodeTime(t.enqueued)...)
	return append(append(head, key(t.tenant)...), message...)
}

func decodeMessage(id uint64, stored []byte) (*task, []byte) {
	tenant, message, _ := bytes.Cut(stored[messageHead:], []byte{0})
	return &task{id: id, tenant: string(tenant), due: decodeTime(stored), enqueued: decodeTime(stored[8:]),
		bytes: int64(len(message))}, message
}

func (f *File) loadQueue(tx *bolt.Tx) error {
	if err := f.dropMessages(tx.Bucket(inQueue)); err != nil {
		return err
	}
	return tx.Bucket(inQueue).ForEach(func(id, stored []byte) error {
		t, _ := decodeMessage(decode(id), stored)
		f.queue.held, f.queue.bytes = f.queue.held+1, f.queue.bytes+t.bytes
		f.queue.put(t)
		return nil
	})
}

// dropMessages deletes those that are too old.
func (f *File) dropMessages(messages *bolt.Bucket) error {
	oldest := f.now().Add(-queueAge)
	for {
		id, stored := messages.Cursor().First()
		if id == nil || decodeTime(stored[8:]).After(oldest) {
			return nil
		}
		if err := messages.Delete(id); err != nil {
			return err
		}
	}
}

// Enqueue implements Queue.
func (f *File) Enqueue(ctx context.Context, tenant string, message []byte) error {
	if err := cmp.Or(ctx.Err(), checkNames(tenant)); err != nil {
		return err
	}
	t := newTask(tenant, message, f.now())
	return f.queue.add(t, func() (id uint64, err error) {
		err = f.db.Batch(func(tx *bolt.Tx) error {
			messages := tx.Bucket(inQueue)
			if err := f.dropMessages(messages); err != nil {
				return err
			}
			if id, err = messages.NextSequence(); err != nil {
				return err
			}
			return messages.Put(encode(id), encodeMessage(t, message))
		})
		return id, err
	})
}

// notStored is how long a message waits that could not be taken off the file.
const notStored = 10 * time.Second

// Work implements Queue.
func (f *File) Work(ctx context.Context,
	handle func(ctx context.Context, tenant string, message []byte) (again time.Duration)) error {
	return f.queue.work(ctx, func(t *task) {
		var message []byte
		if f.db.View(func(tx *bolt.Tx) error {
			if stored := tx.Bucket(inQueue).Get(encode(t.id)); stored != nil {
				_, kept := decodeMessage(t.id, stored)
				message = append([]byte{}, kept...)
			}
			return nil
		}) != nil || message == nil { // it was closed, or the message has just grown too old
			f.queue.again(t, time.Now().Add(notStored))
			return
		}
		again := handle(ctx, t.tenant, message)
		due := time.Now().Add(again)
		err := f.db.Batch(func(tx *bolt.Tx) error {
			messages := tx.Bucket(inQueue)
			if again == 0 {
				return messages.Delete(encode(t.id))
			}
			if messages.Get(encode(t.id)) == nil {
				return nil
			}
			later := *t
			later.due = due
			return messages.Put(encode(t.id), encodeMessage(&later, message))
		})
		switch {
		case again != 0:
			f.queue.again(t, due)
		case err != nil:
			f.queue.again(t, time.Now().Add(notStored))
		default:
			f.queue.done(t)
		}
	})
}

// Waiting implements Queue.
func (f *File) Waiting(ctx context.Context, tenant string) (int, error) {
	return f.queue.waiting(tenant), ctx.Err()
}
