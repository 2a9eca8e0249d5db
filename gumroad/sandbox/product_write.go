package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	creatableTypes = []string{"digital", "course", "ebook", "membership", "bundle", "coffee", "call", "commission"}
	refusedTypes   = []string{"newsletter", "podcast", "audiobook", "physical"}

	permalinkForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

	createFields = []string{
		"name", "description", "custom_permalink", "max_purchase_count", "customizable_price", "suggested_price_cents",
		"taxonomy_id", "price",
	}
	updateFields = append(slices.Clone(createFields),
		"quantity_enabled", "display_product_reviews", "custom_receipt", "has_same_rich_content_for_all_variants")
)

// attachmentsURL is where a seller's own uploads are.
func (u *seller) attachmentsURL() string {
	return storageBase + "attachments/" + u.externalID + "/"
}

const (
	foreignFileURL = "File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first."
	outOfRange     = "One or more numeric values are out of range."
	notOwnUpload   = "You entered the name of the file to be uploaded incorrectly. Please refer to https://gumroad.com/api#methods for the correct syntax."
)

// writesIn2025: the server of 2025 had no product writes, only a check of legacy uploads before the 404.
func writesIn2025(r *request) answer {
	for _, name := range []string{"file", "preview"} {
		if _, isText := r.params[name].(string); isText {
			return refuse(notOwnUpload)
		}
	}
	return render(http.StatusNotFound, errorPage{})
}

func createProduct(r *request) answer {
	if r.sb.options.Compat2025 {
		return writesIn2025(r)
	}
	p := r.params
	if message := cmp.Or(uploadFieldMessage(p, true), categoryMessage(p)); message != "" {
		return refuse(message)
	}
	nativeType := "digital"
	if !p.blank("native_type") {
		nativeType = p.str("native_type")
	}
	if slices.Contains(refusedTypes, nativeType) {
		return refuse(fmt.Sprintf("The product type '%s' is not supported for creation.", nativeType))
	}
	if duration := p.str("subscription_duration"); !p.blank("subscription_duration") {
		if !slices.Contains(recurrences, duration) {
			return refuse(fmt.Sprintf("Invalid subscription duration '%s'. Valid values: monthly, yearly, quarterly, biannually, every_two_years.", duration))
		}
		if nativeType != "membership" {
			return refuse("subscription_duration is only valid for membership products.")
		}
	}
	money, given := r.store.seller.currency, p.has("price_currency_type")
	if given {
		money = normalizeCurrency(p)
	}
	if _, known := currencies[money]; !known {
		return refuse(fmt.Sprintf("'%s' is not a supported currency.", p.str("price_currency_type")))
	}
	if message := cmp.Or(stringsMessage(p, "tags"), r.refundPolicyMessage(nil), richContentMessage(p)); message != "" {
		return refuse(message)
	}
	if message := r.newFilesMessage(); message != "" {
		return refuse(message)
	}

	n := r.sb.lastN["product"] + 1
	created := &product{
		n: n, id: externalID(r.sb.seed, "product", n), permalink: r.sb.newPermalink(n), nativeType: nativeType,
		currency: money, createdAt: r.now, disabledAt: new(r.now), draft: true, showReviews: true,
		taxonomyID: taxonomyByPath("other").id,
	}
	if nativeType == "membership" {
		created.duration = cmp.Or(p.str("subscription_duration"), "monthly")
	}
	if !assignProduct(created, p, createFields) {
		return refuse(outOfRange)
	}
	if !p.blank("custom_summary") {
		created.summary = textOrNil(p, "custom_summary")
	}
	errors := r.store.productErrors(created)
	if !slices.Contains(creatableTypes, nativeType) {
		errors = append(errors, "Product type is not included in the list")
	}
	errors = slices.Concat(errors, r.typeErrors(created), r.limitErrors(), wordErrors(created))
	if len(errors) > 0 {
		return invalid(errors)
	}
	if p.blank("price") {
		return refuse(withoutPrice(nativeType))
	}
	if message := tagMessage(p); message != "" {
		return refuse(message)
	}
	contents, message := r.contents(&product{}, created)
	if message != "" {
		return refuse(message)
	}
	r.sb.next("product")
	r.applyProductExtras(created)
	r.keepContents(created, contents)
	r.applyTemplate(created)
	r.store.products = append(r.store.products, created)
	r.commit()
	warning := ""
	if wantsPublished(p) {
		warning = r.publish(created)
	}
	body := success().with("product", r.productJSON(created, true))
	if warning != "" {
		body.set("warning", "Saved as a draft: "+warning)
	}
	return render(http.StatusOK, body)
}

