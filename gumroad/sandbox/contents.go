package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// contentPage is a page that buyers see, of a product or of one of its options.
type contentPage struct {
	id        string // "" until it is kept
	title     *string
	nodes     []any // as they were sent
	updatedAt time.Time
}

func (p *contentPage) json(of *variant) *object {
	var variantID any
	if of != nil {
		variantID = of.id
	}
	nodes := p.nodes
	if nodes == nil {
		nodes = []any{}
	}
	return newObject().with("id", p.id).with("page_id", p.id).with("title", deref(p.title)).with("variant_id", variantID).
		with("description", newObject().with("type", "doc").with("content", nodes)).with("updated_at", stamp(p.updatedAt))
}

func pagesJSON(pages []*contentPage, of *variant) []*object {
	out := []*object{}
	for _, p := range pages {
		out = append(out, p.json(of))
	}
	return out
}

// variantPagesJSON: an option has no pages of its own while the product's are shared.
func (p *product) variantPagesJSON(v *variant) []*object {
	if p.sameContent {
		return []*object{}
	}
	return pagesJSON(v.richContent, v)
}

// filesJSON: the address of a file is good for a download only, and for a while.
func (r *request) filesJSON(p *product) []*object {
	out := []*object{}
	for _, f := range p.files {
		d := digest(r.sb.seed, "download "+f.id, 0)
		location := "https://files.gumroad.com/" + strings.TrimPrefix(f.url, storageBase) + "?" +
			url.Values{"Expires": {fmt.Sprint(r.now.Unix() + 3600)}, "Signature": {fmt.Sprintf("%x", d[:])}}.Encode()
		var size any
		if f.size > 0 {
			size = f.size
		}
		out = append(out, newObject().with("id", f.id).with("name", f.name).with("size", size).
			with("url", location).with("filetype", f.kind).with("filegroup", f.group))
	}
	return out
}

var fileGroups = map[string]string{
	"pdf": "document", "epub": "document", "mobi": "document", "doc": "document", "docx": "document", "txt": "document",
	"zip": "archive", "rar": "archive", "7z": "archive", "brushset": "archive",
	"jpg": "image", "jpeg": "image", "png": "image", "gif": "image", "webp": "image", "svg": "image", "psd": "psd",
	"mp3": "audio", "wav": "audio", "flac": "audio", "m4a": "audio", "aac": "audio",
	"mp4": "video", "mov": "video", "webm": "video", "mkv": "video", "avi": "video",
}

// fileIndex finds the product's file of that id, or returns -1.
func (p *product) fileIndex(id any) int {
	text, _ := id.(string)
	return slices.IndexFunc(p.files, func(f file) bool { return text != "" && sameID(f.id, text) })
}

// orderCovers puts covers in the order of their ids; what is not named comes first.
func (p *product) orderCovers(ids []any) {
	rank := func(c cover) int { return slices.Index(ids, any(c.guid)) }
	p.covers = slices.Clone(p.covers)
	slices.SortStableFunc(p.covers, func(a, b cover) int { return rank(a) - rank(b) })
	if len(p.covers) > 0 {
		p.previewURL = p.covers[0].url
	}
}

// walk visits nodes and those in them.
func walk(nodes []any, visit func(map[string]any)) {
	for _, node := range nodes {
		fields, isHash := node.(map[string]any)
		if !isHash {
			continue
		}
		visit(fields)
		if inner, isList := fields["content"].([]any); isList {
			walk(inner, visit)
		}
	}
}

// embeds are the ids of the files that nodes show, in order.
func embeds(pages []*contentPage) (ids []string) {
	for _, p := range pages {
		walk(p.nodes, func(node map[string]any) {
			attrs, _ := node["attrs"].(map[string]any)
			id, _ := attrs["id"].(string)
			if node["type"] == "fileEmbed" && id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		})
	}
	return ids
}

func hasNode(pages []*contentPage, kind string) (found bool) {
	for _, p := range pages {
		walk(p.nodes, func(node map[string]any) { found = found || node["type"] == kind })
	}
	return found
}

