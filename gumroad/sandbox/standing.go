package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// standing is what Gumroad makes of a seller, which decides what they may publish.
type standing struct {
	joinedAt      time.Time
	compliant     bool // checked by Gumroad: a hundred products a day instead of ten
	verified      bool // neither moderated nor limited in price
	unconfirmed   bool // the e-mail address is
	unpayable     bool // new, and without a payment method
	unmoderated   bool // the moderation does not answer
	customPages   bool // may have pages of custom HTML
	accountPolicy bool // one refund policy for all products
	payoutsPaused bool
	noTaxCentre   bool // taxes are not paid in the US
}

const (
	serviceAge        = 30 * day
	dailyProducts     = 10
	dailyIfCompliant  = 100
	moderationFailed  = "We couldn’t review this product just now (a temporary issue on our end). Please try again in a few minutes."
	moderationRefused = "This product can’t be saved because it looks like it contains %s. Please update the content to follow our content guidelines."
)

// serviceTypes sell the seller's time.
var serviceTypes = []string{"call", "coffee", "commission"}

// limitErrors is the validation of how many products a seller makes in a day, deleted ones included.
func (r *request) limitErrors() []string {
	limit, made := dailyProducts, 0
	if r.store.seller.compliant {
		limit = dailyIfCompliant
	}
	for _, p := range r.store.products {
		if p.createdAt.After(r.now.Add(-day)) {
			made++
		}
	}
	if made < limit {
		return nil
	}
	return []string{fmt.Sprintf("Sorry, you can only create %d products per day.", limit)}
}

// adultWords stand for the service's own list.
var adultWords = []string{"hentai", "nsfw", "porn", "xxx"}

// moderated are words that the service's judgement of texts stands for here, and what it says they look like.
var moderated = []struct{ word, phrase string }{
	{"counterfeit", "counterfeit goods"},
	{"giveaway", "a giveaway or sweepstakes"},
	{"miracle", "something that may violate our content guidelines"},
}

func wordErrors(p *product) []string {
	if hasWord(p, adultWords) {
		return []string{"Adult keywords are not allowed"}
	}
	return nil
}

// hasWord looks for whole words in a product's name and description.
func hasWord(p *product, words []string) bool {
	text := p.name
	if p.description != nil {
		text += " " + htmlTag.ReplaceAllString(*p.description, " ")
	}
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(text), func(c rune) bool {
		return !('a' <= c && c <= 'z' || '0' <= c && c <= '9')
	}), func(word string) bool { return slices.Contains(words, word) })
}

// moderation is what the service says against showing a product to buyers.
func (r *request) moderation(p *product) []string {
	seller := r.store.seller
	if seller.verified || r.sb.options.Compat2025 {
		return nil
	}
	if seller.unmoderated {
		return []string{moderationFailed}
	}
	for _, m := range moderated {
		if hasWord(p, []string{m.word}) {
			return []string{fmt.Sprintf(moderationRefused, m.phrase)}
		}
	}
	return nil
}

// currencyMessage is why an update cannot change the currency.
func currencyMessage(p params, old *product) string {
	if !p.has("price_currency_type") || normalizeCurrency(p) == old.currency {
		return ""
	}
	switch {
	case old.tiered():
		return "Currency cannot be updated for tiered membership products. Use the variant endpoints to manage tier pricing."
	case len(old.offeredRecurrences()) > 1:
		return "Currency cannot be updated for products with multiple payment options. Update them in the product editor."
	}
	return ""
}

// flag is the cast of a switch among a record's bits: true for a short list of spellings, false for all else.
func flag(v any) bool {
	text, _ := scalar(v)
	return slices.Contains([]string{"1", "t", "T", "true", "TRUE"}, text)
}

var upsellCard = regexp.MustCompile(`<upsell-card([^>]*)>`)

// withUpsellIDs numbers the cards of a description that are new.
func (r *request) withUpsellIDs(description *string) *string {
	if description == nil {
		return nil
	}
	return new(upsellCard.ReplaceAllStringFunc(*description, func(card string) string {
		if strings.Contains(card, " id=") {
			return card
		}
		_, id := r.sb.numbered("upsell")
		return strings.TrimSuffix(card, ">") + ` id="` + id + `">`
	}))
}

func isEmpty(text string) bool { return text == "" }
