package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var accountPeriods = []string{"none", "7", "14", "30", "183"}

// denial stands for the service's judgement of fine print that takes the promise back.
var denial = regexp.MustCompile(`(?i)\b(no|never|not) (any )?refund|\b(non|not|un)[- ]?refundable|` +
	`\ball sales (are )?final|refunds? (is|are|will be) (not|never)`)

func refundPolicyAnswer(r *request) answer {
	seller := r.store.seller
	return ok("refund_policy", newObject().with("refund_period", seller.refundPeriod).
		with("title", refundPeriodTitles[seller.refundPeriod]).with("fine_print", orNull(seller.finePrint)).
		with("in_effect", r.policyInEffect()))
}

// policyInEffect is true of the demo's sellers although their products may have policies of their own: Gumroad gives a
// seller one or the other, and here both can be tried.
func (r *request) policyInEffect() bool {
	return r.store.seller.accountPolicy || !r.sb.options.PoliciesPerProduct
}

func showRefundPolicy(r *request) answer { return refundPolicyAnswer(r) }

func updateRefundPolicy(r *request) answer {
	p, seller := r.params, r.store.seller
	if !r.policyInEffect() {
		return refuse("The account-level refund policy is not in effect for this seller.")
	}
	if p.blank("refund_period") {
		return refuse("Refund period is required.")
	}
	period, _ := p.text("refund_period")
	if !slices.Contains(accountPeriods, period) {
		return refuse("Refund period must be one of: " + strings.Join(accountPeriods, ", ") + ".")
	}
	finePrint := seller.finePrint
	if p.has("fine_print") {
		finePrint = strings.TrimSpace(htmlTag.ReplaceAllString(p.str("fine_print"), ""))
	}
	switch {
	case utf8.RuneCountInString(finePrint) > maxFinePrint:
		return refuse("Fine print is too long (maximum is 3000 characters)")
	case period != "none" && denial.MatchString(finePrint):
		return refuse("Fine print cannot state that refunds are not allowed")
	}
	seller.refundPeriod, seller.finePrint = period, finePrint
	r.commit()
	return refundPolicyAnswer(r)
}