// license switches licence keys on with the first node that shows them, and off with the last.
func (p *product) license(before, after []*contentPage) {
	const node = "licenseKey"
	switch had, has := hasNode(before, node), hasNode(after, node); {
	case has && !had:
		p.licensed = true
	case had && !has:
		p.licensed, p.multiseat = false, false
	}
}

func richContentMessage(p params) string {
	if !p.has("rich_content") {
		return ""
	}
	pages, isList := p["rich_content"].([]any)
	if !isList || slices.ContainsFunc(pages, func(v any) bool { _, isHash := v.(map[string]any); return !isHash }) {
		return "rich_content must be an array of content page objects."
	}
	for _, page := range pages {
		description := page.(map[string]any)["description"]
		if blank(description) {
			continue
		}
		nodes, isList := list(description)
		if doc, isHash := description.(map[string]any); isHash && !isList {
			nodes, isList = list(doc["content"])
			if !isList && !blank(doc["content"]) {
				return "rich_content description content must be an array."
			}
		} else if !isList {
			return "Each rich_content page description must be a JSON object or array."
		}
		if slices.ContainsFunc(nodes, func(v any) bool { _, isHash := v.(map[string]any); return !isHash }) {
			return "Each rich_content content node must be a JSON object."
		}
	}
	return ""
}

// list is an array, or an object whose keys are all digits, as forms send arrays.
func list(v any) (items []any, isList bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		for name := range v {
			if name == "" || strings.Trim(name, "0123456789") != "" {
				return nil, false
			}
		}
		names := slices.SortedFunc(maps.Keys(v), func(a, b string) int { return cmp.Compare(rubyInt(a), rubyInt(b)) })
		for _, name := range names {
			items = append(items, v[name])
		}
		return items, len(v) > 0
	}
	return nil, false
}

// arrays turns every such object inside a value into an array.
func arrays(v any) any {
	if items, isList := list(v); isList {
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = arrays(item)
		}
		return out
	}
	if hash, isHash := v.(map[string]any); isHash {
		out := map[string]any{}
		for name, value := range hash {
			out[name] = arrays(value)
		}
		return out
	}
	return v
}

// fitsSchema is the stored schema of nodes.
func fitsSchema(nodes []any) bool {
	for _, node := range nodes {
		fields, isHash := node.(map[string]any)
		if !isHash {
			return false
		}
		for _, name := range []string{"type", "text"} {
			if _, isText := fields[name].(string); fields[name] != nil && !isText {
				return false
			}
		}
		if _, isHash := fields["attrs"].(map[string]any); fields["attrs"] != nil && !isHash {
			return false
		}
		if fields["marks"] != nil {
			marks, isList := fields["marks"].([]any)
			if !isList {
				return false
			}
			for _, mark := range marks {
				m, isHash := mark.(map[string]any)
				if _, typed := m["type"].(string); !isHash || !typed {
					return false
				}
			}
		}
		if inner, isList := fields["content"].([]any); fields["content"] != nil && (!isList || !fitsSchema(inner)) {
			return false
		}
	}
	return true
}

// newPages are sent pages whose shape has been checked, beside those they replace: a known id keeps its page, any other
// makes a new one.
func (r *request) newPages(sent []any, before []*contentPage) ([]*contentPage, string) {
	pages := []*contentPage{}
	for _, item := range sent {
		in := item.(map[string]any)
		content := arrays(in["description"])
		if doc, isDoc := content.(map[string]any); isDoc {
			content = doc["content"]
		}
		page := &contentPage{updatedAt: r.now}
		page.nodes, _ = content.([]any)
		if title, isScalar := scalar(in["title"]); isScalar && title != "" {
			page.title = &title
		}
		if !fitsSchema(page.nodes) {
			return nil, "Content is invalid"
		}
		id, _ := in["id"].(string)
		for _, known := range before {
			if id != "" && sameID(known.id, id) {
				page.id = known.id
				if string(mustJSON(known.nodes)) == string(mustJSON(page.nodes)) && deref(known.title) == deref(page.title) {
					page.updatedAt = known.updatedAt
				}
			}
		}
		pages = append(pages, page)
	}
	return pages, ""
}

