package reports_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/tools/reports"
)

// pictureOf is the picture of an answer, which has to have one of the right kind and size.
func pictureOf(t *testing.T, answer testserver.Result) (file []byte, drawn image.Image) {
	t.Helper()
	if len(answer.Pictures) != 1 || len(answer.Notes) > 0 {
		t.Fatalf("%d pictures, notes %q", len(answer.Pictures), answer.Notes)
	}
	block := answer.Pictures[0]
	want := &mcp.Annotations{Audience: []mcp.Role{mcp.RoleUser}, Priority: new(0.3)}
	if diff := cmp.Diff(want, block.Annotations); diff != "" || block.MIMEType != "image/png" {
		t.Errorf("%s; annotations (-want +got):\n%s", block.MIMEType, diff)
	}
	file, err := base64.StdEncoding.DecodeString(block.Data)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err = png.Decode(bytes.NewReader(file))
	if err != nil || drawn.Bounds() != image.Rect(0, 0, 720, 360) {
		t.Fatalf("%v: %v", err, drawn)
	}
	if len(file) > 30_000 {
		t.Errorf("%d bytes", len(file))
	}
	return file, drawn
}

// asked are the same arguments with a picture.
func asked(arguments map[string]any) map[string]any {
	with := map[string]any{"picture": true}
	maps.Copy(with, arguments)
	return with
}

// TestPicture: a picture follows the answer, which stays as it is without.
func TestPicture(t *testing.T) {
	t.Parallel()
	const scanned = -1
	for era, change := range map[string]func(*testserver.Settings){
		"2025": smallStore, "2026": func(s *testserver.Settings) { smallStore(s); s.Modern = true },
	} {
		server := testserver.Start(t, change)
		for i, c := range []struct {
			tool      string
			arguments map[string]any
			more      int // requests that the picture takes; scanned where the answer itself takes now more, now fewer
		}{
			{"sales_report", map[string]any{}, 1},
			{"sales_report", map[string]any{"period": "2026-10", "compare": "previous"}, 2},
			{"sales_report", map[string]any{"period": "2026", "compare": "year_ago"}, 2},
			{"sales_report", map[string]any{"period": "2026-10", "group_by": "day"}, 0},
			{"sales_report", map[string]any{"period": "2026-10", "group_by": "day", "top": 3}, 0},
			{"sales_report", map[string]any{"period": "2026", "group_by": "week", "compare": "previous"}, 0},
			{"sales_report", map[string]any{"period": "2026", "group_by": "month"}, 0},
			{"sales_report", map[string]any{"from": "2025-11-16", "to": "2026-11-15", "group_by": "day"}, 0},
			{"sales_report", map[string]any{"period": "2025", "group_by": "day", "compare": "previous"}, 0}, // drawn by week
			{"sales_report", map[string]any{"period": "2026-10", "group_by": "product", "compare": "previous"}, 0},
			{"sales_report", map[string]any{"period": "2026-10", "group_by": []string{"country", "month"}}, scanned},
			{"sales_report", map[string]any{"period": "2026-10", "group_by": "referrer"}, scanned},
			{"sales_report", map[string]any{"period": "2026-10", "group_by": "offer_code", "detail": "full"}, scanned},
			{"sales_report", map[string]any{"from": "0001-01-01", "group_by": "day"}, scanned},
			{"sales_report", map[string]any{"period": "2023-01-05"}, 1},
			{"subscriber_report", map[string]any{"period": "2026-10"}, scanned},
			{"subscriber_report", map[string]any{"from": "2010-01-01", "to": "2010-01-01"}, scanned},
		} {
			if era == "2026" && i > 1 { // what is drawn does not depend on it
				break
			}
			t.Run(fmt.Sprintf("%s/%s %v", era, c.tool, c.arguments), func(t *testing.T) {
				in := server.In(t)
				in.Sandbox.ResetJournal()
				without := in.Must(c.tool, c.arguments)
				before := len(in.Requests())
				with := in.Must(c.tool, asked(c.arguments))
				if more := len(in.Requests()) - 2*before; c.more != scanned && more != c.more {
					t.Errorf("the picture takes %d requests instead of %d: %q", more, c.more, in.Requests()[before:])
				}
				if without.Text != with.Text || len(without.Pictures) > 0 {
					t.Errorf("the text is\n%s\nand without a picture\n%s", with.Text, without.Text)
				}
				if diff := cmp.Diff(without.JSON, with.JSON); diff != "" {
					t.Errorf("structured content (-without +with):\n%s", diff)
				}
				file, _ := pictureOf(t, with)
				if again, _ := pictureOf(t, in.Must(c.tool, asked(c.arguments))); !bytes.Equal(file, again) {
					t.Error("the same picture is another file")
				}
			})
		}
	}
}

