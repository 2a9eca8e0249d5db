package sandbox

import "cmp"

// purchasePayload is what pings about a sale and license answers have in common.
func purchasePayload(st *store, s *sale) *object {
	p, seller := s.product, st.seller
	o := newObject()
	o.set("seller_id", seller.externalID)
	o.set("product_id", p.id)
	o.set("product_name", p.name)
	o.set("permalink", cmp.Or(p.customPermalink, p.permalink))
	o.set("product_permalink", p.url(seller))
	o.set("short_product_id", p.permalink)
	o.set("email", s.email)
	o.set("price", s.usdCents)
	o.set("gumroad_fee", s.fee())
	o.set("currency", p.currency)
	o.set("quantity", s.quantity)
	o.set("discover_fee_charged", s.discover)
	o.set("can_contact", s.canContact)
	o.set("referrer", s.referrer)
	o.set("card", s.cardJSON())
	o.set("order_number", obfuscate(s.n))
	o.set("sale_id", s.id)
	o.set("sale_timestamp", stamp(s.createdAt))
	o.setPresent("full_name", orNull(s.fullName))
	if s.account != nil {
		o.set("purchaser_id", s.account.id)
	}
	if sub := s.subscription; sub != nil {
		o.set("subscription_id", sub.id)
	}
	if s.affiliate != nil {
		o.set("affiliate_credit_amount_cents", s.affiliate.cents)
	}
	if len(s.variants) > 0 {
		o.set("variants", s.variantsObject())
	}
	if s.code != nil {
		o.set("offer_code", deref(s.code.name))
	}
	if s.account != nil && s.account.id == seller.accountID {
		o.set("test", true)
	}
	if s.recurring {
		o.set("is_recurring_charge", true)
	}
	if s.state == statePreorder || s.state == stateReleased {
		o.set("is_preorder_authorization", true)
	}
	if p.physical {
		address := newObject().with("full_name", s.fullName).with("street_address", s.street).
			with("country", s.country).with("state", s.region).with("zip_code", s.zip).with("city", s.city)
		o.set("shipping_information", address)
		o.merge(address)
	}
	o.merge(s.customFieldsObject()) // over what was set so far
	answers := s
	if len(s.customFields) == 0 && s.subscription != nil {
		answers = s.subscription.original
	}
	if len(answers.customFields) > 0 {
		o.set("custom_fields", answers.customFieldsObject())
	}
	if l := s.sharedLicense(); l != nil {
		o.set("license_key", l.key)
		if s.subscription != nil {
			o.set("is_multiseat_license", p.multiseat)
		}
	}
	o.setPresent("ip_country", orNull(s.ipCountry))
	if p.physical {
		o.set("shipping_rate", s.money().toUSD(s.shippingCents))
	}
	if s.subscription != nil {
		o.set("recurrence", s.subscription.recurrence)
	}
	if s.affiliate != nil {
		o.set("affiliate", s.affiliate.email)
	}
	o.set("is_gift_receiver_purchase", s.giftOf != nil)
	if s.giftOf != nil {
		o.set("gift_price", s.giftOf.usdCents)
		o.set("gifter_email", s.giftOf.email)
	}
	if p.skusEnabled || p.physical {
		o.set("sku_id", s.skuID())
		if s.sku != nil && s.sku.customSKU != "" {
			o.set("original_sku_id", s.sku.id)
		}
	}
	payer := s.payer()
	o.set("refunded", payer.fullyRefunded())
	o.set("disputed", payer.disputed)
	o.set("dispute_won", payer.disputeWon)
	return o
}

// skuID names what was bought of a product that has SKUs, or is shipped.
func (s *sale) skuID() string {
	switch {
	case s.sku != nil:
		return cmp.Or(s.sku.customSKU, s.sku.id)
	case s.product.physical && len(s.variants) > 0:
		return s.variants[0].variant.id
	default:
		return "pid_" + s.product.id
	}
}

// sharedLicense is the row's licence; the charges of a subscription share that of its first purchase.
func (s *sale) sharedLicense() *license {
	if s.license == nil && s.subscription != nil {
		return s.subscription.original.license
	}
	return s.license
}

// subscriptionPayload is the part all events of a subscription share.
func subscriptionPayload(s *subscription) *object {
	o := newObject()
	o.set("subscription_id", s.id)
	o.set("product_id", s.product.id)
	o.set("product_name", s.product.name)
	if s.account != nil {
		o.set("user_id", s.account.id)
		o.set("user_email", s.account.email)
	} else {
		o.set("user_id", nil)
		o.set("user_email", s.email)
	}
	ids := []string{}
	for _, c := range s.charges { // failed ones too, unlike the subscriber's own list
		ids = append(ids, c.id)
	}
	o.set("purchase_ids", ids)
	o.set("created_at", stamp(s.createdAt))
	o.set("charge_occurrence_count", deref(s.product.chargeCount))
	o.set("recurrence", s.recurrence)
	o.set("free_trial_ends_at", stampOrNull(s.freeTrialEndsAt))
	if len(s.original.customFields) > 0 {
		o.set("custom_fields", s.original.customFieldsObject())
	}
	if l := s.original.license; l != nil {
		o.set("license_key", l.key)
	}
	return o
}

// purchaseIDs leaves out failed charges and plan changes.
func (s *subscription) purchaseIDs() []string {
	ids := []string{}
	for _, c := range s.charges {
		if (c.state == stateSuccessful || c.state == stateNotCharged && c.freeTrial) && c.giftOf == nil {
			ids = append(ids, c.id)
		}
	}
	return ids
}