// numberPages gives new pages their ids.
func (r *request) numberPages(pages []*contentPage) []*contentPage {
	for _, p := range pages {
		if p.id == "" {
			_, p.id = r.sb.numbered("rich_content")
		}
	}
	return pages
}

// foreignEmbeds refuses files of other products and deleted ones. Ids that are none at all show nothing and pass.
func (r *request) foreignEmbeds(p *product, pages []*contentPage, also ...string) string {
	var foreign []string
	for _, id := range embeds(pages) {
		if p.fileIndex(id) < 0 && !slices.Contains(also, id) && r.sb.knowsFile(id) {
			foreign = append(foreign, id)
		}
	}
	if len(foreign) == 0 {
		return ""
	}
	return "File embeds reference files not belonging to this product: " + strings.Join(foreign, ", ")
}

func (s *Sandbox) knowsFile(id string) bool {
	for _, st := range s.stores {
		for _, p := range st.products {
			if p.fileIndex(id) >= 0 || slices.ContainsFunc(p.goneFiles, func(f file) bool { return sameID(f.id, id) }) {
				return true
			}
		}
	}
	return false
}

// variantPages reads rich_content of an option, which may be the text of a JSON array.
func (r *request) variantPages(p *product, v *variant) ([]*contentPage, string) {
	sent := r.params
	if text, isText := sent["rich_content"].(string); isText {
		var decoded any = []any{}
		if strings.TrimSpace(text) != "" {
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if err := d.Decode(&decoded); err != nil {
				return nil, "Invalid JSON in rich_content parameter."
			}
		}
		sent = params{"rich_content": decoded}
	}
	if message := richContentMessage(sent); message != "" {
		return nil, message
	}
	if p.sameContent {
		return nil, "Cannot update variant rich content while the product uses shared content for all variants. Update product-level rich content instead, or set has_same_rich_content_for_all_variants to false first."
	}
	pages, message := r.newPages(sent["rich_content"].([]any), v.richContent)
	return pages, cmp.Or(message, r.foreignEmbeds(p, pages))
}

// fileObjects are the entries of files[].
func fileObjects(p params) (files []map[string]any, message string) {
	const malformed = "files must be an array of file objects."
	list, isList := p["files"].([]any)
	if !isList {
		return nil, malformed
	}
	for _, item := range list {
		f, isHash := item.(map[string]any)
		if !isHash {
			return nil, malformed
		}
		files = append(files, f)
	}
	return files, ""
}

func (r *request) newFilesMessage() string {
	if !r.params.has("files") {
		return ""
	}
	files, message := fileObjects(r.params)
	return cmp.Or(message, r.store.seller.fileURLMessage(files))
}

func (u *seller) fileURLMessage(files []map[string]any) string {
	for _, f := range files {
		if location, isText := f["url"].(string); !isText || blank(location) {
			return "Each file must include a url string."
		}
	}
	for _, f := range files {
		location := f["url"].(string)
		leadsOut := strings.Contains(location, "..") || strings.Contains(strings.ToLower(location), "%2f")
		if !strings.HasPrefix(location, u.attachmentsURL()) || leadsOut {
			return foreignFileURL
		}
	}
	return ""
}

// fileKeys may stand in an entry of files[]: those that have an effect, and those that are accepted and ignored.
var fileKeys = strings.Fields(`url display_name description folder_id size position isbn pagelength duration width height
	stream_only pdf_stamp_enabled hide_kindle_and_read_buttons epub_section_info name file_name
	id external_id file_size extension is_pdf is_streamable is_transcoding_in_progress attached_product_name status
	subtitles subtitle_files thumbnail thumbnail_signed_id filetype filegroup`)