// The colours of warnings, and of the bars of the period asked for.
var (
	warningColour = color.RGBA{0xa3, 0x4a, 0x08, 0xff}
	barColour     = color.RGBA{0x3b, 0x6f, 0xd4, 0xff}
)

// has reports whether a pixel has a colour.
func has(drawn image.Image, want color.Color) bool {
	for y := range drawn.Bounds().Max.Y {
		for x := range drawn.Bounds().Max.X {
			if drawn.At(x, y) == want {
				return true
			}
		}
	}
	return false
}

// bars are the heights of the bars in a picture without comparison, from left to right.
func bars(drawn image.Image) (heights []int) {
	on := func(x, y int) bool { return drawn.At(x, y) == color.Color(barColour) }
	foot := 0
	for y := range drawn.Bounds().Max.Y {
		for x := range drawn.Bounds().Max.X {
			if on(x, y) {
				foot = y
			}
		}
	}
	for x := 1; x < drawn.Bounds().Max.X; x++ {
		if on(x, foot) && !on(x-1, foot) {
			high := 0
			for y := foot; on(x+2, y); y-- {
				high++
			}
			heights = append(heights, high)
		}
	}
	return heights
}

// TestPictureShowsTheReport compares bars with the sums that the answer gives.
func TestPictureShowsTheReport(t *testing.T) {
	t.Parallel()
	server := testserver.Start(t, smallStore)
	for name, arguments := range map[string]map[string]any{
		"the lines of a report":     {"period": "2026", "group_by": "month"},
		"what it reads for itself":  {"period": "2026"},
		"of one product, by a scan": {"period": "2026", "product_id": server.Highlight("membership").ID},
	} {
		t.Run(name, func(t *testing.T) {
			in := server.In(t)
			byMonth := map[string]any{"group_by": "month"}
			maps.Copy(byMonth, arguments)
			_, drawn := pictureOf(t, in.Must("sales_report", asked(arguments)))
			if has(drawn, warningColour) {
				t.Error("the picture has a warning")
			}
			heights := bars(drawn)
			lines := in.Must("sales_report", byMonth).Rows("lines")
			if len(heights) != len(lines) {
				t.Fatalf("%d bars of %d months", len(heights), len(lines))
			}
			best := 0
			for i := range lines {
				if lines[i]["gross_cents"].(float64) > lines[best]["gross_cents"].(float64) {
					best = i
				}
			}
			for i, line := range lines {
				want := line["gross_cents"].(float64) / lines[best]["gross_cents"].(float64) * float64(heights[best])
				if math.Abs(want-float64(heights[i])) > 2 {
					t.Errorf("the bar of %v is %d pixels high instead of %.0f", line["key"], heights[i], want)
				}
			}
		})
	}
}

// refusing refuses the sums by day, which only the picture reads.
type refusing struct{ next http.RoundTripper }

