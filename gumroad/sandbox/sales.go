package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

func withSale(run func(*request, *sale) answer) func(*request) answer {
	return func(r *request) answer {
		s := r.store.sale(r.params.str("id"))
		if s == nil {
			return notFound("sale")
		}
		return run(r, s)
	}
}

func showSale(r *request, s *sale) answer { return ok("sale", r.saleJSON(s)) }

// salesFilter is what GET /sales narrows by.
type salesFilter struct {
	rows   []*sale // the smallest index that holds every match, oldest first
	after  *time.Time
	before *time.Time
	cursor *cursor
	also   []func(*sale) bool
	skip   int
}

// page returns up to limit rows, newest first.
func (f salesFilter) page(limit int) []*sale {
	first := 0
	if f.after != nil {
		first = sort.Search(len(f.rows), func(i int) bool { return !f.rows[i].createdAt.Before(*f.after) })
	}
	end := len(f.rows)
	if f.before != nil {
		end = sort.Search(len(f.rows), func(i int) bool { return !f.rows[i].createdAt.Before(*f.before) })
	}
	if f.cursor != nil {
		if !f.cursor.known {
			return nil
		}
		end = min(end, sort.Search(len(f.rows), func(i int) bool { return f.rows[i].createdAt.After(f.cursor.at) }))
	}
	var page []*sale
	skip := f.skip
	for i := end - 1; i >= first && len(page) < limit; i-- {
		row := f.rows[i]
		// The server compares time and id apart, so a row with a later id but an earlier time is skipped.
		if f.cursor != nil && row.n >= f.cursor.n {
			continue
		}
		if slices.ContainsFunc(f.also, func(matches func(*sale) bool) bool { return !matches(row) }) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		page = append(page, row)
	}
	return page
}

func listSales(r *request) answer {
	p := r.params
	byPage := p["page"] != nil && p["page"] != false
	pageText, _ := p.text("page")
	pageNumber := 1
	if byPage {
		if pageNumber = rubyInt(pageText); pageNumber <= 0 {
			return badRequest("Invalid page number. Page numbers start at 1.")
		}
	}
	filter := salesFilter{rows: r.store.listed}
	var problem *answer
	if filter.before, problem = r.dateParam("before"); problem != nil {
		return *problem
	}
	if filter.after, problem = r.dateParam("after"); problem != nil {
		return *problem
	}
	texts := map[string]string{}
	for _, name := range []string{"email", "name", "license_key"} {
		text, scalar := p.text(name)
		if !scalar && !p.blank(name) {
			return crash() // the server strips it without asking what it is
		}
		texts[name] = strings.TrimSpace(text)
	}
	if !p.blank("product_id") {
		id := p.str("product_id")
		product := r.store.product(id)
		switch {
		case !isExternalID(id) || product == nil && !r.sb.made(id):
			return badRequest("Invalid product ID.")
		case product == nil:
			filter.rows = nil
		default:
			filter.rows = product.sales
		}
	}
	if !p.blank("order_id") {
		text := p.str("order_id")
		order, err := strconv.Atoi(text)
		if err != nil || strconv.Itoa(order) != text {
			return badRequest("Invalid order ID.")
		}
		filter.narrow(r.store.saleByN[deobfuscate(order)], order >= 0 && order <= numericMask)
	}
	if email := strings.ToLower(texts["email"]); email != "" {
		if rows := r.store.salesByEmail[email]; len(rows) < len(filter.rows) {
			filter.also = append(filter.also, filter.contains())
			filter.rows = rows
		} else {
			filter.also = append(filter.also, func(s *sale) bool { return strings.ToLower(s.email) == email })
		}
	}
	if !r.sb.options.Compat2025 {
		if name := strings.ToLower(texts["name"]); name != "" {
			filter.also = append(filter.also, func(s *sale) bool {
				return strings.Contains(strings.ToLower(s.fullName), name)
			})
		}
		if key := strings.ToUpper(texts["license_key"]); key != "" {
			var owner *sale
			if l := r.store.licenseByKey[key]; l != nil {
				owner = l.sale
			}
			filter.narrow(owner, true)
		}
	}
	if byPage {
		filter.skip = (min(pageNumber, 1<<40) - 1) * pageSize
	} else {
		after, given, problem := r.cursorParam()
		if problem != nil {
			return *problem
		}
		if given {
			filter.cursor = &after
		}
	}
	rows := filter.page(pageSize + 1)
	more := len(rows) > pageSize
	if more {
		rows = rows[:pageSize]
	}
	page := make([]*object, 0, len(rows))
	for _, s := range rows {
		page = append(page, r.saleJSON(s))
	}
	list := success().with("sales", page)
	if more {
		last := rows[len(rows)-1]
		r.nextPage(list, pageKey(last.createdAt, last.n))
	}
	return render(http.StatusOK, list)
}

