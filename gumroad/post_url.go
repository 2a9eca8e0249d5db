package gumroad

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Not for the public: ranges that netip has no predicate for.
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
	netip.MustParsePrefix("64:ff9b::/96"), // the same host by NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4 holds a v4 address
	netip.MustParsePrefix("fec0::/10"),
}

var (
	// A last label of digits (or hex) is an address in disguise: 0x7f.1, 2130706433, 0177.0.0.1.
	numericHost = regexp.MustCompile(`(^|\.)(0x[0-9a-f]*|[0-9]+)$`)
	hostName    = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
)

// CheckPostURL refuses an address that buyers' data must not be sent to: anything but https to a host on the public
// internet, named or numbered the ordinary way. Nothing is resolved or fetched.
func CheckPostURL(raw string) error {
	refuse := func(why string) error {
		return &Error{Code: InvalidArguments, Message: "post_url " + why + ".",
			Hint: "Give an https:// address on a public host, such as https://example.com/hooks/gumroad."}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Opaque != "" || strings.ContainsAny(raw, "\\ \t\r\n"):
		return refuse("is not a well-formed address")
	case u.Scheme != "https":
		return refuse("must begin with https://")
	case u.User != nil:
		return refuse("must not hold a user name or password")
	case len(raw) > 2000:
		return refuse("is longer than 2,000 characters")
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		if !isPublic(ip) {
			return refuse("names an address that is not on the public internet")
		}
		return nil
	}
	host = strings.TrimSuffix(host, ".")
	switch {
	case host == "":
		return refuse("has no host")
	case numericHost.MatchString(host):
		return refuse("writes its host as a number in an unusual form")
	case !hostName.MatchString(host):
		return refuse("has a host that is not a public name (write international names in their xn-- form)")
	case hasAnySuffix("."+host, ".localhost", ".local", ".internal", ".localdomain", ".home.arpa", ".test", ".invalid", ".example", ".onion"):
		return refuse("names a host that is not on the public internet")
	}
	return nil
}

func isPublic(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, prefix := range reserved {
		if prefix.Contains(ip) {
			return false
		}
	}
	return true
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}
