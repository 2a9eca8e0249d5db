package state

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// File is a state in a file, for one server at a time, with shared files beside it. What was acknowledged survives a
// crash and the loss of power.
type File struct {
	alone
	name     string
	now      func() time.Time
	most     int // claims at once
	db       *bolt.DB
	queue    *schedule
	watchers watchers
	dir      string // of shared files
	close    func() error

	mostEntries uint64

	incarnation string
	secret      []byte

	// These belong to the transaction that writes, of which there is one at a time.
	held  int       // claims in the file, expired ones too
	sweep time.Time // when the expired ones are dropped next

	filesMu    sync.Mutex
	filesBytes int64            // of the shared files
	mostBytes  int64            // of them and those that are being written
	writing    map[string]int64 // the bytes of the latter, by their name in the directory
	cleaning   *time.Timer
}

const (
	fileName  = "state.db"
	filesName = "files"
	// fileLock is how long another server may take to let go of the file, such as one that is just ending.
	fileLock = time.Second
	// fileBatch is how long a write may wait for others, which then reach the disk together.
	fileBatch = time.Millisecond
)

// The parts of the file. Their numbers and times are big-endian, so that they sort.
var (
	inClaims   = []byte("spent")   // id -> until when it is remembered
	inQueue    = []byte("queue")   // number -> message
	inJournal  = []byte("journal") // tenant, position -> entry
	inIDs      = []byte("ids")     // tenant, id -> position
	inOrder    = []byte("order")   // position -> tenant, id
	inDropped  = []byte("dropped") // tenant -> position of the last entry that was dropped
	inFiles    = []byte("files")   // owner, id -> file
	inOwn      = []byte("own")     // what the file says of itself
	ownSecret  = []byte("secret")
	ownJournal = []byte("journal")
	ownEntries = []byte("entries")
)

// OpenFile opens the state in a directory, which only its owner can read. It makes what does not exist. name is what
// people are told of it.
func OpenFile(dir, name string, now func() time.Time) (*File, error) {
	f := &File{name: name, now: now, most: maxClaims, dir: filepath.Join(dir, filesName), mostBytes: maxFilesBytes,
		mostEntries: maxEntriesInFile,
		writing:     map[string]int64{}}
	f.queue = newSchedule(maxMessagesInFile, maxQueueBytes, now)
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fileName)
	var err error
	f.db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: fileLock})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("another process uses %s; a directory is for one server, and several instances share NATS",
			path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.db.MaxBatchDelay = fileBatch
	if err = f.db.Update(f.begin); err == nil {
		err = f.cleanFiles()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.db.Close())
	}
	f.cleaning = time.AfterFunc(cleanEvery, f.clean)
	f.close = sync.OnceValue(func() error {
		f.cleaning.Stop()
		close(f.queue.closed)
		f.watchers.close()
		return f.db.Close()
	})
	return f, nil
}

// begin makes the parts that are missing, and reads what has to be known at once.
func (f *File) begin(tx *bolt.Tx) error {
	for _, name := range [][]byte{inClaims, inQueue, inJournal, inIDs, inOrder, inDropped, inFiles, inOwn} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	own := tx.Bucket(inOwn)
	for _, name := range [][]byte{ownSecret, ownJournal} {
		if own.Get(name) != nil {
			continue
		}
		random := make([]byte, 32)
		rand.Read(random) // never fails
		if err := own.Put(name, random); err != nil {
			return err
		}
	}
	f.secret = bytes.Clone(own.Get(ownSecret))
	f.incarnation = fmt.Sprintf("%x", own.Get(ownJournal)[:8])
	return f.loadQueue(tx)
}

// Secret returns 32 random bytes that the file was made with, for what has to survive a restart.
func (f *File) Secret() []byte { return bytes.Clone(f.secret) }

// Claim implements Claims.
func (f *File) Claim(ctx context.Context, id string, until time.Time) (first bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	err = f.db.Update(func(tx *bolt.Tx) error {
		now, ids := f.now(), tx.Bucket(inClaims)
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
			return errManyClaims
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

func encode(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func decode(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

func encodeTime(t time.Time) []byte { return encode(uint64(t.UnixNano())) }

func decodeTime(b []byte) time.Time { return time.Unix(0, int64(decode(b))) }

// key joins names, which hold no zero, and what follows them.
func key(names ...string) (joined []byte) {
	for _, name := range names {
		joined = append(append(joined, name...), 0)
	}
	return joined
}

// String implements State.
func (f *File) String() string { return f.name }

// Close implements State.
func (f *File) Close() error { return f.close() }

// Sizes implements State.
func (f *File) Sizes(ctx context.Context) (sizes Sizes, err error) {
	if err := ctx.Err(); err != nil {
		return sizes, err
	}
	err = f.db.View(func(tx *bolt.Tx) error {
		sizes = Sizes{Claims: tx.Bucket(inClaims).Stats().KeyN, Messages: f.queue.size()}
		if held := tx.Bucket(inOwn).Get(ownEntries); held != nil {
			sizes.Entries = int(decode(held))
		}
		return nil
	})
	return sizes, err
}
