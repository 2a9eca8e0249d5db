package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// cell is a value as a person reads it.
type cell struct {
	text  string
	style style
	right bool // a number, which stands at the right of its column
	whole bool // of no use when it is cut
}

// states are the words, and the names of booleans, that are good or bad news.
var states = map[string]style{
	"paid": green, "active": green, "enabled": green, "valid": green, "published": green, "alive": green,
	"completed": green, "complete": green, "dispute_won": green, "shipped": green,

	"pending": yellow, "draft": yellow, "scheduled": yellow, "creating": yellow, "processing": yellow, "payable": yellow,
	"partly_refunded": yellow, "partially_refunded": yellow, "trial": yellow, "leaving": yellow, "unknown": yellow,
	"pending_cancellation": yellow, "pending_failure": yellow, "upcoming": yellow,

	"refunded": red, "disputed": red, "failed": red, "failing": red, "chargedback": red, "chargebacked": red,
	"disabled": red, "access_revoked": red, "cancelled": red, "expired": red, "deleted": red, "ended": red,
	"unknown_key": red, "subscription_ended": red, "failed_payment": red, "overdue": red, "reversed": red,
	"returned": red,
}

var (
	stateNames = []string{"state", "status", "verdict", "reason"}
	timeNames  = []string{"at", "time", "on", "since", "from", "to", "until", "date"}
	isTime     = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$`)
)

// cellOf shows a member of a record. Currency is that of its amounts.
func (s screen) cellOf(m object.Member, currency gumroad.Currency) cell {
	last := m.Name[strings.LastIndexByte(m.Name, '_')+1:]
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(m.Value)))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return cell{text: s.oneLine(string(m.Value))}
	}
	switch value := value.(type) {
	case nil:
		return cell{}
	case bool:
		return truth(m.Name, value)
	case json.Number:
		n, err := value.Int64()
		if amount := moneyIn(m.Name, currency); amount != "" && err == nil {
			return cell{text: text.Grouped(amount.Format(gumroad.Cents(n))), style: bold, right: true, whole: true}
		}
		if last == "id" {
			return cell{text: value.String(), style: dim, whole: true}
		}
		return cell{text: value.String(), right: true, whole: true}
	case string:
		words := s.oneLine(value)
		switch {
		case slices.Contains(timeNames, last) && isTime.MatchString(value):
			return cell{text: s.when(value), whole: true}
		case slices.Contains(stateNames, last):
			return cell{text: strings.ReplaceAll(words, "_", " "), style: states[strings.ToLower(value)], whole: true}
		case last == "id" || last == "key" && m.Name != "key":
			return cell{text: words, style: dim, whole: true}
		case last == "url" || strings.HasPrefix(value, "https://"):
			return cell{text: words, style: blue}
		case strings.HasPrefix(m.Name, "formatted_"):
			return cell{text: words, style: bold, whole: true}
		}
		return cell{text: words}
	default:
		return cell{text: s.inline(m, currency)}
	}
}

// inline writes a list or a nested record on one line.
func (s screen) inline(m object.Member, currency gumroad.Currency) string {
	if nested, err := object.Parse(m.Value); err == nil {
		var parts []string
		for _, member := range nested {
			value := s.cellOf(member, currencyOf(nested, currency)).text
			parts = append(parts, s.oneLine(title(member.Name, currency))+" "+value)
		}
		return strings.Join(parts, ", ")
	}
	var items []json.RawMessage
	if json.Unmarshal(m.Value, &items) != nil {
		return s.oneLine(string(m.Value))
	}
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = s.cellOf(object.Member{Name: m.Name, Value: item}, currency).text
	}
	separator := ", "
	if len(items) > 0 && items[0][0] == '{' {
		separator = "; "
	}
	return strings.Join(parts, separator)
}

func truth(name string, yes bool) cell {
	switch {
	case yes:
		return cell{text: "yes", style: states[name], whole: true}
	case states[name] == green:
		return cell{text: "no", style: yellow, whole: true}
	default:
		return cell{text: "no", style: dim, whole: true}
	}
}

// moneyIn returns the currency of an amount in minor units, or "" for another number or where nobody says it.
func moneyIn(name string, currency gumroad.Currency) gumroad.Currency {
	switch {
	case strings.HasSuffix(name, "usd_cents"):
		return "usd"
	case strings.HasSuffix(name, "cents"):
		return currency
	}
	return ""
}

// currencyOf returns the currency that a record names, or that of what it stands in.
func currencyOf(record object.Object, outer gumroad.Currency) gumroad.Currency {
	if named := record.Text("currency"); named != "" {
		return gumroad.Currency(named)
	}
	return outer
}

// when writes a day or a time as people do: "27 Nov", "27 Nov 2025", "today 14:03".
func (s screen) when(raw string) string {
	moment, day := time.Time{}, len(raw) == len(time.DateOnly)
	var err error
	if day {
		moment, err = time.ParseInLocation(time.DateOnly, raw, s.now.Location())
	} else {
		moment, err = time.Parse(time.RFC3339, raw)
	}
	if err != nil {
		return raw
	}
	moment = moment.In(s.now.Location())
	switch today, yesterday := s.now, s.now.AddDate(0, 0, -1); {
	case sameDay(moment, today) && day:
		return "today"
	case sameDay(moment, today):
		return "today " + moment.Format("15:04")
	case sameDay(moment, yesterday):
		return "yesterday"
	case moment.Year() == today.Year():
		return moment.Format("2 Jan")
	default:
		return moment.Format("2 Jan 2006")
	}
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

// title is the name of a member as people say it. An amount whose currency nobody says stays one of cents.
func title(name string, currency gumroad.Currency) string {
	if moneyIn(name, currency) != "" {
		name = strings.TrimSuffix(strings.TrimSuffix(name, "_cents"), "_usd")
	}
	name = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(name, "_at"), "formatted_"), "is_")
	return strings.ReplaceAll(name, "_", " ")
}

// told removes what another member of the record already says: the currency of amounts that are written with it, and an
// amount that Gumroad wrote out itself.
func told(record object.Object) object.Object {
	named := record.Text("currency") != ""
	money := named && slices.ContainsFunc(record, func(m object.Member) bool {
		return strings.HasSuffix(m.Name, "cents") && !strings.HasSuffix(m.Name, "usd_cents")
	})
	return slices.DeleteFunc(slices.Clone(record), func(m object.Member) bool {
		amount, isAmount := strings.CutSuffix(m.Name, "_cents")
		return m.Name == "currency" && money || isAmount && record.Text(fmt.Sprint("formatted_", amount)) != ""
	})
}
