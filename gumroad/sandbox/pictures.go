package sandbox

import (
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxCovers        = 8
	maxCoverImage    = 50 << 20
	maxThumbnail     = 5 << 20
	minThumbnailSide = 600
	maxShownWidth    = 670

	noPicture       = "Please provide a signed_blob_id or url."
	badSignature    = "The signed_blob_id is invalid or expired."
	coverFailed     = "Could not process your cover, please try again."
	thumbnailFailed = "Could not process your thumbnail, please try again."
	thumbnailLarge  = "Could not process your thumbnail, please upload an image with size smaller than 5 MB."
)

// thumbnail keeps its guid for as long as its product lives.
type thumbnail struct {
	guid, url string
	deleted   bool
}

// picture is what a signed blob or the web gave.
type picture struct {
	url, kind     string
	size          int64
	width, height int
	embed         bool // a page of a service such as YouTube
}

func (p picture) isVideo() bool { return strings.HasPrefix(p.kind, "video/") }

// publicFile is where pictures are shown from.
func publicFile(name string) string { return "https://public-files.gumroad.com/" + name }

// picture of a blob. It takes the content's word for its kind, but believes that a video is one.
func (b *blob) picture() picture {
	p := picture{url: publicFile(b.key), kind: b.kind}
	if b.content == nil { // it was never sent
		return p
	}
	p.size = b.content.size
	if p.isVideo() {
		p.width, p.height = 1920, 1080
		return p
	}
	p.kind = b.content.kind()
	p.width, p.height = b.content.dimensions()
	return p
}

// embeddable are the services whose pages can be a cover.
var embeddable = []string{"youtube.com", "youtu.be", "vimeo.com", "soundcloud.com"}

var sizeInName = regexp.MustCompile(`(\d{1,5})x(\d{1,5})`)

// fetch is what the web has at an address. The sandbox asks no network: the name of a file tells its kind and, as in
// cover-1280x720.png, its size, and a host that ends with .invalid does not answer.
func (s *Sandbox) fetch(address string) (p picture, found, fit bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return p, false, false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap().WithZone("")
		if slices.ContainsFunc(closedRanges, func(closed netip.Prefix) bool { return closed.Contains(ip) }) {
			return p, false, false
		}
	} else if host == "localhost" || strings.HasSuffix(host, ".localhost") || numericHost(host) {
		return p, false, false
	}
	if strings.HasSuffix(host, ".invalid") {
		return p, false, true
	}
	p = picture{url: address, size: 200_000, width: 1280, height: 720}
	for _, service := range embeddable {
		if host == service || strings.HasSuffix(host, "."+service) {
			p.embed, p.kind, p.width, p.height = true, "text/html", 670, 377
			return p, true, true
		}
	}
	if m := sizeInName.FindStringSubmatch(path.Base(u.Path)); m != nil {
		p.width, _ = strconv.Atoi(m[1])
		p.height, _ = strconv.Atoi(m[2])
	}
	p.kind = kindByName(u.Path)
	if strings.Contains(path.Base(u.Path), "huge") {
		p.size = 60 << 20
	}
	return p, true, true
}

var kindsByName = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
	".svg": "image/svg+xml", ".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
	".pdf": "application/pdf", ".zip": "application/zip",
}

func kindByName(name string) string {
	if kind, known := kindsByName[strings.ToLower(path.Ext(name))]; known {
		return kind
	}
	return "text/html"
}

