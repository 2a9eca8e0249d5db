package gumroad

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"golang.org/x/sync/errgroup"
)

// Content is what an upload sends. It is read in pieces, several at once and some more than once, so that nothing of it
// has to be held in memory.
type Content struct {
	Name string
	Type string // media type
	Size int64  // bytes
	io.ReaderAt
}

// Limits of uploads.
const (
	MaxFile      = 20 << 30  // bytes, of a product's file
	PartSize     = 100 << 20 // bytes, of every part of an upload but the last
	partsAtOnce  = 4
	partAttempts = 3
	partLifetime = 15 * time.Minute // of the addresses that parts are sent to
	maxETag      = 200
)

// uploadStep is embedded in the requests that make up an upload.
type uploadStep struct{}

func (uploadStep) preparing() {}

// PresignFile announces a file.
type PresignFile struct {
	uploadStep
	Filename string `form:"filename"`
	FileSize Int    `form:"file_size"`
}

// PresignedFile says where the parts of a file go.
type PresignedFile struct {
	UploadID string          `json:"upload_id"`
	Key      string          `json:"key"`
	FileURL  string          `json:"file_url"`
	Parts    []PresignedPart `json:"parts"`
}

// PresignedPart is the address of one part, counted from 1.
type PresignedPart struct {
	Number Int    `json:"part_number"`
	URL    string `json:"presigned_url"`
}

// PresignFile begins an upload. The addresses of its parts hold for 15 minutes. InvalidArguments for a file of more than
// 20 GB (files_controller#presign).
func (c *Client) PresignFile(ctx context.Context, in PresignFile) (PresignedFile, error) {
	return do[PresignedFile](ctx, c, http.MethodPost, "/files/presign", in)
}

// SentPart is a part that was sent, with what the storage called it.
type SentPart struct {
	Number Int    `json:"part_number"`
	ETag   string `json:"etag"`
}

// CompleteFile names the parts of which a file is to be made.
type CompleteFile struct {
	uploadStep
	UploadID string     `body:"upload_id"`
	Key      string     `body:"key"`
	Parts    []SentPart `body:"parts"`
}

// CompletedFile is a file that can be attached to a product.
type CompletedFile struct {
	FileURL string `json:"file_url"`
}

// CompleteFile makes a file of its parts. It cannot be repeated: a second one fails although the file is there
// (files_controller#complete).
func (c *Client) CompleteFile(ctx context.Context, in CompleteFile) (CompletedFile, error) {
	return do[CompletedFile](ctx, c, http.MethodPost, "/files/complete", in)
}

// AbortFile names an upload to give up.
type AbortFile struct {
	UploadID string `form:"upload_id"`
	Key      string `form:"key"`
}

func (AbortFile) repeatable() bool { return true }

// AbortedFile says whether there was something to give up: "accepted", or "already_gone".
type AbortedFile struct {
	Status string `json:"status"`
}

// AbortFile discards an upload and its parts (files_controller#abort).
func (c *Client) AbortFile(ctx context.Context, in AbortFile) (AbortedFile, error) {
	return do[AbortedFile](ctx, c, http.MethodPost, "/files/abort", in)
}

const gone = "already_gone"

// UploadFile sends a product's file and returns the address by which it can be attached to one; until then nobody sees
// it. Parts are sent side by side, and again if they fail. If the upload fails, or ctx ends, what was sent is discarded:
// then nothing has changed.
func (c *Client) UploadFile(ctx context.Context, file Content) (fileURL string, err error) {
	if file.Size > MaxFile {
		return "", Invalid("The file is larger than " + FormatBytes(MaxFile) + ", the most that Gumroad takes.")
	}
	Report(ctx, 0, int(file.Size), "Beginning the upload of "+FormatBytes(file.Size))
	begun, err := c.PresignFile(ctx, PresignFile{Filename: file.Name, FileSize: Int(file.Size)})
	if err != nil {
		return "", err
	}
	discard := AbortFile{UploadID: begun.UploadID, Key: begun.Key}
	sent, err := c.sendParts(ctx, begun.Parts, file)
	if err != nil {
		c.discard(ctx, discard)
		return "", err
	}
	done, err := c.CompleteFile(ctx, CompleteFile{UploadID: begun.UploadID, Key: begun.Key, Parts: sent})
	if err == nil {
		return cmp.Or(done.FileURL, begun.FileURL), nil
	}
	// Without an answer nobody knows whether the file was made. Nothing is left to discard if it was.
	if e, ok := errors.AsType[*Error](err); c.discard(ctx, discard) == gone && ok && e.Code == UpstreamUnavailable {
		return begun.FileURL, nil
	}
	return "", err
}