// filesMessage checks the replacement list of an update.
func (r *request) filesMessage(p *product) string {
	if !r.params.has("files") {
		return ""
	}
	files, message := fileObjects(r.params)
	if message != "" {
		return message
	}
	if slices.ContainsFunc(files, func(f map[string]any) bool { _, given := f["modified"]; return given }) {
		return "'modified' is not an accepted parameter on files[]; it is an internal save-path flag."
	}
	var added []map[string]any
	for _, f := range files {
		i := p.fileIndex(f["id"])
		switch {
		case i >= 0 && blank(f["url"]) && len(f) == 1:
		case i >= 0 && blank(f["url"]):
			return "Include the canonical url returned by POST /v2/files/complete when updating fields on an existing file; an entry with only id keeps the file unchanged."
		case i >= 0 && f["url"] != p.files[i].url:
			return foreignFileURL
		case i >= 0:
		case blank(f["url"]):
			return "Each files entry must reference an existing file by id or include a url for a new file uploaded via POST /v2/files/complete."
		default:
			added = append(added, f)
		}
	}
	if message := r.store.seller.fileURLMessage(added); message != "" {
		return message
	}
	for _, f := range files {
		for _, name := range sortedKeys(f) {
			if !slices.Contains(fileKeys, name) {
				return fmt.Sprintf("'%s' is not an accepted parameter on files[]; it is not a writable ProductFile attribute.", name)
			}
		}
	}
	return ""
}

// contents is what a request makes of a product's files and pages, worked out before anything is kept.
type contents struct {
	files     []sentFile
	setFiles  bool
	pages     []*contentPage
	ofOptions map[*variant][]*contentPage // those that change
}

// sentFile is an entry of files[]: a file that is kept, or a new one without an id.
type sentFile struct {
	file
	temporary string // what the request calls it
}

// contents checks files and pages against each other; changed has the flag as it will be.
func (r *request) contents(old, changed *product) (c contents, message string) {
	sent := r.params
	if c.setFiles = sent.has("files"); c.setFiles {
		c.files = r.sentFiles(old)
	}
	var known []string
	for _, f := range c.files {
		known = append(known, f.temporary)
	}
	sends := sent.has("rich_content")
	c.pages, c.ofOptions = old.richContent, map[*variant][]*contentPage{}
	if sends {
		if c.pages, message = r.newPages(sent["rich_content"].([]any), old.richContent); message != "" {
			return c, message
		}
	}
	options := changed.liveVariants()
	if sends && !changed.sameContent && len(options) > 0 {
		return c, "Cannot update product-level rich content while in per-variant mode. Set has_same_rich_content_for_all_variants to true first, or use the variant endpoint to update per-variant content."
	}
	if changed.sameContent != old.sameContent && len(old.id) > 0 {
		if message = c.migrate(changed, options, sends); message != "" {
			return c, message
		}
	}
	if c.setFiles {
		if message = c.stillEmbedded(old, options); message != "" {
			return c, message
		}
	}
	if sends {
		message = r.foreignEmbeds(old, c.pages, known...)
	}
	return c, message
}

// migrate moves pages between the product and its options.
func (c *contents) migrate(changed *product, options []*variant, sends bool) string {
	if !changed.sameContent {
		switch {
		case len(c.pages) == 0:
		case len(options) == 0:
			return "Cannot switch to per-variant content: the product has no variants to migrate content to."
		default:
			c.ofOptions[options[0]], c.pages = c.pages, nil
		}
		return ""
	}
	var distinct [][]*contentPage
	filled := 0
	for _, v := range options {
		if len(v.richContent) == 0 {
			continue
		}
		filled++
		if !slices.ContainsFunc(distinct, func(pages []*contentPage) bool { return samePages(pages, v.richContent) }) {
			distinct = append(distinct, v.richContent)
		}
		c.ofOptions[v] = nil
	}
	switch {
	case sends, filled == 0:
	case len(c.pages) > 0:
		return "Cannot switch to shared content: both product-level and variant-level content exist. Remove one side first, or send replacement rich_content in the same request."
	case len(distinct) > 1, filled > 1 && filled < len(options):
		return "Cannot switch to shared content: multiple variants have distinct content. Remove variant content first, or send replacement rich_content in the same request."
	default:
		c.pages = distinct[0]
	}
	return ""
}

