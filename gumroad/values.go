package gumroad

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/invopop/jsonschema"
)

// Int is a whole number as the versions of Gumroad send it: 7, 7.0, "7" or null (0).
type Int int64

// Cents is money in the minor units of its currency (1250 for $12.50, 1250 for ¥1,250).
type Cents = Int

// UnmarshalJSON accepts 7, 7.0, "7", "7.0", "" and null; a fraction or a number beyond 64 bits is an error.
func (n *Int) UnmarshalJSON(data []byte) error {
	text := string(bytes.Trim(data, `"`))
	if text == "null" || text == "" {
		*n = 0
		return nil
	}
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		*n = Int(whole)
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	// Beyond 2^53 a float no longer names one integer.
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return errors.New("not a whole number") // without the text, which could be a buyer's
	}
	*n = Int(f)
	return nil
}

// Text is a string that some versions of Gumroad send as a number ("5550321502811" or 5550321502811).
type Text string

// UnmarshalJSON accepts a string, a number, a boolean or null ("").
func (t *Text) UnmarshalJSON(data []byte) error {
	switch {
	case bytes.Equal(data, []byte("null")):
		*t = ""
	case len(data) > 0 && data[0] == '"':
		var s string
		if err := unmarshal(data, &s); err != nil {
			return err
		}
		*t = Text(s)
	case len(data) > 0 && (data[0] == '{' || data[0] == '['):
		return errors.New("an object or a list where text was expected")
	default:
		*t = Text(data)
	}
	return nil
}

// Time is a moment as upstream sends it: RFC 3339, or "" for none. Anything else stays unclear, as an unclear Bool does.
type Time string

const unclearTime Time = "unclear" // in place of what is not even text

// UnmarshalJSON accepts any string and null (""), and never fails.
func (t *Time) UnmarshalJSON(data []byte) error {
	var text *string
	switch {
	case json.Unmarshal(data, &text) != nil:
		*t = unclearTime
	case text == nil:
		*t = ""
	default:
		*t = Time(*text)
	}
	return nil
}

// At returns the moment, which is zero if there is none or it is unclear.
func (t Time) At() time.Time {
	at, _ := time.Parse(time.RFC3339, string(t))
	return at
}

// IsUnclear reports whether upstream sent something that is no moment.
func (t Time) IsUnclear() bool { return t != "" && t.At().IsZero() }

// Bool is a truth as upstream sends it. A value that is neither true, false nor null stays unclear: it must not turn into
// a definite false.
type Bool int8

// The values of a Bool. Gumroad leaves many fields out instead of sending false.
const (
	Unsaid Bool = iota // left out, or null
	True
	False
	Unclear // something else
)

// UnmarshalJSON never fails.
func (b *Bool) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*b = True
	case "false":
		*b = False
	case "null":
		*b = Unsaid
	default:
		*b = Unclear
	}
	return nil
}

// MarshalJSON writes null for what is not known.
func (b Bool) MarshalJSON() ([]byte, error) {
	switch b {
	case True:
		return []byte("true"), nil
	case False:
		return []byte("false"), nil
	}
	return []byte("null"), nil
}

// JSONSchema is that of a boolean.
func (Bool) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "boolean"} }

// IsTrue reports whether upstream sent true.
func (b Bool) IsTrue() bool { return b == True }

// IsKnown reports whether upstream sent true or false.
func (b Bool) IsKnown() bool { return b == True || b == False }
