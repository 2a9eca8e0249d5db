package sandbox_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// put sends bytes to an address that the API named.
func (s *service) put(address, content string, headers map[string]any) (status int, header http.Header, body string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, address, strings.NewReader(content))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value.(string))
	}
	response, err := s.server.Client().Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(said)
}

// presigned begins an upload of one part, which it names {upload}, {key}, {file} and {part}.
func (s *service) presigned(name string) {
	s.t.Helper()
	s.step("POST /files/presign filename=" + name + "&file_size=5 => upload:upload_id key:key file:file_url part:parts.0.presigned_url")
}

// uploaded sends an image or a video for a picture and names its blob {blob}.
func (s *service) uploaded(kind, content, purpose string) {
	s.t.Helper()
	sum := md5.Sum([]byte(content))
	blob := map[string]any{"blob": map[string]any{"filename": "picture", "byte_size": len(content), "content_type": kind,
		"checksum": base64.StdEncoding.EncodeToString(sum[:])}, "purpose": purpose}
	a := s.send(row{do: "POST /direct_uploads", body: encode(blob)})
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	body := a.json(s.t)
	headers, _ := at(body, "direct_upload.headers")
	if status, _, said := s.put(text(s.t, body, "direct_upload.url"), content, headers.(map[string]any)); status != http.StatusOK {
		s.t.Fatalf("%d %s", status, said)
	}
	s.names["blob"] = text(s.t, body, "signed_id")
}