// narrow leaves at most the one row.
func (f *salesFilter) narrow(only *sale, valid bool) {
	if only == nil || !valid || !f.contains()(only) {
		f.rows = nil
		return
	}
	f.rows = []*sale{only}
}

// contains tests membership of the rows chosen so far.
func (f *salesFilter) contains() func(*sale) bool {
	rows := f.rows
	return func(s *sale) bool {
		_, found := slices.BinarySearchFunc(rows, s, saleOrder)
		return found
	}
}

var datePattern = regexp.MustCompile(`^([+-]?\d+)-(\d{1,2})-(\d{1,2})`)

// parseDate is Ruby's Date.strptime with %Y-%m-%d: fewer digits are fine, of the year too, and so is what follows.
func parseDate(text string) (time.Time, bool) {
	m := datePattern.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	year, err := strconv.Atoi(m[1])
	month, day := rubyInt(m[2]), rubyInt(m[3])
	if err != nil || year > 999_999 || year < -999_999 {
		return time.Time{}, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if int(date.Month()) != month || date.Day() != day {
		return time.Time{}, false
	}
	return date, true
}

// dateParam reads a filter date; present but empty is an error, null is none.
func (r *request) dateParam(name string) (*time.Time, *answer) {
	value := r.params[name]
	if value == nil || value == false {
		return nil, nil
	}
	text, isText := scalar(value)
	date, valid := parseDate(text)
	if !isText || !valid {
		return nil, new(badDate(name))
	}
	return &date, nil
}

func badDate(field string) answer {
	return badRequest("Invalid date format provided in field '" + field + "'. Dates must be in the format YYYY-MM-DD.")
}

// saleJSON leaves out what is null, down to card; from there nulls are sent.
func (r *request) saleJSON(s *sale) *object {
	p, seller, later := s.product, r.store.seller, !r.sb.options.Compat2025
	money := s.money()
	period := ""
	if s.subscription != nil {
		period = " " + recurrenceTexts[s.subscription.recurrence]
	}
	o := newObject()
	o.set("id", s.id)
	o.set("email", s.buyerEmail())
	o.set("seller_id", seller.externalID)
	o.set("timestamp", timeAgo(r.now.Sub(s.createdAt)))
	o.set("daystamp", daystamp(s.createdAt.In(seller.zone)))
	o.set("created_at", stamp(s.createdAt))
	o.set("product_name", p.name)
	o.set("product_has_variants", len(p.liveCategories()) > 0)
	o.set("price", s.usdCents)
	o.set("gumroad_fee", s.fee())
	o.set("is_bundle_purchase", s.bundle)
	o.set("is_bundle_product_purchase", s.bundlePart)
	if s.subscription != nil {
		o.set("subscription_duration", s.subscription.recurrence)
	}
	o.set("formatted_display_price", money.price(s.total-s.shippingCents)+period)
	o.set("formatted_total_price", money.price(s.total)+period)
	o.setPresent("transaction_url_for_seller", r.transactionURL(s))
	o.set("currency_symbol", money.symbol)
	if later {
		o.set("currency", p.currency)
	}
	o.set("amount_refundable_in_currency", money.number(money.fromUSD(s.refundableUSD())))
	o.set("product_id", p.id)
	o.set("product_permalink", p.permalink)
	payer := s.payer()
	if payer.fullyRefunded() || s.charged() {
		o.set("refunded", payer.fullyRefunded())
	}
	o.set("partially_refunded", payer.partlyRefunded())
	o.set("chargedback", payer.chargedBack())
	o.set("purchase_email", s.email)
	if s.giftTo != nil || s.giftOf != nil {
		sender, receiver := s, s
		if s.giftTo != nil {
			receiver = s.giftTo
		} else {
			sender = s.giftOf
		}
		o.set("giftee_email", receiver.email)
		o.set("gifter_email", sender.email)
	}
	o.setPresent("full_name", orNull(s.fullName))
	o.setPresent("street_address", orNull(s.street))
	o.setPresent("city", orNull(s.city))
	o.setPresent("state", orNull(s.region))
	o.setPresent("zip_code", orNull(s.zip))
	o.setPresent("country", orNull(cmp.Or(s.country, s.ipCountry)))
	o.setPresent("country_iso2", orNull(s.countryISO))
	o.set("paid", s.usdCents != 0)
	o.set("has_variants", len(s.variants) > 0)
	if len(s.variants) > 0 {
		o.set("variants", s.variantsObject())
	}
	o.set("variants_and_quantity", s.variantsText(true))
	o.set("has_custom_fields", len(s.customFields) > 0)
	o.set("custom_fields", s.customFieldsObject())
	o.set("order_id", obfuscate(s.n))
	o.set("is_product_physical", p.physical)
	if s.account != nil {
		o.set("purchaser_id", s.account.id)
	}
	o.set("is_recurring_billing", p.recurring())
	o.set("can_contact", s.canContact)
	o.set("is_following", s.following)
	o.set("disputed", payer.disputed)
	o.set("dispute_won", payer.disputeWon)
	o.set("is_additional_contribution", false)
	o.set("discover_fee_charged", s.discover)
	o.set("is_upgrade_purchase", s.upgrade)
	o.set("is_more_like_this_recommended", false)
	o.set("is_gift_sender_purchase", s.giftTo != nil)
	o.set("is_gift_receiver_purchase", s.giftOf != nil)
	if s.ppp != nil {
		o.set("ppp", newObject().with("country", s.ppp.country).with("discount", strconv.Itoa(s.ppp.percent)+"%"))
	}
	o.set("referrer", s.referrer)
	o.set("paypal_refund_expired", s.processor == processorPayPal && r.now.Sub(s.createdAt) > 180*24*time.Hour)
	if s.upsell != nil {
		o.set("upsell", s.upsellJSON())
	}
	if later {
		r.laterSaleFields(o, s)
	}

	o.set("card", s.cardJSON())
	o.set("product_rating", orNull(s.rating))
	if p.showReviews {
		o.set("reviews_count", p.reviews)
		o.set("average_rating", p.averageRating)
	}
	if sub := s.subscription; sub != nil {
		o.set("subscription_id", sub.id)
		o.set("cancelled", sub.cancelledAt != nil || sub.failedAt != nil)
		o.set("dead", sub.deactivatedAt != nil)
		o.set("ended", sub.endedAt != nil)
		if sub.freeTrialEndsAt != nil {
			o.set("free_trial_ended", !sub.freeTrialEndsAt.After(r.now))
			o.set("free_trial_ends_on", sub.freeTrialEndsAt.UTC().Format("Jan 2, 2006"))
		} else {
			o.set("free_trial_ended", nil)
			o.set("free_trial_ends_on", nil)
		}
		o.set("recurring_charge", s.recurring)
	}
	if p.preorder != nil {
		o.set("preorder_cancelled", false)
		o.set("is_preorder_authorization", s.state == statePreorder || s.state == stateReleased)
		o.set("is_in_preorder_state", p.preorder.open)
	}
	if s.shipped != nil {
		o.set("shipped", true)
		o.set("tracking_url", deref(s.shipped.trackingURL))
	}
	if s.code != nil {
		o.set("offer_code", s.offerCodeJSON())
	}
	if s.affiliate != nil {
		o.set("affiliate", newObject().with("email", s.affiliate.email).
			with("amount", currencies["usd"].format(s.affiliate.cents)))
	}
	if s.discover {
		o.set("discover_fee_percentage", 30)
	}
	if l := s.givenLicense(); l != nil {
		o.set("license_key", l.key)
		o.set("license_id", l.id)
		o.set("license_disabled", l.disabled)
		o.set("is_multiseat_license", p.multiseat)
		if later {
			o.set("license_uses", l.uses)
		}
	}
	if s.sku != nil {
		o.set("sku_id", cmp.Or(s.sku.customSKU, s.sku.id))
		o.set("sku_external_id", s.sku.id)
	}
	if s.shippingCents > 0 {
		o.set("formatted_shipping_amount", money.format(s.shippingCents))
	}
	o.set("quantity", s.quantity)
	return o
}

// laterSaleFields are those Gumroad's 2026 server adds to the main block.
func (r *request) laterSaleFields(o *object, s *sale) {
	o.set("tax_cents", 0)
	o.set("shipping_cents", s.money().toUSD(s.shippingCents))
	if s.usdCents > 0 {
		if !s.onGumroadsAccount() {
			o.set("payment_processor", s.processor)
		}
		o.set("processor_transaction_id", r.transactionID(s))
	}
	o.set("access_revoked", s.accessRevoked)
	o.set("variants_price_cents", s.variantsPriceUSD())
	if s.preordered != nil {
		o.set("preorder_authorization_time", stamp(s.preordered.createdAt))
	}
	if s.reviewText != "" {
		o.set("review", s.reviewText)
	}
	if sub := s.subscription; sub != nil {
		o.setPresent("cancellation_date", stampOrNull(sub.requestedAt))
		if end := cmp.Or(sub.endedAt, sub.cancelledAt, sub.failedAt, sub.deactivatedAt); end != nil {
			o.set("subscription_end_date", end.UTC().Format(time.DateOnly))
		}
	}
	o.set("sent_abandoned_cart_email", false)
	o.setPresent("utm_source", orNull(s.utmSource))
	o.setPresent("utm_medium", orNull(s.utmMedium))
	o.setPresent("utm_campaign", orNull(s.utmCampaign))
	o.setPresent("utm_content", orNull(s.utmContent))
}

// variantsPriceUSD is what the versions chosen cost beyond the product.
func (s *sale) variantsPriceUSD() int {
	extra := 0
	for _, v := range s.variants {
		if v.variant.difference != nil {
			extra += *v.variant.difference
		}
	}
	return s.money().toUSD(extra)
}

func (r *request) transactionID(s *sale) string {
	d := externalID(r.sb.seed, "transaction", s.n)
	text := strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c == '=' {
			return 'x'
		}
		return c
	}, d)
	if s.processor == processorPayPal {
		return strings.ToUpper(text[:17])
	}
	return "ch_" + text
}

