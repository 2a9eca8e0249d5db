package gumroad_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// zeros is a file of any size that takes no room.
type zeros struct{ size int64 }

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	n := min(int64(len(p)), z.size-off)
	clear(p[:n])
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

func zeroFile(size int64) gumroad.Content {
	return gumroad.Content{Name: "a.zip", Type: "application/zip", Size: size, ReaderAt: zeros{size}}
}

const threeParts = 2*gumroad.PartSize + 1000

// paths are the ends of the paths that were requested, in order.
func (s store) paths() (paths []string) {
	for _, entry := range s.Journal() {
		path := entry.Path[strings.LastIndex(entry.Path, "/")+1:]
		if strings.HasPrefix(entry.Path, "/_storage") {
			path = "part " + path
		}
		paths = append(paths, path)
	}
	return paths
}

// attached tells whether a product takes a file's address with its size, which shows that it is there as a whole.
func (s store) attached(t *testing.T, fileURL string, size gumroad.Int) {
	t.Helper()
	product := gumroad.ProductRef{ProductID: s.highlight(t, "draft product").ID}
	changed, err := s.SetContent(t.Context(), gumroad.SetContent{ProductRef: product, Files: []gumroad.FileEntry{{URL: fileURL}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(changed.Files) != 1 || changed.Files[0].Size != size {
		t.Errorf("there is %+v, want a file of %d bytes", changed.Files, size)
	}
}

func TestUploadFile(t *testing.T) {
	t.Run("parts are sent and put together", func(t *testing.T) {
		s := open(t)
		url, err := s.UploadFile(t.Context(), zeroFile(threeParts))
		if err != nil {
			t.Fatal(err)
		}
		got := s.paths()
		slices.Sort(got[1:4]) // they go side by side
		if want := []string{"presign", "part 1", "part 2", "part 3", "complete"}; !slices.Equal(got, want) {
			t.Errorf("requests %q, want %q", got, want)
		}
		s.attached(t, url, threeParts)
	})
	t.Run("a part that fails is sent again, and the others are not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for _, fault := range []sandbox.Fault{
				{Kind: sandbox.FaultStatus, Status: 500}, {Kind: sandbox.FaultStatus, Status: 503}, {Kind: sandbox.FaultLost},
				{Kind: sandbox.FaultRefused}, {Kind: sandbox.FaultStatus, Status: 429},
			} {
				s := open(t)
				fault.Path, fault.Count = "/_storage/parts/*/2", 2
				s.Inject(fault)
				url, err := s.UploadFile(t.Context(), zeroFile(threeParts))
				if err != nil {
					t.Fatalf("%s: %v", fault.Kind, err)
				}
				sent := map[string]int{}
				for _, path := range s.paths() {
					sent[path]++
				}
				if sent["part 2"] != 3 || sent["part 1"] != 1 || sent["part 3"] != 1 || sent["presign"] != 1 {
					t.Errorf("%s: it was sent %v", fault.Kind, sent)
				}
				s.attached(t, url, threeParts)
			}
		})
	})
	t.Run("a part that keeps failing ends the upload, which is discarded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t)
			s.Inject(sandbox.Fault{Path: "/_storage/parts/*/1", Kind: sandbox.FaultStatus, Status: 500})
			_, err := s.UploadFile(t.Context(), zeroFile(1000))
			if code(err) != gumroad.UpstreamUnavailable {
				t.Errorf("it is %v", err)
			}
			if want := []string{"presign", "part 1", "part 1", "part 1", "abort", "abort"}; !slices.Equal(s.paths(), want) {
				t.Errorf("requests %q, want %q", s.paths(), want)
			}
		})
	})
	t.Run("a part that is refused is not sent again", func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/_storage/parts/*/1", Kind: sandbox.FaultStatus, Status: 403})
		_, err := s.UploadFile(t.Context(), zeroFile(1000))
		if want := []string{"presign", "part 1", "abort", "abort"}; code(err) != gumroad.UpstreamUnavailable || !slices.Equal(s.paths(), want) {
			t.Errorf("%v after %q, want %q", err, s.paths(), want)
		}
	})
	t.Run("a redirect of the storage is not followed", func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/_storage/parts/*/1", Kind: sandbox.FaultRedirect, URL: "https://elsewhere.example/"})
		if _, err := s.UploadFile(t.Context(), zeroFile(1000)); code(err) != gumroad.UpstreamUnavailable {
			t.Errorf("it is %v", err)
		}
	})
	t.Run("a lost answer to presign changes nothing and is not repeated", func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/files/presign", Kind: sandbox.FaultLost})
		_, err := s.UploadFile(t.Context(), zeroFile(1000))
		if want := []string{"presign"}; code(err) != gumroad.UpstreamUnavailable || !slices.Equal(s.paths(), want) {
			t.Errorf("%v after %q, want %q", err, s.paths(), want)
		}
	})
	t.Run("of a lost answer to complete, abort tells that the file was made", func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/files/complete", Kind: sandbox.FaultLost})
		url, err := s.UploadFile(t.Context(), zeroFile(1000))
		if err != nil {
			t.Fatal(err)
		}
		s.attached(t, url, 1000)
	})
	t.Run("or that it was not", func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/files/complete", Kind: sandbox.FaultHTML, Status: 502})
		if _, err := s.UploadFile(t.Context(), zeroFile(1000)); code(err) != gumroad.UpstreamUnavailable {
			t.Errorf("it is %v", err)
		}
		if got := s.paths(); !slices.Equal(got[len(got)-2:], []string{"abort", "abort"}) {
			t.Errorf("requests %q", got)
		}
	})
	t.Run("an upload that Gumroad refuses says why", func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/files/complete", Kind: sandbox.FaultStatus, Status: 400})
		_, err := s.UploadFile(t.Context(), zeroFile(1000))
		if e, ok := errors.AsType[*gumroad.Error](err); !ok || e.MayHaveChanged() {
			t.Errorf("it is %v", err)
		}
	})
	t.Run("a file that Gumroad does not take is not announced", func(t *testing.T) {
		s := open(t)
		if _, err := s.UploadFile(t.Context(), zeroFile(gumroad.MaxFile+1)); code(err) != gumroad.InvalidArguments || len(s.Journal()) > 0 {
			t.Errorf("%v after %q", err, s.paths())
		}
	})
	t.Run("a file that gets shorter meanwhile is not attached", func(t *testing.T) {
		s := open(t)
		shorter := zeroFile(1000)
		shorter.ReaderAt = bytes.NewReader(make([]byte, 500))
		if _, err := s.UploadFile(t.Context(), shorter); err == nil || slices.Contains(s.paths(), "complete") {
			t.Errorf("%v after %q", err, s.paths())
		}
	})
	t.Run("progress grows to the whole", func(t *testing.T) {
		s := open(t)
		var mu sync.Mutex
		var done []int
		ctx := gumroad.WithProgress(t.Context(), func(sent, total int, message string) {
			mu.Lock()
			defer mu.Unlock()
			if total != threeParts || !strings.Contains(message, "200 MB") {
				t.Errorf("it says %d of %d, %q", sent, total, message)
			}
			done = append(done, sent)
		})
		if _, err := s.UploadFile(ctx, zeroFile(threeParts)); err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(done) || len(done) < 20 || done[len(done)-1] < threeParts*97/100 {
			t.Errorf("it says %v", done)
		}
	})
	t.Run("a call that is cancelled discards what it sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t)
			s.Inject(sandbox.Fault{Path: "/_storage/parts/*/2", Kind: sandbox.FaultSlow, Delay: time.Hour})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() {
				_, err := s.UploadFile(ctx, zeroFile(threeParts))
				ended <- err
			}()
			synctest.Wait()
			cancel()
			if err := <-ended; code(err) != gumroad.Timeout {
				t.Errorf("it is %v", err)
			}
			if got := s.paths(); !slices.Equal(got[len(got)-2:], []string{"abort", "abort"}) || slices.Contains(got, "complete") {
				t.Errorf("requests %q", got)
			}
		})
	})
	t.Run("a connection on which nothing moves is given up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t)
			s.Inject(sandbox.Fault{Path: "/_storage/parts/*/1", Kind: sandbox.FaultSlow, Delay: time.Hour, Count: 1})
			if _, err := s.UploadFile(t.Context(), zeroFile(1000)); err != nil {
				t.Errorf("the second attempt ended with %v", err)
			}
		})
	})
	t.Run("no more than four parts are under way", func(t *testing.T) {
		var now, peak atomic.Int32
		s := open(t, func(c *gumroad.Config) {
			next := c.Transport
			c.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if strings.HasPrefix(r.URL.Path, "/_storage") {
					if auth := r.Header.Get("Authorization"); auth != "" {
						t.Errorf("a credential goes to the storage: %s", auth)
					}
					peak.Store(max(peak.Load(), now.Add(1)))
					defer now.Add(-1)
				}
				return next.RoundTrip(r)
			})
		})
		if _, err := s.UploadFile(t.Context(), zeroFile(5*gumroad.PartSize)); err != nil {
			t.Fatal(err)
		}
		if peak.Load() < 2 || peak.Load() > 4 {
			t.Errorf("there were %d at once", peak.Load())
		}
	})
}