func picture(t testing.TB, kind string, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	plain := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White})
	var err error
	switch kind {
	case "image/png":
		err = png.Encode(&b, plain)
	case "image/jpeg":
		err = jpeg.Encode(&b, plain, nil)
	case "image/gif":
		err = gif.Encode(&b, plain, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPrivateUploads(t *testing.T) {
	const presign, complete, abort = "POST /files/presign", "POST /files/complete", "POST /files/abort"
	const own = "&key=attachments/{seller}/x/original/a.pdf"
	user := []string{"GET /user => seller:user.user_id"}
	refused := func(name, do, body, message string) row {
		return row{name: name, given: user, do: do, body: body, status: 400, is: badRequest(message)}
	}
	checkRows(t, sandbox.Options{}, []row{
		refused("14 presign without a name", presign, "file_size=5", "filename is required"),
		refused("14 presign without a size", presign, "filename=a.pdf", "file_size is required"),
		refused("14 presign of nothing", presign, "filename=a.pdf&file_size=0", "file_size is required"),
		refused("14 presign of a size in words", presign, "filename=a.pdf&file_size=big", "file_size is required"),
		refused("14 presign of more than 20 GB", presign, "filename=a.pdf&file_size=21474836481", "file_size exceeds the 20 GB maximum"),
		{name: "14 presign of 20 GB", do: presign, body: "filename=a.pdf&file_size=21474836480", has: `{"success":true,"upload_id":"<text>","parts":"<list>"}`},
		{name: "14 a size is read by its leading digits", do: presign, body: "filename=a.pdf&file_size=5 bytes", has: `{"parts":[{"part_number":1,"presigned_url":"<text>"}]}`},
		{name: "14 parts of 100 MiB, the last one shorter", do: presign, body: "filename=a.pdf&file_size=104857601", has: `{"parts":[{"part_number":1},{"part_number":2}]}`},
		{name: "14 the name of a key is cleaned", given: user, do: presign, body: "filename=../../etc/pass%25wd&file_size=5", has: `{"key":"~^attachments/[^/]+/[0-9a-f]{32}/original/pass_wd$","file_url":"~^https://gumroad-specials\\.s3\\.amazonaws\\.com/attachments/"}`},
		refused("14 complete without an upload", complete, `{}`, "upload_id is required"),
		refused("14 complete without a key", complete, `{"upload_id":"x"}`, "key is required"),
		refused("14 complete without parts", complete, `{"upload_id":"x","key":"y"}`, "parts is required"),
		refused("14 complete with a foreign key", complete, `{"upload_id":"x","key":"attachments/other/a","parts":[{"part_number":1,"etag":"e"}]}`, "invalid key"),
		refused("14 complete with parts that are none", complete, `{"upload_id":"x","key":"attachments/{seller}/a","parts":[{"part_number":{},"etag":"e"}]}`, "each part must have scalar part_number and etag values"),
		refused("14 complete with a part of text", complete, `{"upload_id":"x","key":"attachments/{seller}/a","parts":["1"]}`, "each part must have scalar part_number and etag values"),
		refused("14 complete with empty parts", complete, `{"upload_id":"x","key":"y","parts":[]}`, "parts is required"),
		refused("14 complete with one part of text", complete, "upload_id=x"+own+"&parts=1", "each part must have scalar part_number and etag values"),
		refused("14 complete of an unknown upload", complete, `{"upload_id":"x","key":"attachments/{seller}/a","parts":[{"part_number":1,"etag":"e"}]}`, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."),
		refused("14 abort without an upload", abort, "key=x", "upload_id is required"),
		refused("14 abort without a key", abort, "upload_id=x", "key is required"),
		refused("14 abort with a foreign key", abort, "upload_id=x&key=attachments/other/a", "invalid key"),
		{name: "14 abort of what is gone", given: user, do: abort, body: "upload_id=x" + own, is: `{"success":true,"status":"already_gone"}`},
		{name: "14 edit_products is enough", do: presign, body: "filename=a&file_size=1", token: "sandbox:edit_products", has: `{"success":true}`},
		{name: "14 view_sales is not", do: presign, body: "filename=a&file_size=1", token: "sandbox:view_sales", status: 403, is: "empty"},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "14 no uploads in 2025", do: presign, body: "filename=a&file_size=1", status: 404},
	})
	finish := func(s *service, etag string) row {
		return row{do: complete, body: encode(map[string]any{"upload_id": s.names["upload"], "key": s.names["key"],
			"parts": []any{map[string]any{"part_number": 1, "etag": etag}}})}
	}
	t.Run("14 a file is sent, completed once and attached", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.presigned("Book%20One.pdf")
		status, header, _ := s.put(s.names["part"], "12345", nil)
		sum := md5.Sum([]byte("12345"))
		if want := fmt.Sprintf(`"%x"`, sum); status != 200 || header.Get("ETag") != want {
			t.Errorf("%d, ETag %s, want %s", status, header.Get("ETag"), want)
		}
		s.expect(row{do: finish(s, `"wrong"`).do, body: finish(s, `"wrong"`).body, status: 400,
			is: badRequest("One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")})
		done := finish(s, header.Get("ETag"))
		done.is = `{"success":true,"file_url":"{file}"}`
		s.expect(done)
		done.is, done.status = badRequest("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."), 400
		s.expect(done)
		s.expect(row{do: abort, body: "upload_id={upload}&key={key}", is: `{"success":true,"status":"already_gone"}`})
		s.expect(row{do: "PUT /products/{draft product}", body: `{"files":[{"url":"{file}"}]}`,
			has: `{"product":{"files":[{"name":"Book One","filetype":"pdf","size":5,"filegroup":"document"}]}}`})
	})
	// Gumroad's own command line sends the parts as a form, sorted by name: parts[10] comes before parts[2].
	t.Run("14 parts of a form are ordered by their numbers", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("POST /files/presign filename=a.bin&file_size=1100000000 => upload:upload_id key:key file:file_url" +
			" part2:parts.2.presigned_url part10:parts.10.presigned_url")
		form := url.Values{"upload_id": {s.names["upload"]}, "key": {s.names["key"]}}
		for _, part := range []string{"2", "10"} {
			status, header, said := s.put(s.names["part"+part], "bytes of "+part, nil)
			if status != 200 {
				t.Fatalf("%d %s", status, said)
			}
			number, _ := strconv.Atoi(part)
			form.Set("parts["+part+"][part_number]", strconv.Itoa(number+1))
			form.Set("parts["+part+"][etag]", header.Get("ETag"))
		}
		s.expect(row{do: complete, body: form.Encode(), is: `{"success":true,"file_url":"{file}"}`})
	})
	t.Run("14 an aborted upload takes no parts", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.presigned("a.pdf")
		s.expect(row{do: abort, body: "upload_id={upload}&key={key}", is: `{"success":true,"status":"accepted"}`})
		s.expect(row{do: abort, body: "upload_id={upload}&key={key}", is: `{"success":true,"status":"already_gone"}`})
		if status, _, said := s.put(s.names["part"], "12345", nil); status != 404 || !strings.Contains(said, "NoSuchUpload") {
			t.Errorf("%d %s", status, said)
		}
	})
	t.Run("14 an address holds for 900 seconds", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.presigned("a.pdf")
		s.clock.Advance(900 * time.Second)
		if status, _, said := s.put(s.names["part"], "12345", nil); status != 200 {
			t.Errorf("%d %s", status, said)
		}
		s.clock.Advance(time.Second)
		if status, _, said := s.put(s.names["part"], "12345", nil); status != 403 || !strings.Contains(said, "Request has expired") {
			t.Errorf("%d %s", status, said)
		}
	})
	t.Run("14 an address is a permission for one part", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.presigned("a.pdf")
		other := strings.Replace(s.names["part"], "/1?", "/2?", 1)
		if status, _, _ := s.put(other, "12345", nil); status != 403 {
			t.Errorf("status %d, want 403", status)
		}
	})
}

