package state

import (
	"bytes"
	"cmp"
	"context"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Append implements Journal.
func (f *File) Append(ctx context.Context, tenant, id string, data []byte) (added bool, err error) {
	if err := cmp.Or(ctx.Err(), checkNames(tenant, id)); err != nil {
		return false, err
	}
	known := false
	err = f.db.View(func(tx *bolt.Tx) error {
		position := tx.Bucket(inIDs).Get(key(tenant, id))
		known = position != nil && decode(position) >= horizon(f.now())
		return nil
	})
	if err != nil || known { // a write would have to reach the disk
		return false, err
	}
	now := f.now()
	err = f.db.Batch(func(tx *bolt.Tx) error {
		added = false // it may run again
		ids, order := tx.Bucket(inIDs), tx.Bucket(inOrder)
		held, err := f.dropEntries(tx, horizon(now))
		if err != nil {
			return err
		}
		if ids.Get(key(tenant, id)) == nil {
			added = true
			held++
			position := encode(max(order.Sequence()+1, positionAt(now)))
			for _, err := range []error{
				order.SetSequence(decode(position)),
				order.Put(position, key(tenant, id)),
				ids.Put(key(tenant, id), position),
				tx.Bucket(inJournal).Put(append(key(tenant), position...), append(encodeTime(now), data...)),
			} {
				if err != nil {
					return err
				}
			}
		}
		return tx.Bucket(inOwn).Put(ownEntries, encode(held))
	})
	if err != nil {
		return false, err
	}
	if added {
		f.watchers.tell(tenant)
	}
	return added, nil
}

// dropEntries makes room for another entry, and drops those before a position. It returns how many are left.
func (f *File) dropEntries(tx *bolt.Tx, before uint64) (held uint64, err error) {
	if known := tx.Bucket(inOwn).Get(ownEntries); known != nil {
		held = decode(known)
	}
	order := tx.Bucket(inOrder)
	for {
		position, of := order.Cursor().First()
		if position == nil || held < f.mostEntries && decode(position) >= before {
			return held, nil
		}
		position, of = bytes.Clone(position), bytes.Clone(of)
		tenant, _, _ := bytes.Cut(of, []byte{0})
		for _, err := range []error{
			order.Delete(position),
			tx.Bucket(inIDs).Delete(of),
			tx.Bucket(inJournal).Delete(append(key(string(tenant)), position...)),
			tx.Bucket(inDropped).Put(tenant, position),
		} {
			if err != nil {
				return held, err
			}
		}
		held--
	}
}

// Read implements Journal.
func (f *File) Read(ctx context.Context, tenant string, after uint64, limit int) (entries []Entry, gap bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	err = f.db.View(func(tx *bolt.Tx) error {
		if dropped := tx.Bucket(inDropped).Get([]byte(tenant)); dropped != nil {
			gap = after < decode(dropped)
		}
		prefix, oldest := key(tenant), horizon(f.now())
		cursor := tx.Bucket(inJournal).Cursor()
		at, stored := cursor.Seek(append(key(tenant), encode(max(after+1, after))...))
		if bytes.HasPrefix(at, prefix) && decode(at[len(prefix):]) < oldest {
			gap = true
			at, stored = cursor.Seek(append(key(tenant), encode(oldest)...))
		}
		for ; bytes.HasPrefix(at, prefix) && len(entries) < limit; at, stored = cursor.Next() {
			entries = append(entries, Entry{decode(at[len(prefix):]), decodeTime(stored), bytes.Clone(stored[8:])})
		}
		return nil
	})
	return entries, gap, err
}

// Seek implements Journal.
func (f *File) Seek(ctx context.Context, _ string, t time.Time) (after uint64, err error) {
	return positionBefore(t), ctx.Err()
}

// Incarnation implements Journal.
func (f *File) Incarnation(ctx context.Context) (string, error) { return f.incarnation, ctx.Err() }

// Changed implements Journal.
func (f *File) Changed(tenant string) (changed <-chan struct{}, stop func()) {
	return f.watchers.add(tenant)
}
