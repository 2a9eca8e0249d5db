package state

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Files are objects of an object store, in NATS's own layout, so that its tools can read them. They are not read and
// written through the library's ObjectStore: that sends a file without waiting for what becomes of its parts, and reads
// from servers that may not have what was just acknowledged.

const chunkBytes = 128 << 10

func chunkSubject(bucket, object string) string { return "$O." + bucket + ".C." + object }

func metaSubject(bucket, name string) string { return "$O." + bucket + ".M." + name }

func objectName(owner, id string) (name, encoded string) {
	name = owner + "/" + id
	return name, base64.URLEncoding.EncodeToString([]byte(name))
}

// Keep implements Files. Each part of the file has its own patience.
func (n *NATS) Keep(ctx context.Context, owner, id, mime string, content io.Reader) error {
	if err := checkNames(owner, id); err != nil {
		return err
	}
	bucket := n.nameOf("EXPORTS")
	name, encoded := objectName(owner, id)
	info := jetstream.ObjectInfo{Bucket: bucket, NUID: rand.Text(), ObjectMeta: jetstream.ObjectMeta{Name: name,
		Metadata: map[string]string{"mime": mime}, Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunkBytes}}}
	chunks := chunkSubject(bucket, info.NUID)
	err := n.keepContent(ctx, &info, chunks, content)
	if err == nil {
		var described []byte
		if described, err = json.Marshal(info); err == nil {
			err = n.publishPart(ctx, &nats.Msg{Subject: metaSubject(bucket, encoded), Data: described,
				Header: nats.Header{jetstream.MsgRollup: {jetstream.MsgRollupSubject}}})
		}
	}
	if err == nil {
		return nil
	}
	n.exports.forget()
	// Without its description nobody finds the content, but it takes up room.
	undoing, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if stream, found := n.shared(undoing); found == nil {
		_ = stream.Purge(undoing, jetstream.WithPurgeSubject(chunks))
	}
	return err
}

// keepContent publishes the parts of a file, and adds to info what it consists of.
func (n *NATS) keepContent(ctx context.Context, info *jetstream.ObjectInfo, chunks string, content io.Reader) error {
	digest := sha256.New()
	for {
		part := make([]byte, chunkBytes)
		read, err := io.ReadFull(content, part)
		if read > 0 {
			digest.Write(part[:read])
			info.Chunks++
			info.Size += uint64(read)
			if err := n.publishPart(ctx, &nats.Msg{Subject: chunks, Data: part[:read]}); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			info.Digest = jetstream.GetObjectDigestValue(digest)
			return nil
		case err != nil:
			return err
		}
	}
}

func (n *NATS) publishPart(ctx context.Context, part *nats.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := n.shared(ctx); err != nil {
		return err
	}
	_, err := n.js.PublishMsg(ctx, part)
	return err
}

// Fetch implements Files.
func (n *NATS) Fetch(ctx context.Context, owner, id string, to io.Writer) (mime string, err error) {
	if checkNames(owner, id) != nil {
		return "", ErrNoFile
	}
	bucket := n.nameOf("EXPORTS")
	_, encoded := objectName(owner, id)
	described, err := n.part(ctx, func(ctx context.Context, stream jetstream.Stream) (*jetstream.RawStreamMsg, error) {
		return stream.GetLastMsgForSubject(ctx, metaSubject(bucket, encoded))
	})
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return "", ErrNoFile
	}
	if err != nil {
		return "", err
	}
	var info jetstream.ObjectInfo
	if err := json.Unmarshal(described.Data, &info); err != nil {
		return "", errChanged
	}
	if info.Deleted {
		return "", ErrNoFile
	}
	digest, from := sha256.New(), uint64(1)
	for range info.Chunks {
		part, err := n.part(ctx, func(ctx context.Context, stream jetstream.Stream) (*jetstream.RawStreamMsg, error) {
			return stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(chunkSubject(bucket, info.NUID)))
		})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return "", errChanged
		}
		if err != nil {
			return "", err
		}
		from = part.Sequence + 1
		digest.Write(part.Data)
		if _, err := to.Write(part.Data); err != nil {
			return "", err
		}
	}
	if jetstream.GetObjectDigestValue(digest) != info.Digest {
		return "", errChanged
	}
	return info.Metadata["mime"], ctx.Err()
}

// Kept implements Files.
func (*NATS) Kept() time.Duration { return filesAge }

// part reads one message of the stream of shared files.
func (n *NATS) part(ctx context.Context,
	read func(context.Context, jetstream.Stream) (*jetstream.RawStreamMsg, error)) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := n.shared(ctx)
	if err != nil {
		return nil, err
	}
	message, err := read(ctx, stream)
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		n.exports.forget()
	}
	return message, err
}