// wantsPublished: a new product goes on sale at once, unless the request says otherwise.
func wantsPublished(p params) bool {
	unpublished := p["published"] == false || !p.blank("published") && !boolean(p["published"])
	return !boolean(p["draft"]) && !unpublished
}

func withoutPrice(nativeType string) string {
	if nativeType == "membership" {
		return "Default price cents can't be blank"
	}
	return "New products should be created with a price"
}

// typeErrors are the validations of a new product of a certain type.
func (r *request) typeErrors(p *product) []string {
	st, money := r.store, p.money()
	if slices.Contains(serviceTypes, p.nativeType) && r.now.Before(st.seller.joinedAt.Add(serviceAge)) {
		return []string{"Service products are disabled until your account is 30 days old."}
	}
	switch p.nativeType {
	case "coffee":
		var errors []string
		if p.price == 0 {
			errors = append(errors, coffeePriceMessage)
		}
		if slices.ContainsFunc(st.products, func(other *product) bool {
			return other.nativeType == "coffee" && other.deletedAt == nil
		}) {
			errors = append(errors, "You can only have one coffee product.")
		}
		return errors
	case "commission": // half of it is a deposit, which has to reach the minimum
		if p.price > 0 && p.price < 2*money.minimum {
			return []string{fmt.Sprintf("The commission price must be at least %s %s.",
				money.number(2*money.minimum), strings.ToUpper(p.currency))}
		}
	}
	return nil
}

// applyTemplate gives a new product what its type comes with.
func (r *request) applyTemplate(p *product) {
	category := func(title string, options ...*variant) {
		c := r.sb.newCategory(&title)
		for _, v := range options {
			v.n, v.id = r.sb.numbered("variant")
		}
		c.variants = options
		p.categories = []*variantCategory{c}
	}
	switch p.nativeType {
	case "membership":
		category("Tier", &variant{name: "Untitled", recurrence: map[string]tierPrice{p.duration: {p.price}}})
		p.price = 0
	case "coffee":
		category("Suggested Amounts", &variant{difference: new(p.price)})
		p.price, p.payWhatYouWant = 0, new(true)
	case "call":
		category("Duration")
	}
}

// newPermalink makes six letters nobody uses.
func (s *Sandbox) newPermalink(n int) string {
	for try := 0; ; try++ {
		d := digest(s.seed, "permalink", n<<8+try)
		letters := make([]byte, 6)
		for i := range letters {
			letters[i] = 'a' + d[i]%26
		}
		link := string(letters)
		if !slices.ContainsFunc(s.stores, func(st *store) bool { return st.product(link) != nil }) {
			return link
		}
	}
}

func updateProduct(r *request) answer {
	if r.sb.options.Compat2025 {
		return writesIn2025(r)
	}
	p := r.params
	if message := cmp.Or(uploadFieldMessage(p, false), categoryMessage(p)); message != "" {
		return refuse(message)
	}
	old := r.store.product(p.str("link_id"))
	if old == nil {
		return notFound("product")
	}
	if old.tiered() && p.has("price") {
		return refuse("Price cannot be updated for tiered membership products. Use the variant endpoints to manage tier pricing.")
	}
	if _, known := currencies[normalizeCurrency(p)]; p.has("price_currency_type") && !known {
		return refuse(fmt.Sprintf("'%s' is not a supported currency.", p.str("price_currency_type")))
	}
	if message := currencyMessage(p, old); message != "" {
		return refuse(message)
	}
	if p.has("custom_html") {
		if message := r.landingPageMessage(); message != "" {
			return refuse(message)
		}
	}
	message := cmp.Or(r.refundPolicyMessage(old), stringsMessage(p, "tags"), richContentMessage(p), r.filesMessage(old),
		stringsMessage(p, "cover_ids"))
	if message != "" {
		return refuse(message)
	}

	if p.has("price") && p.blank("price") {
		return refuse("Price cents can't be blank")
	}
	changed := *old // validated as a whole before anything is kept
	if !assignProduct(&changed, p, updateFields) {
		return refuse(outOfRange)
	}
	if p.has("taxonomy_id") && p.blank("taxonomy_id") {
		changed.taxonomyID = 0
	}
	if p.has("price_currency_type") {
		changed.currency = normalizeCurrency(p)
	}
	if p.has("custom_summary") {
		changed.summary = textOrNil(p, "custom_summary")
	}
	errors := r.store.productErrors(&changed)
	if p.has("max_purchase_count") && changed.maxPurchases != nil && *changed.maxPurchases < old.inventorySold(nil) {
		errors = append(errors, "Sorry, you cannot limit the number of purchases to that amount.")
	}
	errors = append(errors, wordErrors(&changed)...)
	if old.published() && (p.has("name") || p.has("description")) {
		errors = append(errors, r.moderation(&changed)...)
	}
	if errors = append(errors, changed.structureErrors()...); len(errors) > 0 {
		return invalid(errors)
	}
	if message := tagMessage(p); message != "" {
		return refuse(message)
	}
	contents, message := r.contents(old, &changed)
	if message != "" {
		return refuse(message)
	}
	*old = changed
	r.applyProductExtras(old)
	mappings := r.keepContents(old, contents)
	page := r.replaceLandingPage(old)
	r.commit()
	body := success().with("product", r.productJSON(old, true))
	body.setPresent("file_id_mappings", mappings)
	body.merge(page.json())
	if warnings := slices.DeleteFunc([]string{r.offerCodeWarning(old), buyWarning(page.page)}, isEmpty); len(warnings) > 0 {
		body.set("warning", strings.Join(warnings, " "))
	}
	return render(http.StatusOK, body)
}

