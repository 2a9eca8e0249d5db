package reports

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// ExportQuery says which sales to write, and in which format.
type ExportQuery struct {
	Period
	ProductID  string       `json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
	Email      string       `json:"email,omitempty" jsonschema_description:"Buyer's, in full."`
	OrderID    *gumroad.Int `json:"order_id,omitempty" jsonschema_description:"Order number."`
	FileFormat string       `json:"format,omitempty" jsonschema:"enum=csv,enum=jsonl" jsonschema_description:"Default csv."`
}

// ExportTotals are the sums of the sales in a file. They contain no rows, so that buyers' data goes to the file without
// passing through a model.
type ExportTotals struct {
	days
	Rows     gumroad.Int   `json:"rows"`
	Complete bool          `json:"complete"`
	Missing  []string      `json:"missing,omitempty"`
	Units    gumroad.Int   `json:"units" jsonschema_description:"Rows that are charges."`
	Gross    gumroad.Cents `json:"gross_cents"`
	Refunds  gumroad.Cents `json:"refunds_cents"`
	Net      gumroad.Cents `json:"net_cents"`
	Fees     gumroad.Cents `json:"fees_cents"`
	Currency string        `json:"currency"`
}

// Format returns the extension and the MIME type of the file.
func (in ExportQuery) Format() (extension, mime string) {
	if in.FileFormat == "jsonl" {
		return "jsonl", "application/jsonl"
	}
	return "csv", "text/csv"
}

// WriteSales writes sales to file in the order in which they are read, which is none, so that memory does not grow with
// their number. clean makes text safe for the file; pii is the kind of personal data it is ("email", "key", "url",
// "text" or "").
func WriteSales(c *gumroad.Client, ctx context.Context, in ExportQuery, file io.Writer,
	clean func(pii, text string) string) (ExportTotals, error) {
	none := ExportTotals{}
	var spans []span // without a period every sale is written
	var asked askedPeriod
	if in.Period != (Period{}) {
		var err error
		if asked, err = in.resolve(c.Now(), func() (time.Time, error) { return storeToday(ctx, c) }); err != nil {
			return none, err
		}
		spans = []span{asked.span}
	}
	filter := gumroad.ListSales{ProductID: in.ProductID, Email: in.Email, OrderID: in.OrderID}
	if in.ProductID != "" {
		product, err := findProduct(c, ctx, in.ProductID)
		if err != nil {
			return none, err
		}
		filter.ProductID = product.ID
	}
	newWriter := newCSVWriter
	if in.FileFormat == "jsonl" {
		newWriter = newJSONLinesWriter
	}
	buffered := bufio.NewWriterSize(file, 64<<10)
	writer, err := newWriter(buffered)
	if err != nil {
		return none, err
	}
	sums := newTally(span{}, nil)
	out := ExportTotals{Currency: "usd"}
	zone, err := scanDays(c, ctx, filter, spans, func(sale gumroad.Sale, at time.Time) error {
		out.Rows++
		sums.add(sale, at)
		return writer.write(exportCells(sale, clean))
	})
	if err != nil {
		return none, withConsequence(err, "The file would have held only a part of the sales, so it was removed.")
	}
	if err := errors.Join(writer.flush(), buffered.Flush()); err != nil {
		return none, err
	}
	out.days = days{TimeZone: zone}
	if len(spans) > 0 {
		out.days = asked.shown(zone)
	}
	out.Units, out.Gross, out.Refunds, out.Net, out.Fees = sums.Units, sums.Gross, sums.Refunds, sums.Net, sums.fees
	out.Missing = sums.missing()
	out.Complete = len(out.Missing) == 0
	return out, nil
}

// exportColumn is a column of an export. Its values are texts, numbers, booleans, pointers to them, or answers.
type exportColumn struct {
	name  string
	pii   string // the kind of personal data, as in the tag of struct fields
	value func(gumroad.Sale) any
}

var exportColumns = []exportColumn{
	{"created_at", "", func(s gumroad.Sale) any { return s.CreatedAt }},
	{"local_time", "", func(s gumroad.Sale) any { return strings.TrimSpace(s.Daystamp) }},
	{"product_name", "", func(s gumroad.Sale) any { return s.ProductName }},
	{"variants", "", func(s gumroad.Sale) any { return s.VariantsAndQuantity }},
	{"quantity", "", func(s gumroad.Sale) any { return s.Quantity }},
	{"price_usd_cents", "", func(s gumroad.Sale) any { return s.Price }},
	{"gumroad_fee_usd_cents", "", func(s gumroad.Sale) any { return s.GumroadFee }},
	{"refunded_usd_cents", "", func(s gumroad.Sale) any {
		if refunded, known := s.RefundedCents(); known {
			return refunded
		}
		return nil
	}},
	{"paid", "", func(s gumroad.Sale) any { return s.FormattedTotalPrice }},
	{"currency", "", func(s gumroad.Sale) any { return s.Currency }},
	{"refundable_cents", "", func(s gumroad.Sale) any { return s.Refundable }},
	{"tax_cents", "", func(s gumroad.Sale) any { return s.TaxCents }},
	{"shipping_cents", "", func(s gumroad.Sale) any { return s.ShippingCents }},
	{"tip_cents", "", func(s gumroad.Sale) any { return s.TipCents }},
	{"is_charge", "", func(s gumroad.Sale) any { return s.IsCharge() }},
	{"refunded", "", func(s gumroad.Sale) any { return truth(s.Refunded) }},
	{"partially_refunded", "", func(s gumroad.Sale) any { return truth(s.PartiallyRefunded) }},
	{"disputed", "", func(s gumroad.Sale) any { return truth(s.Disputed) }},
	{"dispute_won", "", func(s gumroad.Sale) any { return truth(s.DisputeWon) }},
	{"recurring_charge", "", func(s gumroad.Sale) any { return truth(s.RecurringCharge) }},
	{"free_trial", "", func(s gumroad.Sale) any { return s.StartsTrial() }},
	{"gift", "", func(s gumroad.Sale) any { return truth(s.IsGiftSender) }},
	{"bundle_part", "", func(s gumroad.Sale) any { return truth(s.IsBundleProduct) }},
	{"offer_code", "", func(s gumroad.Sale) any {
		if s.OfferCode == nil {
			return ""
		}
		return s.OfferCode.Code
	}},
	{"affiliate_email", "email", func(s gumroad.Sale) any {
		if s.Affiliate == nil {
			return ""
		}
		return s.Affiliate.Email
	}},
	{"email", "email", func(s gumroad.Sale) any { return cmp.Or(s.PurchaseEmail, s.Email) }},
	{"full_name", "text", func(s gumroad.Sale) any { return s.FullName }},
	{"street_address", "text", func(s gumroad.Sale) any { return s.StreetAddress }},
	{"city", "text", func(s gumroad.Sale) any { return s.City }},
	{"state", "text", func(s gumroad.Sale) any { return s.State }},
	{"zip_code", "text", func(s gumroad.Sale) any { return string(s.ZipCode) }},
	{"country", "", func(s gumroad.Sale) any { return s.Country }},
	{"custom_fields", "text", func(s gumroad.Sale) any { return s.CustomFields }},
	{"referrer", "url", func(s gumroad.Sale) any { return s.Referrer }},
	{"payment_processor", "", func(s gumroad.Sale) any { return s.PaymentProcessor }},
	{"license_key", "key", func(s gumroad.Sale) any { return s.LicenseKey }},
	{"shipped", "", func(s gumroad.Sale) any {
		if !s.Shipped.IsKnown() { // only products that are shipped say
			return nil
		}
		return s.Shipped.IsTrue()
	}},
	{"subscription_id", "", func(s gumroad.Sale) any { return s.SubscriptionID }},
	{"product_id", "", func(s gumroad.Sale) any { return s.ProductID }},
	{"order_id", "", func(s gumroad.Sale) any { return s.OrderID }},
	{"id", "", func(s gumroad.Sale) any { return s.ID }},
}

// truth leaves a cell empty where upstream was not clear. What Gumroad leaves out is false.
func truth(b gumroad.Bool) any {
	if b == gumroad.Unclear {
		return nil
	}
	return b.IsTrue()
}

// exportCells returns the values of a sale, with nil for those it does not have.
func exportCells(sale gumroad.Sale, clean func(pii, text string) string) []any {
	cells := make([]any, len(exportColumns))
	for i, column := range exportColumns {
		v := reflect.ValueOf(column.value(sale))
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		switch {
		case !v.IsValid():
		case v.Kind() == reflect.String:
			cells[i] = clean(column.pii, v.String())
		case v.Kind() == reflect.Map:
			if given, ok := v.Interface().(map[string]any); ok && len(given) > 0 {
				cells[i] = newAnswers(given, func(text string) string { return clean(column.pii, text) })
			}
		default:
			cells[i] = v.Interface()
		}
	}
	return cells
}

// answers are what a buyer answered at checkout, by the question.
type answers map[string]any

func newAnswers(given map[string]any, clean func(string) string) answers {
	cleaned := answers{}
	for question, answer := range given {
		if text, ok := answer.(string); ok {
			answer = clean(text)
		} else if masked := clean(fmt.Sprint(answer)); masked != fmt.Sprint(answer) {
			answer = masked
		}
		cleaned[text.Label(question)] = answer
	}
	return cleaned
}

// String is for formats whose cells hold text.
func (a answers) String() string {
	var all []string
	for _, question := range slices.Sorted(maps.Keys(a)) {
		all = append(all, fmt.Sprintf("%s: %v", question, a[question]))
	}
	return strings.Join(all, "; ")
}

// exportWriter writes rows in one file format.
type exportWriter interface {
	write(cells []any) error
	flush() error
}

type csvWriter struct {
	*csv.Writer
	line []string
}

func newCSVWriter(to io.Writer) (exportWriter, error) {
	w := csvWriter{csv.NewWriter(to), make([]string, len(exportColumns))}
	for i, column := range exportColumns {
		w.line[i] = column.name
	}
	return w, w.Write(w.line)
}

func (w csvWriter) write(cells []any) error {
	for i, cell := range cells {
		switch cell := cell.(type) {
		case nil:
			w.line[i] = ""
		case string:
			w.line[i] = escapeFormula(cell)
		case answers:
			w.line[i] = escapeFormula(cell.String())
		case gumroad.Int:
			w.line[i] = strconv.FormatInt(int64(cell), 10)
		default:
			w.line[i] = fmt.Sprint(cell)
		}
	}
	return w.Write(w.line)
}

func (w csvWriter) flush() error {
	w.Flush()
	return w.Error()
}

// cellEnds are where a spreadsheet whose list separator is not ours can take a cell to end.
const cellEnds = ";\t\r\n"

// formula matches the beginning of a formula. Spreadsheets skip spaces and quotes before it, and full-width signs count.
var formula = regexp.MustCompile(`^[\t\r\n\p{Zs}'"]*[=+\-@|%＝＋－＠]`)

// escapeFormula keeps a spreadsheet from running what a buyer wrote: an apostrophe goes before whatever begins like a
// formula where a cell can begin, and before a tab or line break at the beginning of the text.
func escapeFormula(text string) string {
	var escaped strings.Builder
	if strings.IndexAny(text, "\t\r\n") == 0 && !formula.MatchString(text) {
		escaped.WriteByte('\'')
	}
	for {
		if formula.MatchString(text) {
			escaped.WriteByte('\'')
		}
		end := strings.IndexAny(text, cellEnds)
		if end < 0 {
			return escaped.String() + text
		}
		escaped.WriteString(text[:end+1])
		text = text[end+1:]
	}
}

type jsonLinesWriter struct{ to io.Writer }

func newJSONLinesWriter(to io.Writer) (exportWriter, error) { return jsonLinesWriter{to}, nil }

func (w jsonLinesWriter) write(cells []any) error {
	var members object.Object
	for i, cell := range cells {
		if cell != nil && cell != "" {
			members = append(members, object.Member{Name: exportColumns[i].name, Value: object.Literal(cell)})
		}
	}
	_, err := w.to.Write(append(members.JSON(), '\n'))
	return err
}

func (w jsonLinesWriter) flush() error { return nil }
