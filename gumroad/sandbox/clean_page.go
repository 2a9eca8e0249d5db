package sandbox

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Reasons why something is taken out of a page.
const (
	scriptHost      = "script src host not allowed"
	stylesheetHost  = "link must be rel=stylesheet on an allowed host"
	frameHost       = "iframe src host not allowed"
	metaRefresh     = "meta refresh blocked"
	unknownTag      = "tag not in allowlist"
	unknownAttr     = "attribute not in allowlist"
	formAction      = "form action removed"
	parentTarget    = "target navigation blocked"
	javascriptURL   = "javascript: URL blocked"
	dataURL         = "data: URL blocked"
	forcedSandbox   = "allow-scripts allow-same-origin allow-popups allow-presentation"
	maxCleanings    = 100
	newTabRelations = "noopener noreferrer"
)

var (
	scriptHosts     = []string{"cdn.tailwindcss.com", "cdn.jsdelivr.net", "unpkg.com"}
	stylesheetHosts = []string{"fonts.googleapis.com", "fonts.bunny.net"}
	frameHosts      = []string{"www.youtube.com", "www.youtube-nocookie.com", "player.vimeo.com"}

	wrappers  = []string{"html", "head", "body"}
	pageTags  = wordSet(pageTagNames)
	pageAttrs = wordSet(pageAttrNames)
)

const pageTagNames = `a abbr address article aside audio b bdi bdo blockquote br button canvas caption center cite code col
	colgroup data datalist dd del details dfn dialog div dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
	header hgroup hr i iframe img input ins kbd label legend li link main mark menu meta meter nav noscript ol optgroup
	option output p picture pre progress q rp rt ruby s samp script search section select small source span strong style
	sub summary sup table tbody td template textarea tfoot th thead time title tr track u ul var video wbr
	svg g path circle ellipse rect line polyline polygon text tspan defs use symbol desc lineargradient radialgradient stop
	clippath mask pattern`

const pageAttrNames = `abbr accept accept-charset accesskey align alt async autocapitalize autocomplete autofocus autoplay
	charset checked cite class cols colspan content contenteditable controls coords crossorigin datetime decoding default
	defer dir dirname disabled download draggable enctype enterkeyhint fetchpriority for form frameborder headers height
	hidden high href hreflang http-equiv id inert inputmode integrity is ismap itemid itemprop itemref itemscope itemtype
	kind label lang list loading loop low max maxlength media method min minlength multiple muted name nomodule novalidate
	open optimum pattern placeholder playsinline popover popovertarget poster preload property readonly referrerpolicy rel
	required reversed rows rowspan scope selected shape size sizes slot span spellcheck src srclang srcset start step style
	tabindex target title translate type usemap value width wrap allow allowfullscreen sandbox
	xmlns viewbox fill stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray d cx cy r rx ry x y x1 y1 x2 y2
	points transform opacity fill-opacity stroke-opacity fill-rule clip-rule clip-path offset stop-color stop-opacity
	gradientunits gradienttransform text-anchor font-size font-family font-weight dx dy preserveaspectratio xlink:href`

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// cleaning is what was taken out of a page.
type cleaning struct {
	tags, attributes []*object
	total            int
}

func (c *cleaning) json() *object {
	return newObject().with("removed_tags", append([]*object{}, c.tags...)).
		with("removed_attributes", append([]*object{}, c.attributes...)).
		with("total_removed", c.total).with("truncated", c.total > len(c.tags)+len(c.attributes))
}

// full reports whether the report takes no more entries; it goes on counting.
func (c *cleaning) full() bool {
	c.total++
	return len(c.tags)+len(c.attributes) >= maxCleanings
}

func (c *cleaning) tag(t html.Token, reason string) {
	if c.full() {
		return
	}
	attrs := newObject()
	for _, a := range t.Attr {
		attrs.set(withoutControls(a.Key), withoutControls(a.Val))
	}
	c.tags = append(c.tags, newObject().with("tag", t.Data).with("attrs", attrs).with("reason", reason))
}

func (c *cleaning) attribute(tag string, a html.Attribute, reason string) {
	if c.full() {
		return
	}
	c.attributes = append(c.attributes, newObject().with("tag", tag).with("attribute", withoutControls(a.Key)).
		with("value", withoutControls(a.Val)).with("reason", reason))
}