func TestDirectUploads(t *testing.T) {
	const do = "POST /direct_uploads"
	blob := func(members string) string { return `{"blob":{` + members + `}}` }
	const good = `"filename":"a.png","byte_size":10,"checksum":"x","content_type":"image/png"`
	refused := func(name, body, message string) row {
		return row{name: name, do: do, body: body, status: 400, is: badRequest(message)}
	}
	media := func(members string) string { return `{"purpose":"media","blob":{` + members + `}}` }
	checkRows(t, sandbox.Options{}, []row{
		{name: "15 the answer has no success", do: do, body: blob(good), lacks: "success", has: `{"id":"<int>","key":"<text>","filename":"a.png","content_type":"image/png","metadata":{},"service_name":"<text>","byte_size":10,"checksum":"x","created_at":"<time>","signed_id":"<text>","direct_upload":{"url":"<text>","headers":"<object>"}}`},
		refused("15 no name", blob(`"byte_size":10,"checksum":"x"`), "filename is required"),
		refused("15 no size", blob(`"filename":"a","checksum":"x"`), "byte_size is required"),
		refused("15 no checksum", blob(`"filename":"a","byte_size":10`), "checksum is required"),
		refused("15 a size of nothing", blob(`"filename":"a","byte_size":0,"checksum":"x"`), "byte_size is required"),
		refused("15 more than 20 GB", blob(`"filename":"a","byte_size":21474836481,"checksum":"x"`), "byte_size exceeds the 20 GB maximum"),
		refused("15 a type that is no picture", blob(`"filename":"a","byte_size":10,"checksum":"x","content_type":"application/pdf"`), "content_type must be JPEG, PNG, GIF, or video."),
		refused("15 a video of no kind", blob(`"filename":"a","byte_size":10,"checksum":"x","content_type":"video/"`), "content_type must be JPEG, PNG, GIF, or video."),
		refused("15 a blank checksum", blob(`"filename":"a","byte_size":10,"checksum":"","content_type":"image/png"`), "Checksum can't be blank"),
		refused("15 media of more than 10 MB", media(`"filename":"a","byte_size":10485761,"checksum":"x","content_type":"image/png"`), "byte_size exceeds the 10 MB maximum for media uploads"),
		refused("15 media that is a video", media(`"filename":"a","byte_size":10,"checksum":"x","content_type":"video/mp4"`), "content_type must be an image type."),
		refused("15 media that is SVG", media(`"filename":"a","byte_size":10,"checksum":"x","content_type":"image/svg+xml"`), "content_type must be an image type."),
		{name: "15 media may be WebP", do: do, body: media(`"filename":"a","byte_size":10,"checksum":"x","content_type":"image/webp"`), has: `{"signed_id":"<text>"}`},
		{name: "15 edit_products uploads pictures", do: do, body: blob(good), token: "sandbox:edit_products", has: `{"signed_id":"<text>"}`},
		{name: "15 and no media", do: do, body: media(good), token: "sandbox:edit_products", status: 403, is: "empty"},
		{name: "15 nor does account", do: do, body: media(good), token: "sandbox:account", status: 403, is: `{"success":false,"message":"This endpoint requires the edit_profile scope."}`},
		{name: "15 edit_profile uploads media", do: do, body: media(good), token: "sandbox:edit_profile", has: `{"signed_id":"<text>"}`},
		{name: "15 and no pictures", do: do, body: blob(good), token: "sandbox:edit_profile", status: 403, is: "empty"},
	})
	t.Run("15 the bytes have to be those announced", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		sum := md5.Sum([]byte("12345"))
		body := s.send(row{do: do, body: blob(`"filename":"a.png","byte_size":5,"content_type":"image/png","checksum":"` +
			base64.StdEncoding.EncodeToString(sum[:]) + `"`)}).json(t)
		address := text(t, body, "direct_upload.url")
		headers, _ := at(body, "direct_upload.headers")
		if status, _, _ := s.put(address, "12345", nil); status != 403 {
			t.Errorf("without the headers: %d, want 403", status)
		}
		if status, _, said := s.put(address, "12346", headers.(map[string]any)); status != 400 || !strings.Contains(said, "BadDigest") {
			t.Errorf("other bytes: %d %s", status, said)
		}
		if status, _, said := s.put(address, "12345", headers.(map[string]any)); status != 200 {
			t.Errorf("%d %s", status, said)
		}
	})
}