// samePages compares what buyers see.
func samePages(a, b []*contentPage) bool {
	return slices.EqualFunc(a, b, func(a, b *contentPage) bool {
		return deref(a.title) == deref(b.title) && string(mustJSON(a.nodes)) == string(mustJSON(b.nodes))
	})
}

// stillEmbedded refuses to remove files that pages show which stay.
func (c *contents) stillEmbedded(old *product, options []*variant) string {
	shown := embeds(c.pages)
	for _, v := range options {
		pages, changes := c.ofOptions[v]
		if !changes {
			pages = v.richContent
		}
		shown = append(shown, embeds(pages)...)
	}
	var missed []string
	for _, f := range old.files {
		stays := slices.ContainsFunc(c.files, func(s sentFile) bool { return s.id == f.id })
		if !stays && slices.ContainsFunc(shown, func(id string) bool { return sameID(id, f.id) }) {
			missed = append(missed, f.id)
		}
	}
	if len(missed) == 0 {
		return ""
	}
	return "Cannot remove files still referenced in rich content: " + strings.Join(missed, ", ") +
		". Remove the file embeds from rich content first, or send both changes together."
}

// sentFiles reads files[], which has been checked.
func (r *request) sentFiles(old *product) (files []sentFile) {
	objects, _ := fileObjects(r.params)
	for _, o := range objects {
		var f sentFile
		i := old.fileIndex(o["id"])
		if i >= 0 {
			f.file = old.files[i]
		} else {
			f.url = o["url"].(string)
			base := f.url[strings.LastIndexByte(f.url, '/')+1:]
			if unescaped, err := url.PathUnescape(base); err == nil {
				base = unescaped
			}
			extension := path.Ext(base)
			f.name, f.kind = strings.TrimSuffix(base, extension), strings.ToLower(strings.TrimPrefix(extension, "."))
			f.group = cmp.Or(fileGroups[f.kind], "url")
			if object := r.sb.storage.object(f.url); object != nil {
				f.size = int(object.size)
			}
			f.temporary, _ = o["id"].(string)
			if named, _ := o["external_id"].(string); named != "" {
				f.temporary = named
			}
		}
		for _, name := range []string{"file_name", "name", "display_name"} {
			if display, _ := o[name].(string); display != "" && !(i >= 0 && blank(o["url"])) {
				f.name = display
			}
		}
		files = append(files, f)
	}
	return files
}

// keepContents keeps what contents worked out, and returns the ids of files that the request named in its own way.
func (r *request) keepContents(p *product, c contents) (mappings any) {
	if c.setFiles {
		named := newObject()
		var kept []file
		for _, f := range c.files {
			if f.id == "" {
				_, f.id = r.sb.numbered("file")
				if f.temporary != "" {
					named.set(f.temporary, f.id)
				}
			}
			kept = append(kept, f.file)
		}
		for _, f := range p.files {
			if !slices.ContainsFunc(kept, func(other file) bool { return other.id == f.id }) {
				p.goneFiles = append(p.goneFiles, f)
			}
		}
		p.files = kept
		if len(named.names) > 0 {
			mappings = named
			rename(c.pages, named)
		}
	}
	before, after := p.allPages(), slices.Clone(c.pages)
	for v, pages := range c.ofOptions {
		v.richContent = pages
	}
	p.richContent = r.numberPages(c.pages)
	for _, v := range p.liveVariants() {
		after = append(after, v.richContent...)
	}
	p.license(before, after)
	return mappings
}

func (p *product) allPages() []*contentPage {
	pages := slices.Clone(p.richContent)
	for _, v := range p.liveVariants() {
		pages = append(pages, v.richContent...)
	}
	return pages
}

// rename puts the ids of new files in place of what the request calls them.
func rename(pages []*contentPage, named *object) {
	for _, p := range pages {
		walk(p.nodes, func(node map[string]any) {
			attrs, _ := node["attrs"].(map[string]any)
			id, _ := attrs["id"].(string)
			if made, known := named.get(id); known && node["type"] == "fileEmbed" {
				attrs["id"] = made
			}
		})
	}
}
