package gumroad

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// reserved are the ranges off the public internet that netip has no predicate for.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // NAT64: holds a v4 address
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // among them Teredo, which holds a v4 address
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4: holds a v4 address
	netip.MustParsePrefix("fec0::/10"),
}

// privateSuffixes are the names that resolve nowhere or only within a network.
var privateSuffixes = []string{".localhost", ".local", ".internal", ".localdomain", ".home.arpa", ".test", ".invalid",
	".example", ".onion"}

var (
	// A host whose last label is a number is an address in disguise: 0x7f.1, 2130706433, 0177.0.0.1.
	numericHost = regexp.MustCompile(`(^|\.)(0x[0-9a-f]*|[0-9]+)$`)
	hostName    = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
)

// CheckPostURL returns an InvalidArguments error for an address that PostURLFault finds fault with.
func CheckPostURL(raw string) error {
	fault := PostURLFault(raw)
	if fault == "" {
		return nil
	}
	return &Error{Code: InvalidArguments, Message: "post_url " + fault + ".",
		Hint: "Give an https:// address on a public host, such as https://example.com/hooks/gumroad."}
}

// PostURLFault returns why buyers' data must not be sent to an address, to be read behind its name ("must begin with
// https://"), or "". It accepts only https to a host on the public internet, named or numbered the ordinary way. It
// resolves and fetches nothing. Gumroad itself accepts more (resource_subscriptions_controller#create).
func PostURLFault(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Opaque != "" || strings.ContainsAny(raw, "\\ \t\r\n"):
		return "is not a well-formed address"
	case u.Scheme != "https":
		return "must begin with https://"
	case u.User != nil:
		return "must not hold a user name or password"
	case len(raw) > 2000:
		return "is longer than 2,000 characters"
	}
	return hostFault(u.Hostname())
}

// hostFault returns why a host is not a public one, or "".
func hostFault(host string) string {
	host = strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		if !IsPublic(ip) {
			return "names an address that is not on the public internet"
		}
		return ""
	}
	host = strings.TrimSuffix(host, ".")
	switch {
	case host == "":
		return "has no host"
	case numericHost.MatchString(host):
		return "writes its host as a number in an unusual form"
	case !hostName.MatchString(host):
		return "has a host that is not a public name (write international names in their xn-- form)"
	case slices.ContainsFunc(privateSuffixes, func(suffix string) bool { return strings.HasSuffix("."+host, suffix) }):
		return "names a host that is not on the public internet"
	}
	return ""
}

// IsPublic reports whether an address is on the public internet.
func IsPublic(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(reserved, func(prefix netip.Prefix) bool { return prefix.Contains(ip) })
}
