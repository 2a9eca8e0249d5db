package gumroad_test

import (
	"encoding/json"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

func TestBool(t *testing.T) {
	for raw, want := range map[string]gumroad.Bool{
		"true": gumroad.True, "false": gumroad.False, "null": gumroad.Unsaid,
		`"true"`: gumroad.Unclear, `"false"`: gumroad.Unclear, "1": gumroad.Unclear, "0": gumroad.Unclear,
		`""`: gumroad.Unclear, "{}": gumroad.Unclear, "[true]": gumroad.Unclear,
	} {
		t.Run(raw, func(t *testing.T) {
			var got gumroad.Bool
			if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
				t.Errorf("it is %v (%v), want %v", got, err, want)
			}
		})
	}
}

// TestOddTruthsStayUnclear: a sale whose flags cannot be read is neither paid nor refunded, and no charge that counts.
func TestOddTruthsStayUnclear(t *testing.T) {
	const body = `{"success":true,"sale":{"id":"x","price":1000,"refunded":"true","disputed":1,"paid":true}}`
	sale, err := answering(t, false, reply{status: 200, body: body}).GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if !sale.IsUnclear() {
		t.Error("the sale reads as clear")
	}
	if cents, known := sale.RefundedCents(); known {
		t.Errorf("%d are known to be refunded", cents)
	}
}
