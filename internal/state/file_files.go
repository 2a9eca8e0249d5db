package state

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A shared file is recorded as the time when it was kept, its size, its SHA-256, the name of its content in the
// directory, a zero, and its MIME type. Content without a record does not count.
type sharedFile struct {
	kept   time.Time
	size   int64
	digest []byte
	name   string
	mime   string
}

const sharedHead = 8 + 8 + sha256.Size

func (s sharedFile) encode() []byte {
	head := append(append(encodeTime(s.kept), encode(uint64(s.size))...), s.digest...)
	return append(append(head, key(s.name)...), s.mime...)
}

func decodeShared(b []byte) sharedFile {
	name, mime, _ := bytes.Cut(b[sharedHead:], []byte{0})
	return sharedFile{decodeTime(b), int64(decode(b[8:])), bytes.Clone(b[16:sharedHead]), string(name), string(mime)}
}

// Keep implements Files.
func (f *File) Keep(ctx context.Context, owner, id, mime string, content io.Reader) (err error) {
	if err := errors.Join(ctx.Err(), checkNames(owner, id), f.cleanFiles()); err != nil {
		return err
	}
	shared := sharedFile{kept: f.now(), name: rand.Text(), mime: mime}
	f.addWriting(shared.name, 0)
	defer func() {
		if err != nil {
			os.Remove(f.path(shared))
		}
		f.filesMu.Lock()
		defer f.filesMu.Unlock()
		delete(f.writing, shared.name)
	}()
	if shared.size, shared.digest, err = f.write(ctx, shared.name, content); err != nil {
		return err
	}
	var replaced sharedFile
	err = f.db.Update(func(tx *bolt.Tx) error {
		files := tx.Bucket(inFiles)
		if old := files.Get(key(owner, id)); old != nil {
			replaced = decodeShared(old)
		}
		return files.Put(key(owner, id), shared.encode())
	})
	if err != nil {
		return err
	}
	if replaced.name != "" {
		os.Remove(f.path(replaced))
	}
	f.filesMu.Lock()
	defer f.filesMu.Unlock()
	f.filesBytes += shared.size - replaced.size
	return nil
}

// write writes a file that reaches the disk.
func (f *File) write(ctx context.Context, name string, content io.Reader) (size int64, digest []byte, err error) {
	file, err := os.OpenFile(filepath.Join(f.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, nil, err
	}
	defer file.Close() // closing twice does no harm
	sum, part := sha256.New(), make([]byte, 128<<10)
	for {
		n, ended := content.Read(part)
		if !f.addWriting(name, n) {
			return 0, nil, errFilesFull
		}
		size += int64(n)
		sum.Write(part[:n])
		if _, err := file.Write(part[:n]); err != nil {
			return 0, nil, err
		}
		if ended == io.EOF {
			break
		}
		if err := cmp.Or(ended, ctx.Err()); err != nil {
			return 0, nil, err
		}
	}
	if err := cmp.Or(file.Sync(), file.Close(), syncDirectory(f.dir)); err != nil {
		return 0, nil, err
	}
	return size, sum.Sum(nil), nil
}

// addWriting counts what is being written, and reports whether there is room for it.
func (f *File) addWriting(name string, bytes int) bool {
	f.filesMu.Lock()
	defer f.filesMu.Unlock()
	f.writing[name] += int64(bytes)
	total := f.filesBytes
	for _, bytes := range f.writing {
		total += bytes
	}
	return total <= f.mostBytes
}

// syncDirectory makes what was made in a directory survive the loss of power.
func syncDirectory(dir string) error {
	opened, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer opened.Close()
	if err := opened.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) {
		return err // some systems cannot, such as Windows
	}
	return nil
}

// Fetch implements Files.
func (f *File) Fetch(ctx context.Context, owner, id string, to io.Writer) (mime string, err error) {
	if checkNames(owner, id) != nil {
		return "", ErrNoFile
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	var shared sharedFile
	err = f.db.View(func(tx *bolt.Tx) error {
		recorded := tx.Bucket(inFiles).Get(key(owner, id))
		if recorded == nil {
			return ErrNoFile
		}
		if shared = decodeShared(recorded); f.isOld(shared) {
			return ErrNoFile
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	file, err := os.Open(f.path(shared))
	if err != nil {
		return "", err
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(io.MultiWriter(to, digest), file); err != nil {
		return "", err
	}
	if !bytes.Equal(digest.Sum(nil), shared.digest) {
		return "", errChanged
	}
	return shared.mime, ctx.Err()
}

// Kept implements Files.
func (*File) Kept() time.Duration { return filesAge }

var errChanged = errors.New("the content of the file is not what was kept")

func (f *File) isOld(shared sharedFile) bool { return !f.now().Before(shared.kept.Add(filesAge)) }

func (f *File) path(shared sharedFile) string { return filepath.Join(f.dir, shared.name) }

// cleanEvery is how often shared files are removed that have expired.
const cleanEvery = 10 * time.Minute

func (f *File) clean() {
	_ = f.cleanFiles() // what is wrong, the next caller of Keep is told
	select {
	case <-f.queue.closed:
	default:
		f.cleaning.Reset(cleanEvery)
	}
}

// cleanFiles removes the shared files that have expired, and content without a record, which a crash leaves. It holds
// the lock throughout, so that no content gets its record meanwhile.
func (f *File) cleanFiles() error {
	f.filesMu.Lock()
	defer f.filesMu.Unlock()
	var expired [][]byte
	recorded := map[string]bool{}
	f.filesBytes = 0
	err := f.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(inFiles).ForEach(func(id, b []byte) error {
			if shared := decodeShared(b); f.isOld(shared) {
				expired = append(expired, bytes.Clone(id))
			} else {
				recorded[shared.name] = true
				f.filesBytes += shared.size
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if len(expired) > 0 {
		err := f.db.Update(func(tx *bolt.Tx) error {
			for _, id := range expired {
				if err := tx.Bucket(inFiles).Delete(id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	contents, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, content := range contents {
		if _, writing := f.writing[content.Name()]; !writing && !recorded[content.Name()] {
			if err := os.Remove(filepath.Join(f.dir, content.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