func (r *request) transactionURL(s *sale) any {
	if s.usdCents == 0 || s.processor != processorPayPal {
		return nil
	}
	return "https://www.paypal.com/activity/payment/" + r.transactionID(s)
}

func (s *sale) fee() int { return gumroadFee(s.usdCents, s.onGumroadsAccount(), s.discover) }

func (s *sale) onGumroadsAccount() bool { return s.processor == processorGumroad }

func (s *sale) cardJSON() *object {
	return newObject().with("visual", orNull(s.card.visual)).with("type", orNull(s.card.kind)).
		with("bin", nil).with("expiry_month", nil).with("expiry_year", nil)
}

func (s *sale) upsellJSON() *object {
	o := newObject().with("name", s.upsell.name).with("discount", nil).with("selected_product", nil)
	if s.code != nil {
		o.set("discount", s.codeAmount)
	}
	if s.upsell.selected != nil {
		o.set("selected_product", s.upsell.selected.name)
	}
	return o.with("selected_version", nil)
}

func (s *sale) offerCodeJSON() *object {
	name := deref(s.code.name)
	return newObject().with("code", name).with("displayed_amount_off", s.codeAmount).with("name", name)
}

// variantsObject names a SKU by all of the product's categories at once.
func (s *sale) variantsObject() *object {
	o := newObject()
	if s.sku != nil {
		var titles []string
		for _, v := range s.variants {
			titles = append(titles, v.category)
		}
		return o.with(strings.Join(titles, " - "), s.sku.name)
	}
	for _, v := range s.variants {
		o.set(cmp.Or(v.category, "Version"), v.variant.name)
	}
	return o
}