// discard gives an upload up, even for a caller who has left, and returns what there was to discard first. Parts on
// their way can survive the first attempt.
func (c *Client) discard(ctx context.Context, in AbortFile) (first string) {
	ctx = context.WithoutCancel(ctx)
	for range 3 {
		aborted, err := c.AbortFile(ctx, in)
		if err != nil {
			c.transport.log.WarnContext(ctx, "an upload could not be discarded", "error", err)
			return first
		}
		if first = cmp.Or(first, aborted.Status); aborted.Status == gone {
			return first
		}
	}
	return first
}

// sendParts sends a file to the addresses of its parts.
func (c *Client) sendParts(ctx context.Context, parts []PresignedPart, file Content) ([]SentPart, error) {
	if want := (file.Size + PartSize - 1) / PartSize; int64(len(parts)) != want {
		return nil, &Error{Code: UpstreamUnavailable,
			Message: fmt.Sprintf("Gumroad wants the file in %d parts, and not in the %d that are known to be right.", len(parts), want)}
	}
	limited, cancel := context.WithTimeout(ctx, partLifetime)
	defer cancel()
	sending, limited := errgroup.WithContext(limited)
	sending.SetLimit(partsAtOnce)
	meter := &meter{ctx: ctx, total: file.Size}
	sent := make([]SentPart, len(parts))
	for i, part := range parts {
		sending.Go(func() error {
			from := int64(part.Number-1) * PartSize
			if from < 0 || from >= file.Size {
				return &Error{Code: UpstreamUnavailable, Message: "Gumroad numbers the parts of the file in an unknown way."}
			}
			to := storageRequest{url: part.URL, body: file, from: from, size: min(PartSize, file.Size-from), meter: meter}
			header, err := c.transport.store(limited, to)
			if err != nil {
				return err
			}
			etag := header.Get("ETag")
			if etag == "" || len(etag) > maxETag {
				return &Error{Code: UpstreamUnavailable, Message: "The storage did not confirm a part of the file."}
			}
			sent[i] = SentPart{Number: part.Number, ETag: etag}
			return nil
		})
	}
	if err := sending.Wait(); err != nil {
		return nil, err
	}
	return sent, nil
}

// Blob is what is announced of a public file.
type Blob struct {
	Filename    string `json:"filename"`
	ByteSize    Int    `json:"byte_size"`
	Checksum    string `json:"checksum"` // MD5, in base64
	ContentType string `json:"content_type"`
}

// CreateDirectUpload announces a public file: of a cover or a thumbnail, or for Purpose "media" of the media library.
type CreateDirectUpload struct {
	uploadStep
	Blob    Blob   `body:"blob"`
	Purpose string `body:"purpose"`
}

// DirectUpload says where a public file goes, and by which id it is used afterwards.
type DirectUpload struct {
	SignedID string `json:"signed_id"`
	To       struct {
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
	} `json:"direct_upload"`
}

func (DirectUpload) proof() string { return "signed_id" }

// CreateDirectUpload begins an upload. InvalidArguments for a file of a wrong type or size
// (direct_uploads_controller#create).
func (c *Client) CreateDirectUpload(ctx context.Context, in CreateDirectUpload) (DirectUpload, error) {
	return do[DirectUpload](ctx, c, http.MethodPost, "/direct_uploads", in)
}

// PurposeMedia is the purpose of an upload to the media library.
const PurposeMedia = "media"

// UploadBlob sends a public file and returns the id by which it can be used; until then nobody sees it.
func (c *Client) UploadBlob(ctx context.Context, purpose string, file Content) (signedID string, err error) {
	Report(ctx, 0, int(file.Size), "Beginning the upload of "+FormatBytes(file.Size))
	sum := md5.New()
	if _, err := io.Copy(sum, contextReader{ctx, io.NewSectionReader(file, 0, file.Size)}); err != nil {
		return "", notRead(err)
	}
	begun, err := c.CreateDirectUpload(ctx, CreateDirectUpload{Purpose: purpose, Blob: Blob{
		Filename: file.Name, ByteSize: Int(file.Size), ContentType: file.Type,
		Checksum: base64.StdEncoding.EncodeToString(sum.Sum(nil))}})
	if err != nil {
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, partLifetime)
	defer cancel()
	_, err = c.transport.store(limited, storageRequest{url: begun.To.URL, headers: begun.To.Headers,
		body: file, size: file.Size, meter: &meter{ctx: ctx, total: file.Size}})
	return begun.SignedID, err
}

// storageRequest is a piece of a file on its way to the storage behind Gumroad. The address itself is the permission, so
// that no credential goes with it.
type storageRequest struct {
	url     string
	headers map[string]string
	body    io.ReaderAt
	from    int64
	size    int64
	meter   *meter
}

// storageError is a piece that was not stored.
type storageError struct {
	status int // 0 without an answer
	err    error
}

func (e *storageError) Error() string { return fmt.Sprintf("storage: status %d: %v", e.status, e.err) }
func (e *storageError) Unwrap() error { return e.err }

