package sandbox

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

var resourceNames = []string{
	"sale", "refund", "dispute", "dispute_won", "cancellation",
	"subscription_updated", "subscription_ended", "subscription_restarted",
}

func (h *resourceSubscription) json() *object {
	return newObject().with("id", h.id).with("resource_name", h.name).with("post_url", h.postURL)
}

// listResourceSubscriptions shows those of every application, unless told otherwise.
func listResourceSubscriptions(r *request) answer {
	name := r.params.str("resource_name")
	if !slices.Contains(resourceNames, name) {
		return refuse("Valid resource_name parameter required")
	}
	ownOnly := boolean(r.params["current_oauth_application_only"]) && !r.sb.options.Compat2025
	rows := []*object{}
	for _, h := range r.store.hooks {
		if h.name == name && !h.deleted && (!ownOnly || h.app == r.grant.app) {
			rows = append(rows, h.json())
		}
	}
	return ok("resource_subscriptions", rows)
}

// createResourceSubscription checks the URL before the name, and never replaces.
func createResourceSubscription(r *request) answer {
	postURL, name := r.params.str("post_url"), r.params.str("resource_name")
	if !r.sb.acceptsPostURL(postURL) {
		return refuse(fmt.Sprintf("Invalid post URL '%s'", postURL))
	}
	if !slices.Contains(resourceNames, name) {
		return refuse("Unable to subscribe to ''.") // the server never fills in the name
	}
	h := &resourceSubscription{app: r.grant.app, name: name, postURL: postURL}
	r.sb.addHook(r.store, h)
	r.commit()
	return ok("resource_subscription", h.json())
}

// deleteResourceSubscription is for the application that made it, and can be repeated.
func deleteResourceSubscription(r *request) answer {
	for _, st := range r.sb.stores { // the application decides, not the seller
		for _, h := range st.hooks {
			if sameID(h.id, r.params.str("id")) && h.app == r.grant.app {
				if !h.deleted {
					h.deleted = true
					r.commit()
				}
				return deleted("resource_subscription")
			}
		}
	}
	return notFound("resource_subscription")
}

// acceptsPostURL is Gumroad's check. Names are not resolved: the sandbox asks no
// network, and Gumroad accepts names that do not resolve.
func (s *Sandbox) acceptsPostURL(text string) bool {
	if s.options.DeliverWebhooks && loopbackURL(text) {
		return true
	}
	unfit := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("<>\"{}|\\^`", c) }
	if strings.ContainsFunc(text, unfit) {
		return false
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || host == "127.0.0.1" || host == "0.0.0.0" {
		return false
	}
	if s.options.Compat2025 {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	if host == "" || host == "localhost" {
		return false
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return !numericHost(host)
	}
	address = address.Unmap().WithZone("")
	return !slices.ContainsFunc(closedRanges, func(p netip.Prefix) bool { return p.Contains(address) })
}

// numericHost: notations such as 2130706433, 0x7f.1 or 127.1, which some resolvers take for addresses.
func numericHost(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, isHex := strings.CutPrefix(last, "0x"); isHex {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// closedRanges hold no public hosts.
var closedRanges = func() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}()

// addHook numbers and files a resource subscription.
func (s *Sandbox) addHook(st *store, h *resourceSubscription) {
	h.n, h.id = s.numbered("resource_subscription")
	st.hooks = append(st.hooks, h)
}