func normalizeCurrency(p params) string {
	return strings.ToLower(strings.TrimSpace(p.str("price_currency_type")))
}

func textOrNil(p params, name string) *string {
	if p[name] == nil {
		return nil
	}
	return new(p.str(name))
}

// integer is Rails' integer cast: null for blank, the leading digits of a text,
// and an error beyond 32 bits.
func (p params) integer(name string) (n *int, inRange bool) {
	if p.blank(name) {
		return nil, true
	}
	value := 0
	switch v := p[name].(type) {
	case json.Number:
		f, _, err := big.ParseFloat(v.String(), 10, 64, big.ToZero)
		if err != nil {
			return nil, false
		}
		i, _ := f.Int64()
		value = int(i)
	default:
		text, _ := scalar(v)
		value = rubyInt(text)
	}
	return &value, value >= math.MinInt32 && value <= math.MaxInt32
}

// assignProduct copies the named parameters that were sent; false is a number out of range.
func assignProduct(to *product, p params, names []string) bool {
	for _, name := range names {
		if !p.has(name) {
			continue
		}
		number, inRange := (*int)(nil), true
		switch name {
		case "price", "suggested_price_cents", "taxonomy_id":
			if number, inRange = p.integer(name); !inRange && (name != "price" || number == nil) {
				return false // a price beyond the column has a validation of its own
			}
		}
		switch name {
		case "name":
			to.name = p.str(name)
		case "description":
			to.description = textOrNil(p, name)
		case "custom_permalink":
			to.customPermalink = p.str(name)
		case "custom_receipt":
			to.receipt = textOrNil(p, name)
		case "price":
			to.price = 0
			if number != nil {
				to.price = *number
			}
		case "suggested_price_cents":
			to.suggestedPrice = number
		case "max_purchase_count":
			if _, inRange = p.integer(name); !inRange {
				return false
			}
			to.maxPurchases = countParam(p, name)
		case "taxonomy_id":
			to.taxonomyID = taxonomyByPath("other").id
			if number != nil {
				to.taxonomyID = *number
			}
		case "customizable_price":
			to.payWhatYouWant = nil
			if !p.blank(name) || p[name] == false {
				to.payWhatYouWant = new(boolean(p[name]))
			}
		case "quantity_enabled":
			to.quantityEnabled = flag(p[name])
		case "display_product_reviews":
			to.showReviews = flag(p[name])
		case "has_same_rich_content_for_all_variants":
			to.sameContent = boolean(p[name])
		}
	}
	return true
}