// store sends a piece, again if that may help: the storage keeps the last of equal pieces.
func (t *transport) store(ctx context.Context, r storageRequest) (http.Header, error) {
	if err := t.checkStorage(r.url); err != nil {
		return nil, err
	}
	policy := retrypolicy.NewBuilder[http.Header]().
		HandleIf(func(_ http.Header, err error) bool {
			failed, ok := errors.AsType[*storageError](err)
			return ok && ctx.Err() == nil && (failed.status == 0 || failed.status == http.StatusRequestTimeout ||
				failed.status == http.StatusTooManyRequests || failed.status >= 500)
		}).
		WithMaxRetries(partAttempts-1).
		WithBackoff(firstDelay, maxDelay).
		ReturnLastFailure().
		Build()
	header, err := failsafe.With(policy).WithContext(ctx).Get(func() (http.Header, error) { return t.storeOnce(ctx, r) })
	if err == nil {
		return header, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, e
	}
	e := &Error{Code: UpstreamUnavailable, cause: err, Message: "The file could not be sent to Gumroad's storage; " +
		"what was sent of it is not used.", Hint: "Try again."}
	if failed, ok := errors.AsType[*storageError](err); ok {
		e.Status = failed.status
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Code, e.Message = Timeout, "The upload took longer than Gumroad allows; what was sent of the file is not used."
	} else if errors.Is(err, context.Canceled) {
		e.Code, e.Message, e.Hint = Timeout, "The call was cancelled; what was sent of the file is not used.", ""
	}
	return nil, e
}

var errStorageAddress = &Error{Code: UpstreamUnavailable,
	Message: "Gumroad named an address for the upload that is not https, so nothing was sent there."}

// checkStorage accepts https, and http to this machine only.
func (t *transport) checkStorage(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && IsLoopback(u.Hostname())) {
		return errStorageAddress
	}
	return nil
}

// storeOnce sends a piece and reads the answer. It gives up if nothing of the piece leaves for as long as an operation
// may take.
func (t *transport) storeOnce(ctx context.Context, r storageRequest) (http.Header, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stalled := time.AfterFunc(t.timeout, cancel)
	defer stalled.Stop()
	body := &metered{from: io.NewSectionReader(r.body, r.from, r.size), meter: r.meter, moved: func() { stalled.Reset(t.timeout) }}
	request, err := http.NewRequestWithContext(
		context.WithValue(ctx, patternKey{}, "storage"), http.MethodPut, r.url, body)
	if err != nil {
		return nil, errStorageAddress
	}
	for name, value := range r.headers {
		request.Header.Set(name, value)
	}
	request.ContentLength = r.size
	request.Header.Set("User-Agent", t.agent)
	started := time.Now()
	response, err := t.http.Do(request)
	if err == nil {
		_, err = io.CopyN(io.Discard, response.Body, smallAnswer)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		response.Body.Close()
	}
	status := 0
	if response != nil {
		status = response.StatusCode
	}
	t.log.DebugContext(ctx, "upload request", "bytes", r.size, "status", status, "duration", time.Since(started),
		"failed", err != nil)
	switch {
	case body.failed != nil:
		err = notRead(body.failed)
	case err != nil:
		err = &storageError{0, err}
	case status < 200 || status >= 300:
		err = &storageError{status, nil}
	default:
		return response.Header, nil
	}
	r.meter.add(-body.read) // it will be sent again, or not at all
	return nil, err
}

// notRead is the failure of a file that was there a moment ago.
func notRead(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Code: Timeout, Message: "The call was cancelled.", cause: err}
	}
	return &Error{Code: InvalidArguments, Message: "The file could not be read to its end; it may have been changed meanwhile.",
		cause: err}
}

// meter counts what has left of an upload and reports it.
type meter struct {
	ctx   context.Context
	total int64

	mu       sync.Mutex
	sent     int64
	reported int64
}

// reportEvery is how much of an upload leaves between two reports, in hundredths of the whole.
const reportEvery = 2

func (m *meter) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent += n
	if m.sent-m.reported < m.total*reportEvery/100 || m.sent <= m.reported {
		return
	}
	m.reported = m.sent
	Report(m.ctx, int(m.sent), int(m.total), fmt.Sprintf("Sent %s of %s", FormatBytes(m.sent), FormatBytes(m.total)))
}

// metered is the body of a request that tells how far it has been read.
type metered struct {
	from   io.Reader
	meter  *meter
	moved  func()
	read   int64
	failed error // of the file, and not of the connection
}

func (b *metered) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if n > 0 {
		b.read += int64(n)
		b.meter.add(int64(n))
		b.moved()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// FormatBytes writes a size for people: 1.5 MB.
func FormatBytes(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if n >= unit.size {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
