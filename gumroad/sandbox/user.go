package sandbox

import (
	"cmp"
	"net/http"
)

// showUser is GET /user. What it holds depends on the token: the wide scopes see
// nulls and the account's details, the others only the public profile.
func showUser(r *request) answer {
	u := r.store.seller
	wide := r.grant.hasAny("edit_products", "view_sales", "revenue_share", "ifttt", "view_profile")
	ifttt, given := r.params["is_ifttt"]
	forIFTTT := given && ifttt != nil && ifttt != false

	user := newObject()
	for _, profile := range []struct{ key, value string }{
		{"name", u.name}, {"bio", u.bio}, {"twitter_handle", u.twitter},
	} {
		if wide || profile.value != "" {
			user.set(profile.key, orNull(profile.value))
		}
	}
	user.set("id", u.accountID)
	user.set("user_id", u.externalID)
	user.set("url", u.profileURL())
	user.set("links", r.store.links())
	if wide {
		user.set("currency_type", u.currency)
		user.set("profile_url", u.avatarURL)
		user.set("email", orNull(u.email))
	}
	if r.grant.has("view_profile") {
		user.set("display_name", u.name)
	}
	key := "user"
	if forIFTTT {
		key = "data"
	}
	return render(http.StatusOK, success().with(key, user))
}

// links are the permalinks of published products, the seller's own before the generated ones.
func (st *store) links() []string {
	links := []string{}
	for _, p := range st.products {
		if p.published() {
			links = append(links, cmp.Or(p.customPermalink, p.permalink))
		}
	}
	return links
}