func TestCoversAndThumbnails(t *testing.T) {
	const post, gallery = "POST /products/{digital product}/covers", "{product with a gallery}"
	const square = "POST /products/{digital product}/thumbnail"
	full := func() (given []string) {
		for range 7 {
			given = append(given, post+" url=https://pictures.example.com/a.png")
		}
		return given
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "8 neither", do: post, is: refused("Please provide a signed_blob_id or url.")},
		{name: "8 a bad signature", do: post, body: "signed_blob_id=x&url=https://pictures.example.com/a.png", is: refused("The signed_blob_id is invalid or expired.")},
		{name: "8 all covers, the new one last", do: post, body: "url=https://pictures.example.com/a-1600x900.jpg", has: `{"success":true,"covers":[{"type":"image"},{"id":"~^[0-9a-f]{32}$","url":"<text>","original_url":"<text>","thumbnail":null,"type":"image","filetype":"jpeg","width":670,"height":376,"native_width":1600,"native_height":900}],"main_cover_id":"<text>"}`},
		{name: "8 a page of a service", do: post, body: "url=https://www.youtube.com/watch?v=a", has: `{"covers":["<object>",{"type":"oembed","thumbnail":"<text>"}]}`},
		{name: "8 a video", do: post, body: "url=https://pictures.example.com/a.mp4", has: `{"covers":["<object>",{"type":"video"}]}`},
		{name: "8 a page without an embed", do: post, body: "url=https://pictures.example.com/about", is: refused("A URL from an unsupported platform was provided. Please try again.")},
		{name: "8 WebP", do: post, body: "url=https://pictures.example.com/a.webp", is: refused("Cover must be an image (JPEG, PNG, GIF) or a video.")},
		{name: "8 an image of more than 50 MB", do: post, body: "url=https://pictures.example.com/huge.png", is: refused("Cover images must be smaller than 50 MB. Please resize or compress the image and try again.")},
		{name: "8 a private host", do: post, body: "url=http://127.0.0.1/a.png", is: refused("Could not process your cover, please try again.")},
		{name: "8 a host that does not answer", do: post, body: "url=https://gone.invalid/a.png", is: refused("Could not process your cover, please try again.")},
		{name: "8 the eighth", given: full()[1:], do: post, body: "url=https://pictures.example.com/a.png", has: `{"success":true}`},
		{name: "8 a ninth", given: full(), do: post, body: "url=https://pictures.example.com/a.png", is: refused("Sorry, we have a limit of 8 previews. Please delete an existing one before adding another.")},
		{name: "8 deleted ones do not count", given: append(full(), "GET /products/{digital product} => c:product.covers.0.id", "DELETE /products/{digital product}/covers/{c}"), do: post, body: "url=https://pictures.example.com/a.png", has: `{"success":true}`},
		{name: "8 delete the main one", given: []string{"GET /products/" + gallery + " => a:product.covers.0.id b:product.covers.1.id c:product.covers.2.id"}, do: "DELETE /products/" + gallery + "/covers/{a}", has: `{"success":true,"covers":[{"id":"{b}"},{"id":"{c}"}],"main_cover_id":"{b}"}`},
		{name: "8 delete twice", given: []string{"GET /products/" + gallery + " => a:product.covers.0.id", "DELETE /products/" + gallery + "/covers/{a}"}, do: "DELETE /products/" + gallery + "/covers/{a}", is: notFound("cover")},
		{name: "8 an unknown product", do: "POST /products/{unknown}/covers", is: notFound("product")},
		{name: "8 view_sales may not", do: post, token: "sandbox:view_sales", status: 403, is: "empty"},
		{name: "5.7 the order", given: []string{"GET /products/" + gallery + " => a:product.covers.0.id b:product.covers.1.id c:product.covers.2.id"}, do: "PUT /products/" + gallery, body: `{"cover_ids":["{c}","x","{a}","{b}"]}`, has: `{"product":{"covers":[{"id":"{c}"},{"id":"{a}"},{"id":"{b}"}],"main_cover_id":"{c}","preview_url":"<text>"}}`},
		{name: "5.7 what is left out goes first", given: []string{"GET /products/" + gallery + " => a:product.covers.0.id b:product.covers.1.id c:product.covers.2.id"}, do: "PUT /products/" + gallery, body: `{"cover_ids":["{c}","{a}"]}`, has: `{"product":{"covers":[{"id":"{b}"},{"id":"{c}"},{"id":"{a}"}]}}`},
		{name: "5.7 ids that are no texts", do: "PUT /products/" + gallery, body: `{"cover_ids":[1]}`, is: refused("cover_ids must be an array of strings.")},

		{name: "7 neither", do: square, is: refused("Please provide a signed_blob_id or url.")},
		{name: "7 a bad signature", do: square, body: "signed_blob_id=x", is: refused("The signed_blob_id is invalid or expired.")},
		{name: "7 another scheme", do: square, body: "url=ftp://pictures.example.com/a.png", status: 400, is: refused("Please provide a valid public image URL.")},
		{name: "7 a private host", do: square, body: "url=https://10.0.0.1/a.png", status: 400, is: refused("Please provide a valid public image URL.")},
		{name: "7 a host that does not answer", do: square, body: "url=https://gone.invalid/a.png", is: refused("Could not process your thumbnail, please try again.")},
		{name: "7 more than 5 MB", do: square, body: "url=https://pictures.example.com/huge.png", is: refused("Could not process your thumbnail, please upload an image with size smaller than 5 MB.")},
		{name: "7 no picture", do: square, body: "url=https://pictures.example.com/a.pdf", is: refused("Could not process your thumbnail, please try again.")},
		{name: "7 no square", do: square, body: "url=https://pictures.example.com/a-800x600.png", is: refused("Please upload a square thumbnail.")},
		{name: "7 too small", do: square, body: "url=https://pictures.example.com/a-599x599.png", is: refused("Could not process your thumbnail, please try again.")},
		{name: "7 a good one", do: square, body: "url=https://pictures.example.com/a-600x600.png", has: `{"success":true,"thumbnail":{"url":"<text>","guid":"~^[0-9a-f]{32}$"}}`},
		{name: "7 it is the product's", given: []string{square + " url=https://pictures.example.com/a-600x600.png => url:thumbnail.url"}, do: "GET /products/{digital product}", has: `{"product":{"thumbnail_url":"{url}"}}`},
		{name: "7 its guid stays when it is replaced", given: []string{square + " url=https://pictures.example.com/a.png => guid:thumbnail.guid"}, do: square, body: "url=https://pictures.example.com/b.png", has: `{"thumbnail":{"guid":"{guid}","url":"~/b.png$"}}`},
		{name: "7 and when it comes back", given: []string{square + " url=https://pictures.example.com/a.png => guid:thumbnail.guid", "DELETE /products/{digital product}/thumbnail"}, do: square, body: "url=https://pictures.example.com/b.png", has: `{"thumbnail":{"guid":"{guid}"}}`},
		{name: "7 delete", do: "DELETE /products/" + gallery + "/thumbnail", is: `{"success":true,"thumbnail":null}`},
		{name: "7 delete twice", given: []string{"DELETE /products/" + gallery + "/thumbnail"}, do: "DELETE /products/" + gallery + "/thumbnail", is: notFound("thumbnail")},
		{name: "7 delete where there is none", do: "DELETE /products/{digital product}/thumbnail", is: notFound("thumbnail")},
	})
	for _, c := range []struct {
		name, kind, content, do, message string
	}{
		{"8 JPEG", "image/jpeg", picture(t, "image/jpeg", 80, 40), post, ""},
		{"8 GIF", "image/gif", picture(t, "image/gif", 80, 40), post, ""},
		{"8 a text that calls itself PNG", "image/png", "just text", post, "Cover must be an image (JPEG, PNG, GIF) or a video."},
		{"8 a broken PNG", "image/png", "\x89PNG\r\n\x1a\n broken", post, "Could not analyze cover. Please check the uploaded file."},
		{"7 a PNG", "image/png", picture(t, "image/png", 600, 600), square, ""},
		{"7 a PNG that is no square", "image/png", picture(t, "image/png", 600, 601), square, "Please upload a square thumbnail."},
		{"7 a video", "video/mp4", "video", square, "Could not process your thumbnail, please try again."},
	} {
		t.Run(c.name+" that was uploaded", func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.uploaded(c.kind, c.content, "")
			want := row{do: c.do, body: "signed_blob_id={blob}", has: `{"success":true}`}
			if c.message != "" {
				want.is, want.has = refused(c.message), ""
			}
			s.expect(want)
		})
	}
	t.Run("7 a failed replacement leaves the old picture", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("GET /products/" + gallery + " => url:product.thumbnail_url")
		s.send(row{do: "POST /products/" + gallery + "/thumbnail", body: "url=https://pictures.example.com/a-10x10.png"})
		s.expect(row{do: "GET /products/" + gallery, has: `{"product":{"thumbnail_url":"{url}"}}`})
	})
}

