package sandbox

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// library is what a seller hosts for pages.
type library struct {
	media    []*media // by creation, without deleted ones
	inactive bool     // the account was suspended or closed
}

type media struct {
	n                        int
	id, name, extension, url string
	size                     int
	createdAt                time.Time
}

const maxMediaFiles = 500

func (m *media) json() *object {
	return newObject().with("id", m.id).with("name", m.name).with("extension", orNull(m.extension)).
		with("file_size", m.size).with("url", m.url).with("status", newObject().with("type", "saved")).
		with("file_group", "image").with("created_at", stamp(m.createdAt))
}

func (s *Sandbox) newMedia(name, kind string, size int) *media {
	n := s.next("media")
	d := digest(s.seed, "media", n)
	m := &media{n: n, id: letters(d[:], 16), name: name, size: size}
	_, extension, _ := strings.Cut(kind, "/")
	if extension == "jpeg" {
		extension = "jpg"
	}
	m.extension = strings.ToUpper(extension)
	m.url = publicFile(letters(d[16:], 28))
	return m
}

func listMedia(r *request) answer {
	rows := []*object{}
	for _, m := range slices.Backward(r.store.media) {
		rows = append(rows, m.json())
	}
	return ok("media", rows)
}

func addMedia(r *request) answer {
	sent := r.params
	switch {
	case r.store.inactive:
		return render(http.StatusForbidden, refuse("Your account is not active.").body)
	case sent.blank("signed_blob_id") && sent.blank("url"):
		return refuse("Please provide a url or signed_blob_id.")
	case len(r.store.media) >= maxMediaFiles:
		return refuse("You've reached the limit of 500 uploaded files. Delete some before uploading more.")
	}
	var made picture
	var b *blob
	name := ""
	if !sent.blank("signed_blob_id") {
		if b = r.takeBlob(); b == nil || b.attached || b.content == nil {
			return refuse(badSignature)
		}
		made, name = b.picture(), b.filename
	} else {
		var found, fit bool
		made, found, fit = r.sb.fetch(sent.str("url"))
		switch {
		case !fit:
			return refuse("Please provide a valid public URL.")
		case !found:
			return refuse("We couldn't download that file, please check the URL and try again.")
		}
		name = path.Base(made.url)
	}
	tooLarge := made.size > maxMedia
	switch {
	case tooLarge && b == nil:
		return refuse("That file is too large. Images can be up to 10 MB.")
	case !strings.HasPrefix(made.kind, "image/"), strings.Contains(made.kind, "svg"):
		return refuse("Only image files can be uploaded.")
	case tooLarge:
		return refuse("That file is too large. Images can be up to 10 MB.")
	}
	m := r.sb.newMedia(cmp.Or(strings.TrimSpace(sent.str("name")), strings.TrimSuffix(name, path.Ext(name))), made.kind, int(made.size))
	m.createdAt = r.now
	if b != nil {
		b.attached = true
	}
	r.store.media = append(r.store.media, m)
	r.commit()
	return ok("media", m.json())
}

func deleteMedia(r *request) answer {
	i := slices.IndexFunc(r.store.media, func(m *media) bool { return m.id == r.params.str("id") })
	if i < 0 {
		return notFound("media")
	}
	r.store.media = slices.Delete(slices.Clone(r.store.media), i, i+1)
	r.commit()
	return render(http.StatusOK, success().with("message", "The file was deleted."))
}
