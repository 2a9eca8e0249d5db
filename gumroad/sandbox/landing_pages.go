package sandbox

import (
	"net/http"
	"regexp"
)

const pageWithoutABuy = `The custom landing page does not include a buy element, so buyers may not be able to purchase this product. Add an element with data-gumroad-action="buy" or post a gumroad:checkout message.`

// withLandingPages is withProduct for sellers who may have such pages.
func withLandingPages(run func(*request, *product) answer) func(*request) answer {
	return withProduct(func(r *request, p *product) answer {
		if !r.store.seller.customPages {
			return refuse(noCustomHTML)
		}
		return run(r, p)
	})
}

func showLandingPage(r *request, p *product) answer {
	return render(http.StatusOK, success().with("custom_html", deref(p.customHTML)).
		with("has_landing_page", p.customHTML != nil).with("landing_url", p.url(r.store.seller)))
}

func previewLandingPage(r *request, _ *product) answer { return previewPage(r, buyWarning) }

// landingPageMessage checks the page of a product's update.
func (r *request) landingPageMessage() string {
	if !r.store.seller.customPages {
		return noCustomHTML
	}
	return r.pageMessage()
}

// replaceLandingPage stores the page of an update, which has been checked.
func (r *request) replaceLandingPage(p *product) pageChange {
	if !r.params.has("custom_html") {
		return pageChange{}
	}
	return putPage(&p.customHTML, r.params.str("custom_html"))
}

func editLandingPage(r *request, p *product) answer {
	change, message := r.editPage(&p.customHTML)
	if message != "" {
		return refuse(message)
	}
	body := success().with("custom_html", deref(change.page))
	body.merge(change.json())
	body.set("landing_url", p.url(r.store.seller))
	if warning := buyWarning(change.page); warning != "" {
		body.set("warning", warning)
	}
	return render(http.StatusOK, body)
}

var buyElement = regexp.MustCompile(`data-gumroad-action\s*=\s*["']?buy\b|gumroad:checkout`)

// buyWarning says that a page has nothing to buy with.
func buyWarning(page *string) string {
	if page == nil || buyElement.MatchString(*page) {
		return ""
	}
	return pageWithoutABuy
}