func TestMedia(t *testing.T) {
	const address = "url=https://pictures.example.com/Autumn.png"
	checkRows(t, sandbox.Options{}, []row{
		{name: "16 list, newest first", do: "GET /media", has: `{"success":true,"media":[{"id":"~^[a-z0-9]{16}$","name":"autumn sale","extension":"PNG","file_size":640000,"url":"<text>","status":{"type":"saved"},"file_group":"image","created_at":"<time>"},{"name":"banner"},{"name":"studio"}]}`},
		{name: "16 the list needs view_profile itself", do: "GET /media", token: "sandbox:account", status: 403, is: `{"success":false,"message":"This endpoint requires the view_profile scope."}`},
		{name: "16 edit_profile does not list", do: "GET /media", token: "sandbox:edit_profile", status: 403, is: "empty"},
		{name: "16 view_profile lists", do: "GET /media", token: "sandbox:view_profile", has: `{"success":true}`},
		{name: "16 view_profile does not add", do: "POST /media", body: address, token: "sandbox:view_profile", status: 403, is: "empty"},
		{name: "16 account does not add", do: "POST /media", body: address, token: "sandbox:account", status: 403, is: `{"success":false,"message":"This endpoint requires the edit_profile scope."}`},
		{name: "16 edit_profile adds", do: "POST /media", body: address, token: "sandbox:edit_profile", has: `{"success":true,"media":{"name":"Autumn","extension":"PNG"}}`},
		{name: "16 a name", do: "POST /media", body: address + "&name=Leaves", has: `{"media":{"name":"Leaves"}}`},
		{name: "16 neither", do: "POST /media", is: refused("Please provide a url or signed_blob_id.")},
		{name: "16 a bad signature wins over a good address", do: "POST /media", body: address + "&signed_blob_id=x", is: refused("The signed_blob_id is invalid or expired.")},
		{name: "16 another scheme", do: "POST /media", body: "url=ftp://pictures.example.com/a.png", is: refused("Please provide a valid public URL.")},
		{name: "16 a private host", do: "POST /media", body: "url=http://169.254.169.254/a.png", is: refused("Please provide a valid public URL.")},
		{name: "16 a host that does not answer", do: "POST /media", body: "url=https://gone.invalid/a.png", is: refused("We couldn't download that file, please check the URL and try again.")},
		{name: "16 no image", do: "POST /media", body: "url=https://pictures.example.com/a.pdf", is: refused("Only image files can be uploaded.")},
		{name: "16 SVG", do: "POST /media", body: "url=https://pictures.example.com/a.svg", is: refused("Only image files can be uploaded.")},
		{name: "16 a download is cut off before its type is judged", do: "POST /media", body: "url=https://pictures.example.com/huge.pdf", is: refused("That file is too large. Images can be up to 10 MB.")},
		{name: "16 delete", given: []string{"GET /media => id:media.0.id"}, do: "DELETE /media/{id}", is: `{"success":true,"message":"The file was deleted."}`},
		{name: "16 delete twice", given: []string{"GET /media => id:media.0.id", "DELETE /media/{id}"}, do: "DELETE /media/{id}", is: notFound("media")},
		{name: "16 no token", do: "GET /media", token: "none", status: 401},
	})
	t.Run("16 an uploaded picture is used once", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.uploaded("image/png", picture(t, "image/png", 10, 10), "media")
		s.expect(row{do: "POST /media", body: "signed_blob_id={blob}", has: `{"media":{"name":"picture","extension":"PNG","file_size":"<int>"}}`})
		s.expect(row{do: "POST /media", body: "signed_blob_id={blob}", is: refused("The signed_blob_id is invalid or expired.")})
	})
	t.Run("16 no more than 500", func(t *testing.T) {
		s := serve(t, sandbox.Options{Unthrottled: true})
		for range 497 {
			s.step("POST /media " + address)
		}
		s.expect(row{do: "POST /media", body: address, is: refused("You've reached the limit of 500 uploaded files. Delete some before uploading more.")})
	})
}
