package sandbox

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"image"
	_ "image/gif" // the kinds of pictures that Gumroad takes
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// storage is the store of objects behind Gumroad, which uploads are sent to past it. Of an object it keeps the size, the
// checksum and the beginning: enough to tell what it is, however large it is.
type storage struct {
	mu      sync.Mutex // its own, because a body can take long to arrive
	uploads map[string]*multipartUpload
	objects map[string]*storedObject // by the URL that the API names
	blobs   map[string]*blob         // by signed id
	lastN   int
}

const (
	storageMount = "/_storage"
	storageLife  = 15 * time.Minute // of a signed address
	keptBytes    = 64 << 10         // of every object
	partSize     = 100 << 20
	maxUpload    = 20 << 30
)

// storedObject is what there is of an object, or of a part of one.
type storedObject struct {
	size int64
	md5  [md5.Size]byte
	head []byte
}

func (o *storedObject) etag() string { return `"` + hex.EncodeToString(o.md5[:]) + `"` }

// kind is what the content is, whatever its name says.
func (o *storedObject) kind() string {
	if start := bytes.TrimSpace(o.head); bytes.HasPrefix(start, []byte("<svg")) {
		return "image/svg+xml"
	}
	kind, _, _ := strings.Cut(http.DetectContentType(o.head), ";")
	return kind
}

// dimensions of a picture, or zeros.
func (o *storedObject) dimensions() (width, height int) {
	config, _, err := image.DecodeConfig(bytes.NewReader(o.head))
	if err != nil {
		return 0, 0
	}
	return config.Width, config.Height
}

type multipartUpload struct {
	key, url string
	owner    *store
	parts    map[int]*storedObject
}

type blob struct {
	n                                       int
	signedID, key, filename, kind, checksum string
	size                                    int
	owner                                   *store
	media                                   bool
	createdAt                               time.Time
	content                                 *storedObject // nil until it was sent
	attached                                bool
}

// number gives a new object its number.
func (s *storage) number() int {
	s.lastN++
	return s.lastN
}

// storageURL is where objects are sent to. In process that is an address which leads nowhere else.
func (c *call) storageURL(path string) string {
	base := "https://storage.sandbox.invalid"
	if c.http.URL.Host == "" {
		base = "http://" + c.http.Host
	}
	return base + storageMount + path
}

// signed adds what makes an address a permission, until its time is over.
func (c *call) signed(path string) string {
	d := digest(c.sb.seed, "signature "+path, 0)
	query := url.Values{"X-Amz-Expires": {strconv.Itoa(int(storageLife.Seconds()))},
		"X-Amz-Date": {c.now.Format("20060102T150405Z")}, "X-Amz-Signature": {hex.EncodeToString(d[:])}}
	return c.storageURL(path) + "?" + query.Encode()
}

type storageError struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
}

func storageRefuses(status int, code, message string) reply {
	body, err := xml.Marshal(storageError{Code: code, Message: message})
	if err != nil {
		panic("sandbox: an error has no XML: " + err.Error()) // it has plain texts only
	}
	return newReply(status, "application/xml", append([]byte(xml.Header), body...))
}

const (
	noSuchUpload = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
	invalidPart  = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
)