// cleanPage takes out of a page what it may not have. A page of nothing is none.
func cleanPage(page string) (*string, *cleaning) {
	report := &cleaning{}
	var out strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(page))
	skipping := "" // the tag that is left out with what it holds
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken { // the end: a string has no other
			break
		}
		raw := string(tokens.Raw())
		t := tokens.Token()
		switch {
		case skipping != "":
			if kind == html.EndTagToken && t.Data == skipping {
				skipping = ""
			}
		case kind == html.CommentToken, kind == html.DoctypeToken, slices.Contains(wrappers, t.Data) && kind != html.TextToken:
		case kind == html.TextToken:
			out.WriteString(raw)
		case kind == html.EndTagToken:
			if pageTags[t.Data] {
				out.WriteString(raw)
			}
		default:
			if reason := tagProblem(t); reason != "" {
				report.tag(t, reason)
				if kind == html.StartTagToken && (t.Data == "script" || t.Data == "iframe") {
					skipping = t.Data
				}
				continue
			}
			out.WriteString(cleanTag(t, raw, report))
		}
	}
	if strings.TrimSpace(out.String()) == "" {
		return nil, report
	}
	return new(out.String()), report
}

// tagProblem is why a tag cannot stay, or "".
func tagProblem(t html.Token) string {
	source, hasSource := attributeOf(t, "src")
	switch t.Data {
	case "script":
		if hasSource && !onHost(source, scriptHosts) {
			return scriptHost
		}
	case "link":
		rel, _ := attributeOf(t, "rel")
		href, _ := attributeOf(t, "href")
		if !strings.EqualFold(strings.TrimSpace(rel), "stylesheet") || !onHost(href, stylesheetHosts) {
			return stylesheetHost
		}
	case "iframe":
		if !onHost(source, frameHosts) {
			return frameHost
		}
	case "meta":
		if of, _ := attributeOf(t, "http-equiv"); strings.EqualFold(strings.TrimSpace(of), "refresh") {
			return metaRefresh
		}
	default:
		if !pageTags[t.Data] {
			return unknownTag
		}
	}
	return ""
}

func attributeOf(t html.Token, name string) (string, bool) {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// onHost: the address is of one of the hosts, over https.
func onHost(address string, hosts []string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	return err == nil && u.Scheme == "https" && slices.Contains(hosts, strings.ToLower(u.Host))
}

// cleanTag is a tag with the attributes that may stay; as it was written, if all may.
func cleanTag(t html.Token, raw string, report *cleaning) string {
	kept := t.Attr[:0:0]
	for _, a := range t.Attr {
		if reason := attributeProblem(t.Data, a); reason != "" {
			report.attribute(t.Data, a, reason)
			continue
		}
		kept = append(kept, a)
	}
	changed := len(kept) != len(t.Attr)
	force := func(name, value string) {
		i := slices.IndexFunc(kept, func(a html.Attribute) bool { return a.Key == name })
		switch {
		case i < 0:
			kept = append(kept, html.Attribute{Key: name, Val: value})
		case kept[i].Val == value:
			return
		default:
			kept[i].Val = value
		}
		changed = true
	}
	if target, _ := attributeOf(t, "target"); t.Data == "a" && strings.EqualFold(target, "_blank") {
		force("rel", newTabRelations)
	}
	if t.Data == "iframe" {
		force("sandbox", forcedSandbox)
	}
	if !changed {
		return raw
	}
	t.Attr = kept
	return t.String()
}

// attributeProblem is why an attribute cannot stay, or "".
func attributeProblem(tag string, a html.Attribute) string {
	switch name := a.Key; {
	case name == "action", name == "formaction":
		return formAction
	case name == "target" && (strings.EqualFold(a.Val, "_top") || strings.EqualFold(a.Val, "_parent")):
		return parentTarget
	case strings.HasPrefix(name, "on"), strings.HasPrefix(name, "data-"), strings.HasPrefix(name, "aria-"), name == "role":
		return ""
	case !pageAttrs[name]:
		return unknownAttr
	case name == "href", name == "src", name == "xlink:href", name == "poster", name == "cite":
		return addressProblem(name, a.Val)
	}
	return ""
}

// addressProblem reads the scheme as browsers do, which pass over white space and control characters.
func addressProblem(name, address string) string {
	address = strings.ToLower(strings.Join(strings.Fields(withoutControls(address)), ""))
	switch {
	case strings.HasPrefix(address, "javascript:"):
		return javascriptURL
	case strings.HasPrefix(address, "data:") && !(name == "src" && strings.HasPrefix(address, "data:image/")):
		return dataURL
	}
	return ""
}
