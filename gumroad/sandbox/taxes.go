package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// taxForm is one that Gumroad made for a seller. It was filed at the end of January, or is not filed yet.
type taxForm struct {
	year  int
	kind  string
	filed bool
}

const (
	form1099K    = "us_1099_k"
	form1099Misc = "us_1099_misc"
)

// bookings are sums of a year, in US cents.
type bookings struct{ gross, fees, taxes, affiliates int }

// withTaxCentre is for sellers who pay taxes in the US.
func withTaxCentre(run func(*request) answer) func(*request) answer {
	return func(r *request) answer {
		if r.store.seller.noTaxCentre {
			return render(http.StatusForbidden, refuse("Tax center is not enabled for this account.").body)
		}
		return run(r)
	}
}

func missing(message string) answer { return render(http.StatusNotFound, refuse(message).body) }

var strictInteger = regexp.MustCompile(`^\s*\+?[1-9][0-9]*(_[0-9]+)*\s*$`)

// yearParam is a year for which there are taxes: from the one of the account to the last. Of another it says so.
func (r *request) yearParam(what string) (year int, problem *answer) {
	text, _ := r.params.text("year")
	suffix := "for the requested year."
	if strictInteger.MatchString(text) {
		year, _ = strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(text), "_", ""))
		suffix = fmt.Sprintf("for %d.", year)
	}
	if year < r.store.seller.joinedAt.Year() || year >= r.now.Year() {
		return 0, new(missing(what + " are not available " + suffix))
	}
	return year, nil
}

// showEarnings leaves out what was refunded in full, and what was charged back.
func showEarnings(r *request) answer {
	year, problem := r.yearParam("Earnings")
	if problem != nil {
		return *problem
	}
	sum := r.store.booked[year]
	for _, s := range r.store.sales {
		if s.createdAt.Year() != year || !s.charged() || s.fullyRefunded() || s.chargedBack() {
			continue
		}
		sum.gross += s.usdCents
		sum.fees += s.fee()
		if s.affiliate != nil {
			sum.affiliates += s.affiliate.cents
		}
	}
	return render(http.StatusOK, success().with("year", year).with("currency", "usd").with("gross_cents", sum.gross).
		with("fees_cents", sum.fees).with("taxes_cents", sum.taxes).with("affiliate_credit_cents", sum.affiliates).
		with("net_cents", sum.gross-sum.fees-sum.taxes-sum.affiliates))
}

func listTaxForms(r *request) answer {
	only := 0
	if !r.params.blank("year") {
		var problem *answer
		if only, problem = r.yearParam("Tax forms"); problem != nil {
			return *problem
		}
	}
	forms := slices.Clone(r.store.taxForms)
	slices.SortFunc(forms, func(a, b taxForm) int { return cmp.Or(a.year-b.year, strings.Compare(a.kind, b.kind)) })
	rows := []*object{}
	for _, f := range forms {
		if only != 0 && f.year != only {
			continue
		}
		row := newObject().with("tax_year", f.year).with("tax_form_type", f.kind).with("filed_at", nil)
		if f.filed {
			row.set("filed_at", stamp(time.Date(f.year+1, 1, 31, 12, 0, 0, 0, time.UTC)))
		}
		rows = append(rows, row)
	}
	return ok("tax_forms", rows)
}

// attachment is a file that an answer consists of.
type attachment struct {
	name, kind string
	content    []byte
}

func (a attachment) reply(status int) reply {
	out := newReply(status, a.kind, a.content)
	out.header.Set("Content-Disposition", `attachment; filename="`+a.name+`"; filename*=UTF-8''`+a.name)
	return out
}

func downloadTaxForm(r *request) answer {
	const notThere = "Tax form not found."
	year, problem := r.yearParam("")
	kind := r.params.str("tax_form_type")
	if problem != nil || !slices.ContainsFunc(r.store.taxForms, func(f taxForm) bool { return f.year == year && f.kind == kind }) {
		return missing(notThere)
	}
	name := strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(kind, "us_"), "_", "-"))
	return render(http.StatusOK, attachment{fmt.Sprintf("%s-%d.pdf", name, year), "application/pdf",
		fmt.Appendf(nil, "%%PDF-1.4\n%% %s %d of the sandbox, which is no tax form\n%%%%EOF\n", name, year)})
}