// variantsText is (Red, Large), of a SKU (Red - Large), with the quantity where asked: (Red, Qty: 2).
func (s *sale) variantsText(withQuantity bool) string {
	var parts []string
	if s.sku != nil {
		parts = []string{s.sku.name}
	} else {
		for _, v := range s.variants {
			parts = append(parts, v.variant.name)
		}
	}
	if withQuantity && s.quantity > 1 {
		parts = append(parts, fmt.Sprintf("Qty: %d", s.quantity))
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func (s *sale) customFieldsObject() *object {
	o := newObject()
	for _, f := range s.customFields {
		o.set(f.name, f.value)
	}
	return o
}

// daystamp pads day and hour with a space: " 5 Jan 2021 11:38 AM".
func daystamp(t time.Time) string {
	hour := t.Hour() % 12
	if hour == 0 {
		hour = 12
	}
	return fmt.Sprintf("%2d %s %2d:%02d %s", t.Day(), t.Format("Jan 2006"), hour, t.Minute(), t.Format("PM"))
}

// timeAgo is Rails' time_ago_in_words and " ago".
func timeAgo(d time.Duration) string {
	minutes := int((max(d, -d) + 30*time.Second) / time.Minute)
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	const day, month, year = 1440, 43200, 525600
	round := func(n, unit int) int { return (n + unit/2) / unit }
	var words string
	switch {
	case minutes < 1:
		words = "less than a minute"
	case minutes < 45:
		words = count(minutes, "minute")
	case minutes < 90:
		words = "about 1 hour"
	case minutes < day:
		words = "about " + count(round(minutes, 60), "hour")
	case minutes < 2520:
		words = "1 day"
	case minutes < month:
		words = count(round(minutes, day), "day")
	case minutes < 2*month:
		words = "about " + count(round(minutes, month), "month")
	case minutes < year:
		words = count(round(minutes, month), "month")
	default:
		switch rest := minutes % year; {
		case rest < year/4:
			words = "about " + count(minutes/year, "year")
		case rest < year*3/4:
			words = "over " + count(minutes/year, "year")
		default:
			words = "almost " + count(minutes/year+1, "year")
		}
	}
	return words + " ago"
}
