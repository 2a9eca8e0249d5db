package sandbox

import "strings"

// helpArticles stand for the help centre. They are the sandbox's own words, and short; one is longer than what is handed
// out.
var helpArticles = []helpArticle{
	{"124-your-gumroad-profile-page", "Your profile page", "The page with everything you sell, and how to change its looks.", "Your store", "creator",
		"Your profile shows what you sell in one place, at an address of its own.\n\nSections and tabs decide what stands where. " +
			"Colours and fonts are part of the theme. The theme is used on the profile and on every product page."},
	{"13-getting-paid", "Getting paid", "When payouts are sent, and what has to be earned first.", "Money", "creator",
		"Payouts go out on Fridays. Each one has the sales until the Friday before, less refunds, chargebacks and fees.\n\n" +
			"There is none while the balance is below the minimum, while payouts are paused, or without a bank account or PayPal address. " +
			"What was not paid stays in the balance and comes with the next one."},
	{"281-payout-problems", "When a payout fails or is returned", "What the states of a payout mean, and what to do about them.", "Money", "creator",
		"A payout fails if the bank refuses it, and is returned if the bank sends it back later. The money is in your balance again, and " +
			"the next payout has it.\n\nCheck the account number and the name on the account before the next Friday. " +
			"A payout by PayPal is unclaimed until you accept it, and comes back after thirty days."},
	{"335-refund-policies", "Refund policies", "What you promise buyers, for the whole store or for one product.", "Sales", "creator",
		"A policy says for how many days buyers can ask for their money back: 7, 14, 30, or six months. Fine print can say more, " +
			"but must not take the promise back.\n\nA policy for the whole store is shown with every product. " +
			"What buyers were promised when they bought stays valid for them."},
	{"190-refunding-a-sale", "Refunding a sale", "How to give a buyer all or part of the money back.", "Sales", "creator",
		"Refunds come out of your balance. A part of the fee is given back with them.\n\nA refund cannot be recalled, " +
			"and does not end a membership by itself."},
	{"15-sales-tax", "Taxes on sales", "Who collects VAT and sales tax, and where they are shown.", "Taxes", "creator",
		"Where taxes are due on a sale, they are added at checkout and paid to the office that they belong to. " +
			"Your sales list shows them for each sale.\n\nTaxes on your own income are yours to pay."},
	{"305-1099-forms", "1099 forms", "Tax forms for sellers in the United States.", "Taxes", "creator",
		"Sellers in the US get a 1099-K for a year in which they sold enough. It is made in January, and the tax centre has it.\n\n" +
			"Its amount is gross: refunds and fees are not taken off."},
	{"199-where-is-my-purchase", "Where is what I bought?", "Find your download when the e-mail did not come.", "", "",
		"The receipt has a link to what you bought. Without it, sign in with the address that you used at checkout and open your library."},
	{"500-glossary", "Glossary", "The words that sellers meet, from affiliate to webhook.", "Your store", "creator", glossary()},
}

// glossary is longer than what is handed out of an article.
func glossary() string {
	var b strings.Builder
	for _, term := range []string{"affiliate", "balance", "bundle", "chargeback", "checkout", "discount code", "licence key", "membership",
		"payout", "pre-order", "receipt", "refund", "subscription", "tier", "upsell", "variant", "version", "webhook"} {
		b.WriteString("A word that sellers meet: " + term + ".\n")
		for range 8 {
			b.WriteString("An entry says what " + term + " means, where it is set, who sees it, and what else it is mixed up with.\n")
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String()) + "\n\nThe last word of the glossary is zymurgy."
}