// store takes an object: PUT /_storage/parts/<upload>/<part>, or PUT /_storage/blobs/<key>.
func (c *call) store(path string) reply {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	query := c.http.URL.Query()
	signed, _ := url.Parse(c.signed(path))
	since, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	switch {
	case c.http.Method != http.MethodPut:
		return storageRefuses(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	case err != nil, query.Get("X-Amz-Signature") != signed.Query().Get("X-Amz-Signature"):
		return storageRefuses(http.StatusForbidden, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	case c.now.After(since.Add(storageLife)):
		return storageRefuses(http.StatusForbidden, "AccessDenied", "Request has expired")
	case c.http.ContentLength < 0:
		return storageRefuses(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	}
	if len(segments) == 3 && segments[0] == "parts" {
		return c.storePart(segments[1], segments[2])
	}
	if len(segments) == 2 && segments[0] == "blobs" {
		return c.storeBlob(segments[1])
	}
	return storageRefuses(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
}

func (c *call) storePart(id, number string) reply {
	n, err := strconv.Atoi(number)
	if err != nil {
		return storageRefuses(http.StatusBadRequest, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	}
	object, problem := c.receive()
	if problem != nil {
		return *problem
	}
	c.sb.storage.mu.Lock()
	defer c.sb.storage.mu.Unlock()
	upload := c.sb.storage.uploads[id]
	if upload == nil {
		return storageRefuses(http.StatusNotFound, "NoSuchUpload", noSuchUpload)
	}
	upload.parts[n] = object
	c.commit()
	out := newReply(http.StatusOK, "", nil)
	out.header.Set("ETag", object.etag())
	return out
}

func (c *call) storeBlob(key string) reply {
	object, problem := c.receive()
	if problem != nil {
		return *problem
	}
	c.sb.storage.mu.Lock()
	defer c.sb.storage.mu.Unlock()
	for _, b := range c.sb.storage.blobs {
		if b.key != key {
			continue
		}
		headers := b.headers()
		for _, name := range headers.names {
			if want, _ := headers.get(name); c.http.Header.Get(name) != want {
				return storageRefuses(http.StatusForbidden, "SignatureDoesNotMatch",
					"The request signature we calculated does not match the signature you provided. Check your key and signing method.")
			}
		}
		if base64.StdEncoding.EncodeToString(object.md5[:]) != b.checksum || object.size != int64(b.size) {
			return storageRefuses(http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received.")
		}
		b.content = object
		c.commit()
		out := newReply(http.StatusOK, "", nil)
		out.header.Set("ETag", object.etag())
		return out
	}
	return storageRefuses(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
}

// receive reads a body to its end and keeps its beginning.
func (c *call) receive() (*storedObject, *reply) {
	sum, kept := md5.New(), &beginning{}
	size, err := io.Copy(io.MultiWriter(sum, kept), contextReader{c.http.Context(), c.http.Body})
	if err != nil || size != c.http.ContentLength {
		out := storageRefuses(http.StatusBadRequest, "IncompleteBody",
			"You did not provide the number of bytes specified by the Content-Length HTTP header")
		return nil, &out
	}
	object := &storedObject{size: size, head: kept.bytes}
	sum.Sum(object.md5[:0])
	return object, nil
}

// beginning keeps the first bytes that are written to it.
type beginning struct{ bytes []byte }

func (b *beginning) Write(p []byte) (int, error) {
	if room := keptBytes - len(b.bytes); room > 0 {
		b.bytes = append(b.bytes, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// storageReply is store with the journal and the faults that API requests have. The body is read as it comes, and not
// before the fault acts.
func (s *Sandbox) storageReply(r *http.Request, path string) (reply, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	c := &call{sb: s, http: r, now: s.now(), path: storageMount + path, all: params{}, body: params{}}
	return s.serveCall(c, mountStorage, func(c *call) reply { return c.store(path) })
}

// presignFile is POST /files/presign.
func presignFile(r *request) answer {
	name := r.params.str("filename")
	size := int64(rubyInt(r.params.str("file_size")))
	switch {
	case strings.TrimSpace(name) == "":
		return badRequest("filename is required")
	case size <= 0:
		return badRequest("file_size is required")
	case size > maxUpload:
		return badRequest("file_size exceeds the 20 GB maximum")
	}
	s := &r.sb.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.number()
	d := digest(r.sb.seed, "upload", n)
	key := fmt.Sprintf("attachments/%s/%x/original/%s", r.store.seller.externalID, d[:16], safeName(name))
	id := hex.EncodeToString(d[16:])
	upload := &multipartUpload{key: key, url: storageBase + key, owner: r.store, parts: map[int]*storedObject{}}
	if s.uploads == nil {
		s.uploads = map[string]*multipartUpload{}
	}
	s.uploads[id] = upload
	parts := []*object{}
	for i := range int((size + partSize - 1) / partSize) {
		parts = append(parts, newObject().with("part_number", i+1).
			with("presigned_url", r.signed(fmt.Sprintf("/parts/%s/%d", id, i+1))))
	}
	r.commit()
	return render(http.StatusOK, success().with("upload_id", id).with("key", key).with("file_url", upload.url).
		with("parts", parts))
}

// storageBase is where the objects of the API's URLs are.
const storageBase = "https://gumroad-specials.s3.amazonaws.com/"

// safeName is a file name as a key holds it.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || strings.ContainsRune(`%#?&<>"'|*:`, c) {
			return '_'
		}
		return c
	}, strings.TrimSpace(name))
	if strings.Trim(name, ".") == "" {
		return "file"
	}
	return name
}

// ownUpload finds the upload that upload_id and key name.
func (r *request) uploadParams() (id, key string, problem string) {
	id, key = r.params.str("upload_id"), r.params.str("key")
	switch {
	case strings.TrimSpace(id) == "":
		return id, key, "upload_id is required"
	case strings.TrimSpace(key) == "":
		return id, key, "key is required"
	}
	return id, key, ""
}

func (r *request) ownKey(key string) bool {
	return strings.HasPrefix(key, "attachments/"+r.store.seller.externalID+"/") && !strings.Contains(key, "..")
}

func completeFile(r *request) answer {
	id, key, problem := r.uploadParams()
	sent, isList := list(r.params["parts"]) // Gumroad's own command line sends a form: parts[0][etag]
	if !isList {
		sent = []any{r.params["parts"]}
	}
	switch {
	case problem != "":
		return badRequest(problem)
	case r.params.blank("parts"):
		return badRequest("parts is required")
	case !r.ownKey(key):
		return badRequest("invalid key")
	}
	numbers, etags := make([]int, len(sent)), make([]string, len(sent))
	for i, part := range sent {
		fields, isHash := part.(map[string]any)
		number, isScalar := scalar(fields["part_number"])
		etag, isText := scalar(fields["etag"])
		if !isHash || !isScalar || !isText || blank(fields["part_number"]) || blank(fields["etag"]) {
			return badRequest("each part must have scalar part_number and etag values")
		}
		numbers[i], etags[i] = rubyInt(number), etag
	}
	s := &r.sb.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	upload := s.uploads[id]
	if upload == nil || upload.key != key {
		return badRequest(noSuchUpload)
	}
	whole := &storedObject{}
	for i, n := range numbers {
		part := upload.parts[n]
		if part == nil || strings.Trim(etags[i], `"`) != strings.Trim(part.etag(), `"`) {
			return badRequest(invalidPart)
		}
		if i > 0 && numbers[i-1] >= n {
			return badRequest("The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
		if i == 0 {
			whole.head = part.head
		}
		whole.size += part.size
	}
	delete(s.uploads, id)
	if s.objects == nil {
		s.objects = map[string]*storedObject{}
	}
	s.objects[upload.url] = whole
	r.commit()
	return ok("file_url", upload.url)
}

func abortFile(r *request) answer {
	id, key, problem := r.uploadParams()
	if problem != "" {
		return badRequest(problem)
	}
	if !r.ownKey(key) {
		return badRequest("invalid key")
	}
	s := &r.sb.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	if upload := s.uploads[id]; upload == nil || upload.key != key {
		return ok("status", "already_gone")
	}
	delete(s.uploads, id)
	r.commit()
	return ok("status", "accepted")
}

// object is what was uploaded to a URL of the API, or nil.
func (s *storage) object(url string) *storedObject {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[url]
}

const maxMedia = 10 << 20

// createDirectUpload is POST /direct_uploads, whose answer has no success.
func createDirectUpload(r *request) answer {
	sent, isHash := r.params["blob"].(map[string]any)
	if !isHash || len(sent) == 0 {
		return badRequest("param is missing or the value is empty or invalid: blob")
	}
	in := params(sent)
	for _, name := range []string{"filename", "byte_size", "checksum"} {
		if !in.has(name) {
			return badRequest(name + " is required")
		}
	}
	media := r.params.str("purpose") == "media"
	size, kind := rubyInt(in.str("byte_size")), strings.ToLower(in.str("content_type"))
	_, subtype, _ := strings.Cut(kind, "video/")
	switch {
	case size <= 0:
		return badRequest("byte_size is required")
	case media && size > maxMedia:
		return badRequest("byte_size exceeds the 10 MB maximum for media uploads")
	case size > maxUpload:
		return badRequest("byte_size exceeds the 20 GB maximum")
	case media && (!strings.HasPrefix(kind, "image/") || strings.Contains(kind, "svg")):
		return badRequest("content_type must be an image type.")
	case !media && !isCoverImage(kind) && subtype == "":
		return badRequest("content_type must be JPEG, PNG, GIF, or video.")
	case in.blank("checksum"):
		return badRequest("Checksum can't be blank")
	}
	s := &r.sb.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.number()
	d := digest(r.sb.seed, "blob", n)
	b := &blob{n: n, key: letters(d[:], 28), filename: in.str("filename"), kind: kind, checksum: in.str("checksum"),
		size: size, owner: r.store, media: media, createdAt: r.now}
	b.signedID = base64.RawURLEncoding.EncodeToString(d[:]) + "--" + hex.EncodeToString(d[:20])
	if s.blobs == nil {
		s.blobs = map[string]*blob{}
	}
	s.blobs[b.signedID] = b
	r.commit()
	return render(http.StatusOK, newObject().with("id", b.n).with("key", b.key).with("filename", b.filename).
		with("content_type", b.kind).with("metadata", newObject()).with("service_name", "amazon_public").
		with("byte_size", b.size).with("checksum", b.checksum).with("created_at", stamp(b.createdAt)).
		with("signed_id", b.signedID).with("direct_upload", newObject().
		with("url", r.signed("/blobs/"+b.key)).with("headers", b.headers())))
}

// directUploadScope is the scope that a direct upload needs by itself, or "".
func directUploadScope(r *request) string {
	if r.params.str("purpose") == "media" {
		return "edit_profile"
	}
	return ""
}

func (b *blob) headers() *object {
	return newObject().with("Content-Type", b.kind).with("Content-MD5", b.checksum)
}

func isCoverImage(kind string) bool {
	switch kind {
	case "image/jpeg", "image/jpg", "image/png", "image/gif":
		return true
	}
	return false
}

// letters turns a digest into lower-case letters and digits.
func letters(from []byte, n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[int(from[i%len(from)]+byte(i/len(from)))%len(alphabet)]
	}
	return string(out)
}

// takeBlob finds a blob by its signed id for a controller that is about to judge and attach it; nil if there is none that
// the seller can use.
func (r *request) takeBlob() *blob {
	s := &r.sb.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.blobs[r.params.str("signed_blob_id")]
	if b == nil || b.owner != r.store {
		return nil
	}
	return b
}
