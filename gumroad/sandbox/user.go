package sandbox

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

// showUser is GET /user.
func showUser(r *request) answer {
	key := "user"
	if ifttt, given := r.params["is_ifttt"]; given && ifttt != nil && ifttt != false {
		key = "data"
	}
	return ok(key, r.userJSON())
}

const maxUserName = 100

// updateUser is PUT /user, which passes over all but two parameters, and over those that are no text.
func updateUser(r *request) answer {
	if r.store.seller.unconfirmed {
		return refuse(unconfirmed)
	}
	changed := *r.store.seller
	for name, field := range map[string]*string{"name": &changed.name, "bio": &changed.bio} {
		if value, isText := r.params.text(name); isText && r.params.has(name) {
			*field = value
		}
	}
	var problems []string
	if utf8.RuneCountInString(changed.name) > maxUserName {
		problems = append(problems, "Your name is too long. Please try again with a shorter one.")
	}
	if strings.Contains(changed.name, ":") {
		problems = append(problems, "Name cannot contain colons (:) as it causes email delivery problems.")
	}
	if len(problems) > 0 {
		return invalid(problems)
	}
	*r.store.seller = changed
	r.commit()
	return ok("user", r.userJSON())
}

// userJSON is the seller. What it holds depends on the token: the wide scopes see nulls and the account's details, the
// others only the public profile.
func (r *request) userJSON() *object {
	u := r.store.seller
	wide := r.grant.hasAny("edit_products", "view_sales", "revenue_share", "ifttt", "view_profile")
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
	return user
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
