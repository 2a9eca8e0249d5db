package state

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// File is a state in a file, for one server at a time. What was acknowledged survives a crash and the loss of power.
type File struct {
	name string
	now  func() time.Time
	most int // ids at once
	db   *bolt.DB

	// These belong to the transaction that writes, of which there is one at a time.
	held  int       // ids in the file, expired ones too
	sweep time.Time // when the expired ones are dropped next
}

const (
	fileName = "state.db"
	// fileLock is how long another server may take to let go of the file, such as one that is just ending.
	fileLock = time.Second
)

// spent is the part of the file that holds, by id, until when each used consent is remembered.
var spent = []byte("spent")

// OpenFile opens the state in a directory, which only its owner can read. It makes what does not exist. name is what
// people are told of it.
func OpenFile(dir, name string, now func() time.Time) (*File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fileName)
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: fileLock})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("another process uses %s; a directory is for one server, and several instances share NATS",
			path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f := &File{name: name, now: now, most: maxSpent, db: db}
	if err := db.Update(f.begin); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return f, nil
}

func (f *File) begin(tx *bolt.Tx) error {
	_, err := tx.CreateBucketIfNotExists(spent)
	return err
}

// Spend implements State.
func (f *File) Spend(ctx context.Context, id string, until time.Time) (first bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	err = f.db.Update(func(tx *bolt.Tx) error {
		now, ids := f.now(), tx.Bucket(spent)
		if !now.Before(f.sweep) || f.held >= f.most {
			if err := f.drop(ids, now); err != nil {
				return err
			}
		}
		if !now.Before(until) {
			return errPast
		}
		if known := ids.Get([]byte(id)); known != nil && now.Before(decodeTime(known)) {
			return nil
		}
		if f.held >= f.most {
			return errFull
		}
		f.held++
		first = true
		return ids.Put([]byte(id), encodeTime(until))
	})
	return first && err == nil, err
}

// drop deletes the expired ids, and counts the others.
func (f *File) drop(ids *bolt.Bucket, now time.Time) error {
	var expired [][]byte // to delete them while iterating would skip others
	f.held = 0
	err := ids.ForEach(func(id, until []byte) error {
		if now.Before(decodeTime(until)) {
			f.held++
		} else {
			expired = append(expired, bytes.Clone(id))
		}
		return nil
	})
	for _, id := range expired {
		if err == nil {
			err = ids.Delete(id)
		}
	}
	f.sweep = now.Add(sweepEvery)
	return err
}

func encodeTime(t time.Time) []byte { return binary.BigEndian.AppendUint64(nil, uint64(t.UnixNano())) }

func decodeTime(b []byte) time.Time { return time.Unix(0, int64(binary.BigEndian.Uint64(b))) }

// String implements State.
func (f *File) String() string { return f.name }

// Close implements State.
func (f *File) Close() error { return f.db.Close() }