func (f refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("group_by") != "day" {
		return f.next.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"status":400,"error":"Not today"}`)), Request: r}, nil
}

// TestPictureFails: an answer does not get lost with its picture.
func TestPictureFails(t *testing.T) {
	t.Parallel()
	server := testserver.Start(t, smallStore, func(s *testserver.Settings) {
		s.Between = func(next http.RoundTripper) http.RoundTripper { return refusing{next} }
	})
	arguments := map[string]any{"period": "2026-10"}
	without, with := server.Must("sales_report", arguments), server.Must("sales_report", asked(arguments))
	if without.Text != with.Text || len(with.Pictures) > 0 {
		t.Errorf("%d pictures, %s", len(with.Pictures), with.Text)
	}
	if len(with.Notes) != 1 || !strings.HasPrefix(with.Notes[0], "The picture could not be drawn: ") ||
		!strings.HasSuffix(with.Notes[0], `Gumroad said: "Not today".`) {
		t.Errorf("notes %q", with.Notes)
	}
}

// TestPictureArgument: whoever does not ask gets none, and only tools that draw take the argument.
func TestPictureArgument(t *testing.T) {
	t.Parallel()
	server := testserver.Start(t, smallStore)
	pictureOf(t, server.Must("sales_report", map[string]any{"picture": "true"}))
	if none := server.Must("sales_report", map[string]any{"picture": false}); len(none.Pictures)+len(none.Notes) > 0 {
		t.Errorf("%d pictures, notes %q", len(none.Pictures), none.Notes)
	}
	server.Fails(gumroad.InvalidArguments, "sales_report", map[string]any{"picture": "large"})
	textOnly := testserver.Start(t, smallStore, func(s *testserver.Settings) { s.Tools.TextOnly = true })
	pictureOf(t, textOnly.Must("sales_report", map[string]any{"picture": true}))
	server.Fails(gumroad.InvalidArguments, "list_sales", map[string]any{"picture": true})
}

// TestPictureHasNoBuyers: those who left are not drawn, so that there is nothing to mask.
func TestPictureHasNoBuyers(t *testing.T) {
	t.Parallel()
	const counts = `"from":"2026-10-01","to":"2026-10-31","active_before":29,"new":7,"cancelled":2,"active_after":34`
	draw := func(report string) []byte {
		var out reports.SubscribersReport
		if err := json.Unmarshal([]byte(report), &out); err != nil {
			t.Fatal(err)
		}
		file, err := reports.DrawSubscribers(nil, t.Context(), reports.SubscribersQuery{}, out)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	without := draw(`{` + counts + `}`)
	if !bytes.Equal(without, draw(`{`+counts+`,"left":[{"name":"Tomas Sato","email":"tomas@example.com"}]}`)) {
		t.Error("the picture changes with who left")
	}
	if bytes.Equal(without, draw(`{`+strings.Replace(counts, "29", "28", 1)+`}`)) {
		t.Error("the picture does not change with the counts")
	}
}

// TestPictureOfHostileNames: whatever names and prices a store has, there is a picture.
func TestPictureOfHostileNames(t *testing.T) {
	t.Parallel()
	var sales []map[string]any
	for i, name := range []string{
		"", "\u202e\u0000\u0085", "🔥🔥", strings.Repeat("W", 5000), strings.Repeat("دورة ", 900), "a\nb\u2029c", "\xff\xfe",
		"<img src=x onerror=alert(1)>", "हिन्दी", "日本\u0301語", strings.Repeat("\u0301", 300),
	} {
		sales = append(sales, map[string]any{
			"id": fmt.Sprint(i), "created_at": "2026-10-05T12:00:00Z", "daystamp": " 5 Oct 2026  5:00 AM", "quantity": 1,
			"product_id": fmt.Sprintf("p%d", i), "product_name": name, "country": name, "referrer": "https://" + name,
			"offer_code": map[string]any{"code": name}, "price": []any{nil, -700, math.MaxInt64 / 16, 12, 0}[i%5],
			"gumroad_fee": 0, "currency": "usd", "formatted_total_price": "$12", "amount_refundable_in_currency": "12",
		})
	}
	server := startCanned(t, canned{sales: sales})
	for _, by := range []string{"day", "week", "month", "product", "country", "offer_code", "referrer"} {
		t.Run(by, func(t *testing.T) {
			answer := server.In(t).Must("sales_report", map[string]any{
				"period": "2026-10-05", "group_by": by, "compare": "previous", "picture": true})
			testserver.Want(t, answer, map[string]any{"complete": false})
			if _, drawn := pictureOf(t, answer); !has(drawn, warningColour) {
				t.Error("the picture does not say that the sums are not complete")
			}
		})
	}
}
