package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

const noSuchLicense = "That license does not exist for the provided product."

func refuseLicense(message string) answer {
	return render(http.StatusNotFound, newObject().with("success", false).with("message", message))
}

// verifyLicense needs no token and counts a use unless told not to.
func verifyLicense(r *request) answer {
	p := r.params
	if !r.sb.options.Compat2025 {
		for _, name := range []string{"license_key", "product_id", "product_permalink", "id", "link_id"} {
			if _, isText := p[name].(string); !isText && !p.blank(name) {
				return render(http.StatusBadRequest, newObject().with("success", false).
					with("message", fmt.Sprintf("The '%s' parameter must be a string.", name)))
			}
		}
	}
	permalink := ""
	for _, name := range []string{"id", "link_id", "product_permalink"} { // the order serves legacy callers
		if permalink == "" && !p.blank(name) {
			permalink = p.str(name)
		}
	}
	l, problem := r.findLicense(permalink)
	if problem != nil {
		return *problem
	}
	if l.disabled {
		return refuseLicense("This license key has been disabled.")
	}
	if count, given := p["increment_uses_count"]; !given || count != "false" && count != false {
		l.uses++
		r.commit()
	}
	return r.licenseAnswer(l)
}

// withOwnLicense is for the actions only the product's owner may take.
func withOwnLicense(run func(*request, *license)) func(*request) answer {
	return func(r *request) answer {
		l, problem := r.findLicense(r.params.str("product_permalink"))
		if problem != nil {
			return *problem
		}
		if l.owner != r.store {
			return render(http.StatusNotFound, newObject().with("success", false).with("error", "Not found"))
		}
		run(r, l)
		return r.licenseAnswer(l)
	}
}

func enableLicense(r *request, l *license)  { r.setDisabled(l, false) }
func disableLicense(r *request, l *license) { r.setDisabled(l, true) }

func (r *request) setDisabled(l *license, disabled bool) {
	if l.disabled != disabled {
		l.disabled = disabled
		r.commit()
	}
}

func decrementLicense(r *request, l *license) {
	if l.uses > 0 {
		l.uses--
		r.commit()
	}
}

func rotateLicense(r *request, l *license) {
	delete(l.owner.licenseByKey, strings.ToUpper(l.key))
	l.key = licenseKey(r.sb.seed, r.sb.next("license key"))
	l.owner.licenseByKey[l.key] = l
	r.commit()
}

// findLicense looks through every store, as licenses do not belong to the caller.
func (r *request) findLicense(permalink string) (*license, *answer) {
	key := strings.ToUpper(r.params.str("license_key"))
	var found *license
	for _, st := range r.sb.stores {
		if l := st.licenseByKey[key]; l != nil {
			found = l
		}
	}
	if !r.params.blank("product_id") {
		if found != nil && !sameID(found.product.id, r.params.str("product_id")) {
			found = nil
		}
	} else if found != nil {
		if found.product.createdAt.After(r.sb.productIDCutover) {
			message := fmt.Sprintf("The 'product_id' parameter is required to verify the license for this product. "+
				"Please set 'product_id' to '%s' in the request.", found.product.id)
			return nil, new(render(http.StatusInternalServerError,
				newObject().with("success", false).with("message", message)))
		}
		if !found.product.hasPermalink(permalink) {
			found = nil
		}
	}
	if found == nil {
		return nil, new(refuseLicense(noSuchLicense))
	}
	if found.sale != nil && found.sale.accessRevoked {
		return nil, new(refuseLicense("Access to the purchase associated with this license has expired."))
	}
	return found, nil
}

func (r *request) licenseAnswer(l *license) answer {
	o := success().with("uses", l.uses)
	switch {
	case l.sale != nil:
		o.set("purchase", licensePurchase(l))
	case l.imported != nil:
		c := l.imported
		o.set("imported_customer", newObject().with("email", c.email).with("created_at", stamp(c.createdAt)).
			with("timestamp", timeAgo(r.now.Sub(c.createdAt))).with("link_name", l.product.name).
			with("product_name", l.product.name).with("price", nil).with("is_imported_customer", true).
			with("purchase_email", c.email).with("id", c.id).with("can_update", nil))
	}
	return render(http.StatusOK, o)
}

// licensePurchase is the sale's ping payload, with the license API's own forms laid over it.
func licensePurchase(l *license) *object {
	s := l.sale
	o := purchasePayload(l.owner, s)
	o.set("id", s.id)
	o.set("created_at", stamp(s.createdAt))
	o.set("variants", s.variantsText(false))
	fields := []string{}
	for _, f := range s.customFields {
		fields = append(fields, f.String())
	}
	o.set("custom_fields", fields)
	if s.code != nil {
		o.set("offer_code", s.offerCodeJSON())
	}
	return o.with("refunded", s.payer().fullyRefunded()).with("chargebacked", s.payer().chargedBack())
}
