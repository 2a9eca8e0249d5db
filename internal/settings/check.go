package settings

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"regexp"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// numberRules are the rules for numbers and durations, by their name in check tags.
var numberRules = map[string]func(float64) error{
	"not negative": func(n float64) error {
		if n < 0 {
			return errors.New("must not be negative")
		}
		return nil
	},
	"positive": func(n float64) error {
		if n <= 0 {
			return errors.New("must be greater than 0")
		}
		return nil
	},
	"replicas": func(n float64) error {
		if n < 0 || n > 5 {
			return errors.New("must be from 1 to 5, or 0 for what is usual")
		}
		return nil
	},
}

// textRules are the rules for texts, by their name in check tags. They apply to each element of a list.
var textRules = map[string]func(string) error{
	"address":     checkAddress,
	"path":        checkPath,
	"url":         checkURL,
	"origin":      checkOrigin,
	"nats url":    checkNATSURL,
	"nats prefix": checkNATSPrefix,
	"tool prefix": checkToolPrefix,
}

// check applies a rule to a value, or to each element of a list.
func check(rule string, value reflect.Value) error {
	switch value.Kind() {
	case reflect.Slice:
		for i := range value.Len() {
			if err := check(rule, value.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.String:
		return textRules[rule](value.String())
	default:
		return numberRules[rule](value.Convert(reflect.TypeFor[float64]()).Float())
	}
}

func checkAddress(raw string) error {
	if _, _, err := net.SplitHostPort(raw); err != nil {
		return fmt.Errorf("%q is not an address such as 127.0.0.1:8080", raw)
	}
	return nil
}

func checkPath(raw string) error {
	if !strings.HasPrefix(raw, "/") || strings.ContainsAny(raw, "{}? #") || raw == "/healthz" || raw == "/readyz" {
		return fmt.Errorf("%q is not a path such as /mcp; /healthz and /readyz are taken", raw)
	}
	return nil
}

// checkURL accepts https://, http:// on this machine only, and "" for a setting that is not given.
func checkURL(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !gumroad.IsLoopback(u.Hostname())) {
		return fmt.Errorf("%q is not an address that begins with https:// (http:// is for this machine only)", raw)
	}
	return nil
}

func checkOrigin(raw string) error {
	if u, err := url.Parse(raw); err != nil || u.Host == "" || u.Path != "" {
		return fmt.Errorf("%q is not an origin such as https://app.example.com", raw)
	}
	return nil
}

// checkNATSURL refuses a password in a URL, since every process of the machine can see a command line.
func checkNATSURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" || strings.Trim(u.Path, "/") != "":
		return errors.New("it is not an address such as nats://127.0.0.1:4222, or tls://… for TLS")
	case u.User != nil:
		return errors.New("a URL cannot hold a user or password; give a file of credentials")
	}
	return nil
}

var natsPrefixPattern = regexp.MustCompile(`^[a-z0-9_-]{0,20}$`)

func checkNATSPrefix(raw string) error {
	if !natsPrefixPattern.MatchString(raw) {
		return fmt.Errorf("%q must be at most 20 small letters, digits, '_' and '-'", raw)
	}
	return nil
}

var toolPrefixPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{0,20}$`)

func checkToolPrefix(raw string) error {
	if !toolPrefixPattern.MatchString(raw) {
		return fmt.Errorf("%q must be at most 20 letters, digits, '_' and '-'", raw)
	}
	return nil
}