func addCover(r *request, p *product) answer {
	sent := r.params
	if sent.blank("signed_blob_id") && sent.blank("url") {
		return refuse(noPicture)
	}
	var made picture
	var b *blob
	if !sent.blank("signed_blob_id") {
		if b = r.takeBlob(); b == nil {
			return refuse(badSignature)
		}
		made = b.picture()
	}
	if len(p.covers) >= maxCovers {
		return refuse("Sorry, we have a limit of 8 previews. Please delete an existing one before adding another.")
	}
	if b == nil {
		found := false
		if made, found, _ = r.sb.fetch(sent.str("url")); !found {
			return refuse(coverFailed)
		}
		if made.kind == "text/html" && !made.embed {
			return refuse("A URL from an unsupported platform was provided. Please try again.")
		}
	}
	switch {
	case made.embed:
	case !isCoverImage(made.kind) && !made.isVideo():
		return refuse("Cover must be an image (JPEG, PNG, GIF) or a video.")
	case !made.isVideo() && made.size > maxCoverImage:
		return refuse("Cover images must be smaller than 50 MB. Please resize or compress the image and try again.")
	case made.width == 0 || made.height == 0:
		return refuse("Could not analyze cover. Please check the uploaded file.")
	}
	c := cover{guid: r.sb.newGUID("cover"), url: made.url, kind: "image", width: made.width, height: made.height}
	_, c.filetype, _ = strings.Cut(made.kind, "/")
	switch {
	case made.embed:
		c.kind, c.filetype = "oembed", ""
	case made.isVideo():
		c.kind = "video"
	}
	p.covers = append(slices.Clone(p.covers), c)
	p.previewURL = p.covers[0].url
	if b != nil {
		b.attached = true
	}
	r.commit()
	return p.coversAnswer()
}

func deleteCover(r *request, p *product) answer {
	i := slices.IndexFunc(p.covers, func(c cover) bool { return c.guid == r.params.str("id") })
	if i < 0 {
		return notFound("cover")
	}
	p.covers = slices.Delete(slices.Clone(p.covers), i, i+1)
	p.previewURL = ""
	if len(p.covers) > 0 {
		p.previewURL = p.covers[0].url
	}
	r.commit()
	return p.coversAnswer()
}

func (p *product) coversAnswer() answer {
	covers := []*object{}
	for _, c := range p.covers {
		covers = append(covers, c.json())
	}
	return ok("covers", covers).with("main_cover_id", p.mainCoverID())
}

// newGUID is 32 hex digits.
func (s *Sandbox) newGUID(kind string) string {
	return strings.ReplaceAll(uuid(s.seed, kind, s.next(kind)), "-", "")
}

func setThumbnail(r *request, p *product) answer {
	sent := r.params
	var made picture
	var b *blob
	switch {
	case !sent.blank("signed_blob_id"):
		if b = r.takeBlob(); b == nil {
			return refuse(badSignature)
		}
		made = b.picture()
	case !sent.blank("url"):
		var found, fit bool
		made, found, fit = r.sb.fetch(sent.str("url"))
		switch {
		case !fit:
			return render(400, refuse("Please provide a valid public image URL.").body)
		case !found:
			return refuse(thumbnailFailed)
		case made.size > maxThumbnail: // the download is cut off, whatever it is
			return refuse(thumbnailLarge)
		}
		if sizeInName.FindString(made.url) == "" {
			made.width, made.height = 1000, 1000
		}
	default:
		return refuse(noPicture)
	}
	switch {
	case !isCoverImage(made.kind):
		return refuse(thumbnailFailed)
	case made.size > maxThumbnail:
		return refuse(thumbnailLarge)
	case made.width == 0 || made.height == 0:
		return refuse(thumbnailFailed)
	case made.width != made.height:
		return refuse("Please upload a square thumbnail.")
	case made.width < minThumbnailSide:
		return refuse(thumbnailFailed)
	}
	changed := thumbnail{url: made.url}
	if p.thumbnail != nil {
		changed.guid = p.thumbnail.guid
	} else {
		changed.guid = r.sb.newGUID("thumbnail")
	}
	p.thumbnail = &changed
	if b != nil {
		b.attached = true
	}
	r.commit()
	return ok("thumbnail", newObject().with("url", changed.url).with("guid", changed.guid))
}

func deleteThumbnail(r *request, p *product) answer {
	if p.thumbnailURL() == nil {
		return notFound("thumbnail")
	}
	changed := *p.thumbnail
	changed.deleted = true
	p.thumbnail = &changed
	r.commit()
	return ok("thumbnail", nil)
}

func (p *product) thumbnailURL() any {
	if p.thumbnail == nil || p.thumbnail.deleted {
		return nil
	}
	return p.thumbnail.url
}
