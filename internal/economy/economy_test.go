package main

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tiktoken-go/tokenizer"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

const document = "../../docs/economy.md"

// What a task may take at most.
const (
	mostCalls  = 3
	mostTokens = 400
	mostMedian = 200
)

func TestEconomy(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	measured, err := measure(t.Context(), codec)
	if err != nil {
		t.Fatal(err)
	}
	var read []int
	for _, m := range measured {
		t.Run(m.asks, func(t *testing.T) {
			if len(m.missingHere) > 0 || m.facts == 0 {
				t.Errorf("what the model reads lacks %q", m.missingHere)
			}
			if m.here.Calls > mostCalls || m.here.Read > mostTokens {
				t.Errorf("it takes %d calls (at most %d) and %d tokens (at most %d)", m.here.Calls, mostCalls, m.here.Read, mostTokens)
			}
			if float64(m.here.Read) > 1.1*float64(m.agreed) {
				t.Errorf("it costs %d tokens, a tenth more than the %d that were agreed", m.here.Read, m.agreed)
			}
		})
		read = append(read, m.here.Read)
	}
	if got := median(read); got > mostMedian {
		t.Errorf("the median is %d tokens (at most %d)", got, mostMedian)
	}
	t.Run("the table in the documentation", func(t *testing.T) {
		if os.Getenv("UPDATE_GOLDEN") != "" {
			testserver.GoldenPart(t, document, "tasks", table(measured))
			return
		}
		committed, now := testserver.Part(t, document, "tasks"), strings.Trim(table(measured), "\n")
		if diff := cmp.Diff(withoutRequests(committed), withoutRequests(now)); diff != "" {
			t.Errorf("%s is out of date; run the tests with UPDATE_GOLDEN=1 (-committed +now):\n%s", document, diff)
		}
		for i, was := range requests(t, committed) {
			if is := requests(t, now)[i]; math.Abs(float64(was-is)) > 0.2*float64(is) {
				t.Errorf("line %d says %d requests, and there were %d", i+1, was, is)
			}
		}
	})
}

// requestsOf matches the cell of a line that counts requests. How many a scan takes depends on which of its answers
// comes first.
var requestsOf = regexp.MustCompile(`(?m)^(\| [^|]*\| [^|]*\| \d+ \| )(\d+)`)

func withoutRequests(table string) string { return requestsOf.ReplaceAllString(table, "$1…") }

func requests(t *testing.T, table string) (all []int) {
	for _, cells := range requestsOf.FindAllStringSubmatch(table, -1) {
		n, err := strconv.Atoi(cells[2])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

func TestToolsets(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := toolsets(t.Context(), codec)
	if err != nil {
		t.Fatal(err)
	}
	testserver.GoldenPart(t, document, "toolsets", listed)
}
