package gumroad_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestEchoedKey has upstream repeat the key in a refusal, in every disguise that a log or a client would see through.
func TestEchoedKey(t *testing.T) {
	const key = "mk_CANARY/9f3+long=enough"
	unicode := ""
	for _, r := range key {
		unicode += fmt.Sprintf(`\u%04x`, r)
	}
	for name, echo := range map[string]string{
		"as it is":               key,
		"with an escaped slash":  strings.ReplaceAll(key, "/", `\/`),
		"with unicode escapes":   unicode,
		"in a URL":               url.QueryEscape(key),
		"in a URL, lower case":   strings.ToLower(url.QueryEscape("/")) + key,
		"percent, lower case":    strings.NewReplacer("/", "%2f", "+", "%2b", "=", "%3d").Replace(key),
		"in base64":              base64.StdEncoding.EncodeToString([]byte(key)),
		"in base64 of a header":  base64.StdEncoding.EncodeToString([]byte("Bearer " + key)),
		"in base64 of a login":   base64.URLEncoding.EncodeToString([]byte("me:" + key)),
		"in hex":                 hex.EncodeToString([]byte(key)),
		"in hex, upper case":     strings.ToUpper(hex.EncodeToString([]byte(key))),
		"as the name of a field": key,
		"with hidden characters": strings.Join(strings.Split(key, ""), "\u200b"),
		"with a soft hyphen":     key[:9] + "\u00ad" + key[9:],
		"in a URL of a URL":      url.QueryEscape(url.QueryEscape(key)),
		"in HTML":                strings.NewReplacer("/", "&#47;", "+", "&plus;", "=", "&#x3d;").Replace(key),
		"in a URL in HTML":       strings.ReplaceAll(url.QueryEscape(key), "%", "&#37;"),
		"in JSON in JSON":        strings.ReplaceAll(key, "/", `\\\/`),
		"in base64 with breaks":  strings.Join(strings.Split(base64.StdEncoding.EncodeToString([]byte("Bearer "+key)), ""), `\n`),
	} {
		t.Run(name, func(t *testing.T) {
			client := answering(t, false, reply{status: 200, body: `{"success":false,"message":"you sent ` + echo + `","` + echo + `":1}`}).WithCredential(gumroad.NewCredential(key))
			_, err := client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
			said := fmt.Sprintf("%#v", err)
			plain, _ := url.PathUnescape(said)
			shown := strings.NewReplacer("\u200b", "", "\u00ad", "", `\u200b`, "", `\u00ad`, "").Replace(said)
			for _, form := range []string{key, echo} {
				if strings.Contains(said, form) || strings.Contains(plain, key) || strings.Contains(shown, key) {
					t.Errorf("the key is in %s", said)
				}
			}
			if !strings.Contains(said, "[redacted]") {
				t.Errorf("nothing is redacted in %s", said)
			}
		})
	}
}

// TestEchoedKeyOfOddCharacters has a key that looks as if it were escaped.
func TestEchoedKeyOfOddCharacters(t *testing.T) {
	const key = `mk_CANARY\9f3"%41&amp;long`
	for name, echo := range map[string]string{
		"as it is":               key,
		"with hidden characters": strings.Join(strings.Split(key, ""), "\u200b"),
		"in HTML":                html.EscapeString(key),
		"in a URL":               url.QueryEscape(key),
	} {
		t.Run(name, func(t *testing.T) {
			body, err := json.Marshal(map[string]any{"success": false, "message": "you sent " + echo})
			if err != nil {
				t.Fatal(err)
			}
			client := answering(t, false, reply{status: 200, body: string(body)}).WithCredential(gumroad.NewCredential(key))
			_, err = client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
			if e, ok := errors.AsType[*gumroad.Error](err); !ok || !strings.Contains(e.Said, "[redacted]") {
				t.Errorf("nothing is redacted in %#v", err)
			}
		})
	}
}