// TestStorageAddresses: a file is sent over TLS alone, and to this machine.
func TestStorageAddresses(t *testing.T) {
	for _, address := range []string{"http://storage.example/1", "ftp://storage.example/1", "/1", "https:///1", "", "http://127.0.0.1.example/1"} {
		t.Run(address, func(t *testing.T) {
			client := answering(t, true, reply{status: 200, body: `{"success":true,"upload_id":"u","key":"k","file_url":"f","status":"already_gone",` +
				`"parts":[{"part_number":1,"presigned_url":"` + address + `"}]}`})
			if _, err := client.UploadFile(t.Context(), zeroFile(10)); code(err) != gumroad.UpstreamUnavailable {
				t.Errorf("it is %v", err)
			}
		})
	}
	for name, parts := range map[string]string{
		"too few parts": `[]`, "too many": `[{"part_number":1},{"part_number":2}]`, "a part 0": `[{"part_number":0,"presigned_url":"https://a.example"}]`,
		"a part beyond the end": `[{"part_number":9,"presigned_url":"https://a.example"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			client := answering(t, true, reply{status: 200, body: `{"success":true,"upload_id":"u","key":"k","file_url":"f","status":"already_gone","parts":` + parts + `}`})
			if _, err := client.UploadFile(t.Context(), zeroFile(10)); code(err) != gumroad.UpstreamUnavailable {
				t.Errorf("it is %v", err)
			}
		})
	}
}

// TestDirectUploadsAreProven: the one answer without success is a yes only with what it is for.
func TestDirectUploadsAreProven(t *testing.T) {
	for body, want := range map[string]gumroad.Code{
		`{"signed_id":"x","direct_upload":{"url":"https://a.example"}}`: "",
		`{}`: gumroad.UpstreamUnavailable, `{"signed_id":""}`: gumroad.UpstreamUnavailable, `{"signed_id":null}`: gumroad.UpstreamUnavailable,
		`{"success":false,"signed_id":"x"}`: gumroad.Rejected, `[]`: gumroad.UpstreamUnavailable,
	} {
		t.Run(body, func(t *testing.T) {
			_, err := answering(t, true, reply{status: 200, body: body}).CreateDirectUpload(t.Context(), gumroad.CreateDirectUpload{Purpose: "x"})
			if code(err) != want {
				t.Errorf("it is %v, want %q", err, want)
			}
		})
	}
}

// BenchmarkUpload uploads a file from disk to the sandbox over TCP, with both in this process.
//
//	MB/s       of the whole upload
//	peak-MB    memory from the system above that before, for client and sandbox together, sampled every 5 ms
//
//	go test ./gumroad -run '^$' -bench Upload -benchtime 3x
func BenchmarkUpload(b *testing.B) {
	const size = 1 << 30
	path := filepath.Join(b.TempDir(), "large.bin")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil { // it reads as zeros
		b.Fatal(err)
	}
	box := sandbox.New(sandbox.Options{Sales: 1})
	server := httptest.NewServer(box)
	defer server.Close()
	client, err := gumroad.New(gumroad.Config{GumroadToken: gumroad.NewCredential(sandbox.GumroadToken),
		APIURL: server.URL + "/v2", RequestsPerSecond: -1})
	if err != nil {
		b.Fatal(err)
	}
	content := gumroad.Content{Name: "large.bin", Type: "application/octet-stream", Size: size, ReaderAt: file}
	b.SetBytes(size)
	runtime.GC()
	idle, peak := inUse(), atomic.Uint64{}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticks := time.NewTicker(5 * time.Millisecond)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				peak.Store(max(peak.Load(), inUse()))
			case <-stop:
				return
			}
		}
	}()
	for b.Loop() {
		if _, err := client.UploadFile(b.Context(), content); err != nil {
			b.Fatal(err)
		}
	}
	close(stop)
	<-stopped
	b.ReportMetric(float64(max(peak.Load(), idle)-idle)/(1<<20), "peak-MB")
}

// inUse is the memory that the runtime has from the system and has not given back.
func inUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
