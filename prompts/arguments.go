package prompts

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
)

const monthForm = "2006-01"

func isMonth(value string) error {
	if _, err := time.Parse(monthForm, value); err != nil {
		return errors.New("is not a month in the form YYYY-MM")
	}
	return nil
}

func isTime(value string) error {
	if _, ok := events.ParseTime(value); !ok {
		return errors.New("is no day or time such as 2026-11-14 or 2026-11-14T18:00")
	}
	return nil
}

func isBetween(least, most int) func(string) error {
	return func(value string) error {
		if n, err := strconv.Atoi(value); err != nil || n < least || n > most {
			return fmt.Errorf("must be a whole number from %d to %d", least, most)
		}
		return nil
	}
}

var amountPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$`)

func isAmount(value string) error {
	if !amountPattern.MatchString(value) || strings.Trim(value, "0.") == "" {
		return errors.New("must be an amount such as 5 or 4.50, without a currency sign")
	}
	return nil
}

func isEmail(value string) error {
	if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
		return errors.New("is not an e-mail address")
	}
	return nil
}

var orderNumberPattern = regexp.MustCompile(`^[0-9]{1,12}$`)

func isOrderNumber(value string) error {
	if !orderNumberPattern.MatchString(value) {
		return errors.New("must have digits only")
	}
	return nil
}

// isOneOf accepts a word of a closed set.
func isOneOf(words ...string) func(string) error {
	return func(value string) error {
		if !slices.Contains(words, value) {
			return fmt.Errorf("must be one of %s", strings.Join(words, ", "))
		}
		return nil
	}
}

func completeOneOf(words ...string) func(*Prompts, context.Context, string) *mcp.Completion {
	return func(_ *Prompts, _ context.Context, typed string) *mcp.Completion {
		return completion.Match(typed, completion.Values(words...))
	}
}

func isOneWord(value string) error {
	if strings.ContainsAny(value, " \t") {
		return errors.New("must have no spaces")
	}
	return nil
}

func isPostURL(value string) error {
	if fault := gumroad.PostURLFault(value); fault != "" {
		return fmt.Errorf("cannot be used: it %s", fault)
	}
	return nil
}

func areEvents(value string) error {
	for _, event := range strings.Split(value, ",") {
		if !slices.Contains(gumroad.WebhookEvents(), strings.TrimSpace(event)) {
			return fmt.Errorf("has %s, which is not an event; the events are %s",
				quote(event), strings.Join(gumroad.WebhookEvents(), ", "))
		}
	}
	return nil
}

const monthsOffered = 24

// completeMonth suggests the last months, the latest first. They are found by their number and by their name.
func completeMonth(p *Prompts, _ context.Context, typed string) *mcp.Completion {
	now := p.catalog.Now().UTC()
	var candidates []completion.Candidate
	for ago := range monthsOffered {
		month := time.Date(now.Year(), now.Month()-time.Month(ago), 1, 0, 0, 0, 0, time.UTC)
		candidates = append(candidates, completion.Candidate{
			Value: month.Format(monthForm), By: []string{month.Format(monthForm), month.Format("January 2006")}})
	}
	return completion.Match(typed, candidates)
}

func completeProduct(p *Prompts, ctx context.Context, typed string) *mcp.Completion {
	return p.completer.Field(ctx, "product", "", typed)
}

// completeEvents completes the last name of a list with commas. It suggests only names that are not in the list yet.
func completeEvents(_ *Prompts, _ context.Context, typed string) *mcp.Completion {
	before, last := "", typed
	if comma := strings.LastIndexByte(typed, ','); comma >= 0 {
		before, last = typed[:comma+1], typed[comma+1:]
	}
	named := strings.Split(strings.ReplaceAll(before, " ", ""), ",")
	var candidates []completion.Candidate
	for _, event := range gumroad.WebhookEvents() {
		if !slices.Contains(named, event) {
			candidates = append(candidates, completion.Candidate{Value: before + event, By: []string{event}})
		}
	}
	return completion.Match(last, candidates)
}