// productErrors are the model's validations of a product's own fields.
func (st *store) productErrors(p *product) []string {
	var errors []string
	if strings.TrimSpace(p.name) == "" {
		errors = append(errors, "Name can't be blank")
	}
	if utf8.RuneCountInString(p.name) > 255 {
		errors = append(errors, "Name is too long (maximum is 255 characters)")
	}
	money := p.money()
	if p.price < 0 || p.price > 0 && p.price < money.minimum {
		errors = append(errors, fmt.Sprintf("Sorry, a product must be at least %s.", money.format(money.minimum)))
	}
	if p.price > math.MaxInt32 {
		errors = append(errors, "Sorry, the price entered is too large.")
	} else if money.toUSD(p.price) > maxPriceUSDCents && !st.seller.verified {
		highest := currencies["usd"].format(maxPriceUSDCents)
		errors = append(errors, fmt.Sprintf("Sorry, we don't support pricing products above %s.", highest))
	}
	if p.customPermalink != "" && !permalinkForm.MatchString(p.customPermalink) {
		errors = append(errors, "Custom permalink is invalid")
	}
	taken := func(other *product) bool {
		return other.n != p.n && other.deletedAt == nil && other.hasPermalink(p.customPermalink)
	}
	if slices.ContainsFunc(st.products, taken) {
		errors = append(errors, "Custom permalink has already been taken")
	}
	if p.suggestedPrice != nil && *p.suggestedPrice < p.price && p.payWhatYouWant != nil && *p.payWhatYouWant {
		errors = append(errors, "The suggested price you entered was too low.")
	}
	if p.quantityEnabled && (p.recurring() || p.nativeType == "call") {
		errors = append(errors, "Customers cannot be allowed to choose a quantity for this product.")
	}
	return errors
}

// tagMessage is the first fault of the tags, whose shape has been checked already.
func tagMessage(p params) string {
	tags, _ := p["tags"].([]any)
	for _, tag := range tags {
		switch name := tagName(tag); {
		case name == "":
		case utf8.RuneCountInString(name) > 20:
			return "Name A tag is too long. Please try again with a shorter one, under 20 characters."
		case utf8.RuneCountInString(name) < 2:
			return "Name A tag is too short. Please try again with a longer one, above 2 characters."
		case strings.HasPrefix(name, "#"), strings.Contains(name, ","):
			return "Name A tag cannot start with hashes or contain commas."
		}
	}
	return ""
}

func tagName(tag any) string { return strings.ToLower(strings.Join(strings.Fields(tag.(string)), " ")) }

// applyProductExtras keeps what has been checked already: tags, policy, files, content and the order of covers.
func (r *request) applyProductExtras(p *product) {
	sent := r.params
	if sent.has("description") {
		p.description = r.withUpsellIDs(p.description)
	}
	if tags, given := sent["tags"].([]any); given {
		p.tags = nil
		for _, tag := range tags {
			if name := tagName(tag); name != "" && !slices.Contains(p.tags, name) {
				p.tags = append(p.tags, name)
			}
		}
	}
	if sent.has("refund_period") || sent.has("refund_fine_print") {
		policy := refundPolicy{}
		if p.refundPolicy != nil {
			policy = *p.refundPolicy
		}
		if sent.has("refund_period") {
			policy.period = sent.str("refund_period")
		}
		if sent.has("refund_fine_print") {
			policy.finePrint = strings.TrimSpace(htmlTag.ReplaceAllString(sent.str("refund_fine_print"), ""))
		}
		p.refundPolicy = &policy
		if policy.period == "inherit" {
			p.refundPolicy = nil
		}
	}
	if ids, given := sent["cover_ids"].([]any); given {
		p.orderCovers(ids)
	}
}

// uploadFieldMessage refuses the fields that used to carry uploads.
func uploadFieldMessage(p params, creating bool) string {
	var present func(any) bool
	present = func(v any) bool {
		if blank(v) {
			return false
		}
		switch v := v.(type) {
		case []any:
			return slices.ContainsFunc(v, present)
		case map[string]any:
			for _, item := range v {
				if present(item) {
					return true
				}
			}
			return false
		}
		return true
	}
	route := "PUT /v2/products/:id"
	guidance := map[string]string{
		"file":      "Upload files with the presign flow (POST /v2/files/presign, upload parts to the returned S3 URLs, then POST /v2/files/complete), then attach them by including the returned URLs in files[][url]. Note: files is a full replacement — to keep an existing file, include an entry with its id; files missing from the array are removed.",
		"preview":   "Use POST /v2/products/:id/covers with a url or signed_blob_id to add a cover.",
		"thumbnail": "Use POST /v2/products/:id/thumbnail with a signed_blob_id to set the thumbnail.",
	}
	if creating {
		route = "POST /v2/products"
		guidance = map[string]string{
			"file":      "Upload files with the presign flow (POST /v2/files/presign, upload parts to the returned S3 URLs, then POST /v2/files/complete), then attach them by including the returned URLs in files[][url].",
			"preview":   "Covers can only be added after the product is created. Create the product first, then POST to /v2/products/:id/covers with a url or signed_blob_id.",
			"thumbnail": "Thumbnails can only be set after the product is created. Create the product first, then POST to /v2/products/:id/thumbnail with a signed_blob_id.",
		}
	}
	for _, name := range []string{"file", "preview", "thumbnail"} {
		if present(p[name]) {
			return fmt.Sprintf("'%s' is not an accepted parameter on %s. %s", name, route, guidance[name])
		}
	}
	return ""
}

