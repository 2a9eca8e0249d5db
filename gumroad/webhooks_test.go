package gumroad_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestPostURLsThatAreAccepted(t *testing.T) {
	for _, good := range []string{
		"https://example.com/hook", "https://hooks.example.co.uk:8443/a?b=c", "https://1.1.1.1/x",
		"https://[2606:4700:4700::1111]/", "https://a_b.example.com", "https://xn--bcher-kva.example.com/",
	} {
		if err := gumroad.CheckPostURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

func TestPostURLsThatAreRefused(t *testing.T) {
	for _, bad := range []string{
		"", "example.com", "http://example.com", "ftp://example.com", "https://", "https:example.com",
		"https://user@example.com", "https://u:p@example.com", "https://localhost", "https://localhost.",
		"https://LOCALHOST/x", "https://a.localhost", "https://printer.local", "https://x.internal", "https://single",
		"https://127.0.0.1", "https://127.1", "https://0x7f.1", "https://2130706433", "https://0177.0.0.1",
		"https://0x7f000001", "https://1.2.3", "https://10.0.0.1.", "https://10.0.0.1", "https://172.16.0.1",
		"https://192.168.1.1", "https://169.254.169.254", "https://100.64.0.1", "https://0.0.0.0",
		"https://224.0.0.1", "https://255.255.255.255", "https://192.0.2.1", "https://198.18.0.1", "https://[::1]",
		"https://[::]", "https://[fe80::1]", "https://[fe80::1%25eth0]", "https://[fc00::1]",
		"https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[::ffff:10.0.0.1]",
		"https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]", "https://[2001:db8::1]", "https://[ff02::1]",
		"https://exa mple.com", "https://example.com\r\nX: y", "https://example.com\\@evil", "https://bücher.example",
		"https://１２７.0.0.1", "https://-a.example.com",
	} {
		if fault := gumroad.PostURLFault(bad); fault == "" {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestARefusedPostURLIsNamedInASentence(t *testing.T) {
	want := &gumroad.Error{Code: gumroad.InvalidArguments, Message: "post_url must begin with https://."}
	if diff := diffError(want, gumroad.CheckPostURL("http://example.com")); diff != "" {
		t.Error(diff)
	}
}

func TestNoWebhookIsMadeForARefusedPostURL(t *testing.T) {
	s := open(t)
	_, err := s.CreateWebhook(t.Context(), gumroad.CreateWebhook{ResourceName: "sale", PostURL: "https://127.0.0.1"})
	if got := len(s.Journal()); code(err) != gumroad.InvalidArguments || got != 0 {
		t.Errorf("%v after %d requests", err, got)
	}
}

func TestWebhooksOfAllEventsAreListedTogether(t *testing.T) {
	s := open(t)
	page, err := s.ListWebhooks(t.Context(), gumroad.ListWebhooks{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Rows) < 2 {
		t.Errorf("%d webhooks", len(page.Rows))
	}
	var asked []string
	for _, e := range s.Journal() {
		asked = append(asked, e.Query.Get("resource_name"))
	}
	slices.Sort(asked)
	if diff := cmp.Diff(slices.Sorted(slices.Values(gumroad.WebhookEvents())), asked); diff != "" {
		t.Error(diff)
	}
}

func TestOneFailureFailsTheListOfWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/resource_subscriptions", After: 5,
			Kind: sandbox.FaultStatus, Status: http.StatusInternalServerError})
		page, err := s.ListWebhooks(t.Context(), gumroad.ListWebhooks{})
		if code(err) != gumroad.UpstreamUnavailable || len(page.Rows) > 0 {
			t.Errorf("%d rows and %v", len(page.Rows), err)
		}
	})
}
