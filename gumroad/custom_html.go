package gumroad

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// CustomPage is a page of custom HTML that stands in place of one of Gumroad's own, and its address. HTML is empty
// where there is none. Of says whose it is. Few sellers may have such pages; all others are Rejected everywhere.
type CustomPage[Of Record] struct {
	HTML string
	URL  string
}

// Envelope names the record. Answers hold its members beside success, without a name of their own.
func (CustomPage[Of]) Envelope() (one, many string) {
	var of Of
	return of.Envelope()
}

func (p *CustomPage[Of]) fromEnvelope(body []byte) error {
	if err := hasMember(body, "custom_html"); err != nil {
		return err
	}
	var sent struct {
		HTML       string `json:"custom_html"`
		LandingURL string `json:"landing_url"`
		ProfileURL string `json:"profile_url"`
	}
	err := unmarshal(body, &sent)
	p.HTML, p.URL = sent.HTML, cmp.Or(sent.LandingURL, sent.ProfileURL)
	return err
}

// CustomPageChange is a page after a change, or as it would be, with what was taken out of it. Previous is the page
// that it replaced, which nobody else keeps.
type CustomPageChange[Of Record] struct {
	Warning  string         `json:"warning"`
	HTML     string         `json:"custom_html"`
	Previous string         `json:"previous_custom_html"`
	Removed  RemovedOfAPage `json:"sanitization_report"`
}

// RemovedOfAPage is what Gumroad takes out of a page. It lists a hundred things at most, and counts all.
type RemovedOfAPage struct {
	Tags []struct {
		Tag    string `json:"tag"`
		Reason string `json:"reason"`
	} `json:"removed_tags"`
	Attributes []struct {
		Tag       string `json:"tag"`
		Attribute string `json:"attribute"`
		Value     string `json:"value"`
		Reason    string `json:"reason"`
	} `json:"removed_attributes"`
	Total Int `json:"total_removed"`
}

// Envelope names the record.
func (CustomPageChange[Of]) Envelope() (one, many string) { return CustomPage[Of]{}.Envelope() }

// fromEnvelope reads the page from the envelope, or from the product within it.
func (p *CustomPageChange[Of]) fromEnvelope(body []byte) error {
	if err := hasMember(body, "sanitization_report"); err != nil {
		return err
	}
	of := struct {
		Product *CustomPageChange[Of] `json:"product"`
	}{p}
	if err := unmarshal(body, &of); err != nil {
		return err
	}
	return unmarshal(body, p)
}

// hasMember reports the absence of a member that can be null.
func hasMember(body []byte, name string) error {
	var members map[string]json.RawMessage
	if err := unmarshal(body, &members); err != nil {
		return err
	}
	if _, ok := members[name]; !ok {
		return fmt.Errorf("the answer has no %q", name)
	}
	return nil
}

// NewCustomPage is a page to put there.
type NewCustomPage struct {
	HTML string `json:"custom_html" jsonschema_description:"The whole page."`
}

const maxCustomHTML = 500_000 // characters

// check refuses what is no page; clear names what takes one down.
func (in NewCustomPage) check(clear string) error {
	switch {
	case utf8.RuneCountInString(in.HTML) > maxCustomHTML:
		return Invalid("custom_html must have at most 500,000 characters.")
	case strings.TrimSpace(in.HTML) == "":
		return Invalid("custom_html is empty.", clear+" takes a page down.")
	}
	return nil
}

// sentPage sends a page as JSON, which is shorter than a form and has a null.
type sentPage struct {
	HTML *string `body:"custom_html"`
}

type previewedPage struct{ sentPage }

func (previewedPage) repeatable() bool { return true }

// EditCustomPage replaces one place of a page.
type EditCustomPage struct {
	Find    string `json:"find" jsonschema_description:"Stands in it once."`
	Replace string `json:"replace" jsonschema_description:"Empty deletes."`
}

// sentEdit sends the replacement even if it is empty.
type sentEdit struct {
	Find    string  `body:"find"`
	Replace *string `body:"replace"`
}
