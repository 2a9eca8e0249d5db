package sandbox_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestOperator is of /_sandbox, by which tests in other languages arrange and inspect the sandbox.
func TestOperator(t *testing.T) {
	const slow = `{"path":"/user","kind":"slow","delay_ms":1,"count":1}`
	bad := func(name, do, body string) row {
		return row{name: "refused: " + name, do: do, body: body, token: "none", status: 400, has: `{"error":"<text>"}`}
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "a fault", do: "POST /_sandbox/faults", body: slow, token: "none", is: slow},
		{name: "no faults", do: "GET /_sandbox/faults", token: "none", is: `{"faults":[]}`},
		{name: "an empty journal", do: "GET /_sandbox/journal", token: "none", is: `{"entries":[]}`},
		{name: "an event", do: "POST /_sandbox/events", body: `{"name":"dispute","id":"{EUR sale}"}`, token: "none", is: `{"name":"dispute","id":"{EUR sale}"}`},
		{name: "a sale", do: "POST /_sandbox/sales", body: `{"product":"inkwsh"}`, token: "none", has: `{"sale_id":"<id>"}`},
		{name: "unknown endpoint", do: "GET /_sandbox/nothing", token: "none", status: 404, has: `{"error":"<text>"}`},
		bad("unknown kind", "POST /_sandbox/faults", `{"kind":"odd"}`),
		bad("unknown member", "POST /_sandbox/faults", `{"kind":"status","typo":1}`),
		bad("kind of another type", "POST /_sandbox/faults", `{"kind":5}`),
		bad("unknown event", "POST /_sandbox/events", `{"name":"odd"}`),
		bad("sale of nothing", "POST /_sandbox/sales", `{}`),
		bad("broken JSON", "POST /_sandbox/sales", `{`),
		bad("no body", "POST /_sandbox/events", ""),
	})
	t.Run("a fault acts until it is cleared", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: "POST /_sandbox/faults", body: `{"kind":"status"}`})
		s.expect(row{do: "GET /_sandbox/faults", is: `{"faults":[{"kind":"status"}]}`})
		s.expect(row{do: "GET /user", status: 500})
		s.expect(row{do: "DELETE /_sandbox/faults", status: 204, is: "empty"})
		s.expect(row{do: "GET /user"})
	})
	t.Run("the journal shows requests until it is reset", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: "GET /user"})
		s.expect(row{do: "GET /_sandbox/journal", has: `{"entries":[{"seq":1,"method":"GET","path":"/v2/user","status":200,"committed":false,"time":"2026-03-10T12:00:00Z"}]}`})
		s.expect(row{do: "DELETE /_sandbox/journal", status: 204, is: "empty"})
		s.expect(row{do: "GET /_sandbox/journal", is: `{"entries":[]}`})
	})
	t.Run("a sale is the newest of the store", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		id := text(t, s.expect(row{do: "POST /_sandbox/sales", body: `{"product":"inkwsh","email":"new@example.com"}`}).json(t), "sale_id")
		if newest := text(t, s.get("/sales"), "sales.0.id"); newest != id {
			t.Errorf("the newest is %s, not %s", newest, id)
		}
	})
	t.Run("highlights are the program's", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		if diff := cmp.Diff(decode(t, encode(map[string]any{"highlights": s.Highlights()})), s.get("/_sandbox/highlights")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHighlight(t *testing.T) {
	s := serve(t, sandbox.Options{})
	for _, want := range s.Highlights() {
		if got, found := s.Highlight(want.Name); !found || got != want {
			t.Errorf("%s: %v, %s", want.Name, found, cmp.Diff(want, got))
		}
	}
	if got, found := s.Highlight("nothing of this name"); found {
		t.Errorf("found %v", got)
	}
}

func TestJournal(t *testing.T) {
	const product = "/products/inkwsh"
	for _, c := range []struct {
		name string
		row  row
		want sandbox.Entry
	}{
		{"a change", row{do: "PUT " + product + "/disable"},
			sandbox.Entry{Method: "PUT", Path: "/v2" + product + "/disable", Status: 200, Committed: true}},
		{"a refusal", row{do: "PUT /products/a%2Fb", body: "name=x"},
			sandbox.Entry{Method: "PUT", Path: "/v2/products/a%2Fb", Status: 200, Params: url.Values{"name": {"x"}}}},
		{"a call through Maton", row{do: "GET /gumroad/v2/user"},
			sandbox.Entry{Method: "GET", Path: "/gumroad/v2/user", Status: 200, ConnectionID: "first connection"}},
		{"tokens are left out", row{do: "PUT " + product + "?access_token=s3cret&q=1", body: `{"name":"A","bearer_token":"s3cret"}`},
			sandbox.Entry{Method: "PUT", Path: "/v2" + product, Status: 200, Committed: true,
				Query: url.Values{"q": {"1"}}, Params: url.Values{"name": {"A"}}}},
		{"nested JSON", row{do: "PUT " + product, body: `{"tags":["aa","bb"],"x":{"y":1,"z":null},"b":true}`},
			sandbox.Entry{Method: "PUT", Path: "/v2" + product, Status: 200, Committed: true,
				Params: url.Values{"tags[]": {"aa", "bb"}, "x[y]": {"1"}, "x[z]": {""}, "b": {"true"}}}},
		{"JSON that is no object", row{do: "PUT " + product, body: `[1]`, header: "Content-Type: application/json"},
			sandbox.Entry{Method: "PUT", Path: "/v2" + product, Status: 200, Committed: true, Params: url.Values{"_json[]": {"1"}}}},
		{"nested form", row{do: "PUT " + product, body: "p[][a]=1&p[][b]=2&p[][a]=3&q[][c][d]=4&q[][][e]=5&[]=x&n[=1&flag&r[][a][b]=1&r[][a][c]=2&r[][a][b]=3"},
			sandbox.Entry{Method: "PUT", Path: "/v2" + product, Status: 200, Committed: true,
				Params: url.Values{"p[][a]": {"1", "3"}, "p[][b]": {"2"}, "q[][c][d]": {"4"}, "q[][e]": {"5"}, "n[": {"1"}, "flag": {""},
					"r[][a][b]": {"1", "3"}, "r[][a][c]": {"2"}}}},
		{"an upload", row{do: "PUT " + product, header: "Content-Type: multipart/form-data; boundary=b",
			body: "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\nx\r\n--b--\r\n"},
			sandbox.Entry{Method: "PUT", Path: "/v2" + product, Status: 200, Params: url.Values{"file": {"@f.txt"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.send(c.row)
			c.want.Seq, c.want.Time, c.want.ConnectionID = 1, clockStart, s.names[c.want.ConnectionID]
			if diff := cmp.Diff([]sandbox.Entry{c.want}, s.Journal()); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("what changed nothing is not committed again", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("PUT " + product + "/disable")
		s.step("PUT " + product + "/disable")
		var committed []bool
		for _, entry := range s.Journal() {
			committed = append(committed, entry.Committed)
		}
		if !slices.Equal(committed, []bool{true, false}) {
			t.Errorf("committed %v", committed)
		}
	})
	t.Run("numbering goes on after a reset", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.get("/user")
		s.ResetJournal()
		s.get("/user")
		if got := s.Journal(); len(got) != 1 || got[0].Seq != 2 {
			t.Errorf("%+v", got)
		}
	})
}