// categoryMessage checks category and taxonomy_id, and turns the one into the other.
func categoryMessage(p params) string {
	if _, isScalar := p.text("category"); !isScalar {
		return "category must be a scalar value."
	}
	if !p.blank("category") {
		if !p.blank("taxonomy_id") {
			return "Specify either category or taxonomy_id, not both."
		}
		found := taxonomyByPath(p.str("category"))
		if found.id == 0 {
			return "Invalid category."
		}
		p["taxonomy_id"] = fmt.Sprint(found.id)
	}
	if p.blank("taxonomy_id") {
		return ""
	}
	if _, isScalar := p.text("taxonomy_id"); !isScalar {
		return "taxonomy_id must be a scalar value."
	}
	id, inRange := p.integer("taxonomy_id")
	if !inRange {
		return outOfRange
	}
	if taxonomyByID(*id).id == 0 {
		return "Invalid taxonomy_id."
	}
	return ""
}

func allStrings(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool { _, isText := v.(string); return !isText })
}

func stringsMessage(p params, name string) string {
	if list, isList := p[name].([]any); p.has(name) && (!isList || !allStrings(list)) {
		return name + " must be an array of strings."
	}
	return ""
}

var refundPeriods = []string{"inherit", "none", "7", "14", "30", "183"}

var htmlTag = regexp.MustCompile(`<[^>]*>`)

// maxFinePrint is counted once the tags are gone.
const maxFinePrint = 3000

func (r *request) refundPolicyMessage(existing *product) string {
	p := r.params
	if !p.has("refund_period") && !p.has("refund_fine_print") {
		return ""
	}
	if r.store.seller.accountPolicy {
		return "Product-level refund policies are not available for this account; the account-level refund policy applies to all products. Use PUT /v2/refund_policy instead."
	}
	if p.has("refund_period") {
		period, isText := p["refund_period"].(string)
		if !isText || !slices.Contains(refundPeriods, period) {
			return fmt.Sprintf("refund_period must be one of: %s.", strings.Join(refundPeriods, ", "))
		}
		if period == "inherit" && !p.blank("refund_fine_print") {
			return "refund_fine_print cannot be set when refund_period is 'inherit'; the account-level policy's fine print applies."
		}
	}
	if p.has("refund_fine_print") {
		if _, isText := p["refund_fine_print"].(string); !isText && p["refund_fine_print"] != nil {
			return "refund_fine_print must be a string."
		}
		if !p.has("refund_period") && (existing == nil || existing.refundPolicy == nil) {
			return "refund_fine_print requires refund_period, or an existing product-level refund policy."
		}
		if utf8.RuneCountInString(htmlTag.ReplaceAllString(p.str("refund_fine_print"), "")) > maxFinePrint {
			return "Fine print is too long (maximum is 3000 characters)"
		}
	}
	return ""
}

// offerCodeWarning names the codes that a change of price or currency has made useless.
func (r *request) offerCodeWarning(p *product) string {
	var names []string
	wrongCurrency, wrongAmount := false, false
	for _, c := range r.store.codes {
		if c.deleted || !c.universal && c.product != p || c.name == nil {
			continue
		}
		switch {
		case !c.universal && c.cents != nil && c.currency != p.currency:
			wrongCurrency = true
		case c.appliesTo(p) && !c.pricesFit(p):
			wrongAmount = true
		default:
			continue
		}
		names = append(names, *c.name)
	}
	if len(names) == 0 {
		return ""
	}
	code, has, mismatch, discounts, them := "code", "has", "mismatch", "discounts", "it or it"
	if len(names) > 1 {
		code, has, mismatch, discounts, them = "codes", "have", "mismatches", "discount", "them or they"
	}
	minimum := p.money().format(p.money().minimum)
	issue := fmt.Sprintf("%s this product below %s", discounts, minimum)
	switch {
	case wrongCurrency && wrongAmount:
		issue = fmt.Sprintf("%s currency mismatches or would discount this product below %s", has, minimum)
	case wrongCurrency:
		issue = fmt.Sprintf("%s currency %s with this product", has, mismatch)
	}
	return fmt.Sprintf("The following offer %s %s: %s. Please update %s will not work at checkout.", code, issue, strings.Join(names, ", "), them)
}
