package chaos

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// write is a change that a call asks for.
type write struct {
	tool      string
	arguments map[string]any
	// marker stands in the path or the body of the call's requests upstream, and of no other call's.
	marker string
	// applied counts how often the change shows in the store at the end.
	applied func(state) int
}

// shop makes the records that writes are about, each for one call. It talks to the sandbox itself.
type shop struct {
	store  *sandbox.Sandbox
	client *gumroad.Client

	digital, physical, licensed, varied string
	category                            string
	others                              []string // products that can be published and taken off sale
}

func openShop(t *testing.T, store *sandbox.Sandbox) *shop {
	t.Helper()
	s := &shop{store: store}
	ids := map[string]string{}
	for _, highlight := range store.Highlights() {
		ids[highlight.Name] = highlight.ID
	}
	var err error
	s.client, err = gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: store,
		Connection: ids["first connection"], RequestsPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	s.digital, s.physical = ids["digital product"], ids["physical product"]
	s.licensed, s.varied = ids["licensed product"], ids["product with variants"]
	ctx := t.Context()
	categories, err := s.client.ListVariantCategories(ctx, gumroad.ProductRef{ProductID: s.varied})
	if err != nil {
		t.Fatal(err)
	}
	s.category = categories.Rows[0].ID
	for page := (gumroad.ListProducts{}); ; {
		listed, err := s.client.ListProducts(ctx, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, product := range listed.Rows {
			switch product.ID {
			case s.digital, s.physical, s.licensed, s.varied:
				continue
			}
			ref := gumroad.ProductRef{ProductID: product.ID}
			if _, err := s.client.DisableProduct(ctx, ref); err != nil {
				continue
			}
			if _, err := s.client.EnableProduct(ctx, ref); err == nil {
				s.others = append(s.others, product.ID)
			}
		}
		if listed.NextPageKey == "" {
			return s
		}
		page.PageKey = listed.NextPageKey
	}
}

// kind is a kind of write. Those of products need one for themselves in a round.
type kind struct {
	tool    string
	product bool
	prepare func(s *shop, ctx context.Context, c *call) (*write, error)
}

var kinds = []kind{
	{tool: "refund_sale", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		sale, err := s.buy(ctx, s.digital)
		amount := 100 + c.number%50
		return &write{arguments: map[string]any{"sale_id": sale.ID, "amount_cents": amount}, marker: sale.ID,
			applied: func(now state) int {
				return int(math.Round((cents(sale) - cents(now.sale(sale.ID))) / float64(amount)))
			}}, err
	}},
	{tool: "mark_sale_shipped", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		sale, err := s.buy(ctx, s.physical)
		tracking := fmt.Sprintf("https://parcels.example.com/%d", c.number)
		return &write{arguments: map[string]any{"sale_id": sale.ID, "tracking_url": tracking}, marker: sale.ID,
			applied: func(now state) int { return once(now.sale(sale.ID).TrackingURL == tracking) }}, err
	}},
	license("verify_license", nil, func(before, now gumroad.Sale) int { return int(*now.LicenseUses - *before.LicenseUses) }),
	license("decrement_license_uses", func(c *gumroad.Client, ctx context.Context, in gumroad.LicenseRef) error {
		for range 3 {
			if _, err := c.VerifyLicense(ctx, gumroad.VerifyLicense{LicenseRef: in}); err != nil {
				return err
			}
		}
		return nil
	}, func(before, now gumroad.Sale) int { return int(*before.LicenseUses - *now.LicenseUses) }),
	license("disable_license", nil, func(_, now gumroad.Sale) int { return once(now.LicenseDisabled.IsTrue()) }),
	license("enable_license", func(c *gumroad.Client, ctx context.Context, in gumroad.LicenseRef) error {
		_, err := c.DisableLicense(ctx, in)
		return err
	}, func(_, now gumroad.Sale) int { return once(!now.LicenseDisabled.IsTrue()) }),

	{tool: "create_offer_code", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		name := c.name()
		return &write{arguments: map[string]any{"product_id": s.digital, "name": name, "percent_off": 5},
			marker: "name=" + name, applied: func(now state) int { return now.count["offer_code "+name] }}, nil
	}},
	{tool: "update_offer_code", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		offer, err := s.offer(ctx, c)
		return &write{arguments: map[string]any{"product_id": s.digital, "offer_code_id": offer.ID, "max_purchase_count": c.number + 1},
			marker: offer.ID, applied: func(now state) int {
				return now.count[fmt.Sprintf("offer_code %s limit %d", offer.ID, c.number+1)]
			}}, err
	}},
	{tool: "delete_offer_code", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		offer, err := s.offer(ctx, c)
		return &write{arguments: map[string]any{"product_id": s.digital, "offer_code_id": offer.ID},
			marker: offer.ID, applied: func(now state) int { return 1 - now.count["offer_code "+c.name()] }}, err
	}},
	{tool: "create_variant", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		name := c.name()
		return &write{arguments: map[string]any{"product_id": s.varied, "variant_category_id": s.category, "name": name},
			marker: "name=" + name, applied: func(now state) int { return now.count["variant "+name] }}, nil
	}},
	{tool: "update_variant", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		variant, err := s.variant(ctx, c)
		return &write{arguments: map[string]any{"product_id": s.varied, "variant_category_id": s.category,
			"variant_id": variant.ID, "name": c.name() + "-new"}, marker: variant.ID,
			applied: func(now state) int { return now.count["variant "+c.name()+"-new"] }}, err
	}},
	{tool: "delete_variant", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		variant, err := s.variant(ctx, c)
		return &write{arguments: map[string]any{"product_id": s.varied, "variant_category_id": s.category,
			"variant_id": variant.ID}, marker: variant.ID,
			applied: func(now state) int { return 1 - now.count["variant "+c.name()] }}, err
	}},
	{tool: "create_custom_field", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		name := c.name()
		return &write{arguments: map[string]any{"product_id": s.digital, "name": name},
			marker: name, applied: func(now state) int { return now.count["custom_field "+name] }}, nil
	}},
	{tool: "update_custom_field", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		return &write{arguments: map[string]any{"product_id": s.digital, "name": c.name(), "required": true}, marker: c.name(),
			applied: func(now state) int { return now.count["required custom_field "+c.name()] }}, s.field(ctx, c)
	}},
	{tool: "delete_custom_field", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		return &write{arguments: map[string]any{"product_id": s.digital, "name": c.name()}, marker: c.name(),
			applied: func(now state) int { return 1 - now.count["custom_field "+c.name()] }}, s.field(ctx, c)
	}},
	{tool: "disable_product", product: true, prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		_, err := s.client.EnableProduct(ctx, gumroad.ProductRef{ProductID: c.product})
		return &write{arguments: map[string]any{"product_id": c.product}, marker: c.product,
			applied: func(now state) int { return once(!now.product(c.product).Published.IsTrue()) }}, err
	}},
	{tool: "enable_product", product: true, prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		_, err := s.client.DisableProduct(ctx, gumroad.ProductRef{ProductID: c.product})
		return &write{arguments: map[string]any{"product_id": c.product}, marker: c.product,
			applied: func(now state) int { return once(now.product(c.product).Published.IsTrue()) }}, err
	}},
	{tool: "update_product", product: true, prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		return &write{arguments: map[string]any{"product_id": c.product, "custom_summary": c.name()}, marker: c.product,
			applied: func(now state) int { return once(now.product(c.product).CustomSummary == c.name()) }}, nil
	}},
	{tool: "create_webhook", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		address := "https://hooks.example.com/" + c.name()
		return &write{arguments: map[string]any{"resource_name": "sale", "post_url": address}, marker: address,
			applied: func(now state) int { return now.count["webhook "+address] }}, nil
	}},
	{tool: "delete_webhook", prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		address := "https://hooks.example.com/" + c.name()
		webhook, err := s.client.CreateWebhook(ctx, gumroad.CreateWebhook{ResourceName: "refund", PostURL: address})
		return &write{arguments: map[string]any{"resource_subscription_id": webhook.ID}, marker: webhook.ID,
			applied: func(now state) int { return 1 - now.count["webhook "+address] }}, err
	}},
}

func license(tool string, first func(*gumroad.Client, context.Context, gumroad.LicenseRef) error,
	applied func(before, now gumroad.Sale) int) kind {
	return kind{tool: tool, prepare: func(s *shop, ctx context.Context, c *call) (*write, error) {
		sale, err := s.buy(ctx, s.licensed)
		if err == nil && first != nil {
			err = first(s.client, ctx, gumroad.LicenseRef{ProductID: s.licensed, LicenseKey: sale.LicenseKey})
		}
		if err == nil {
			sale, err = s.client.GetSale(ctx, gumroad.SaleRef{SaleID: sale.ID})
		}
		return &write{arguments: map[string]any{"product_id": s.licensed, "license_key": sale.LicenseKey},
			marker: sale.LicenseKey, applied: func(now state) int { return applied(sale, now.sale(sale.ID)) }}, err
	}}
}

func (s *shop) buy(ctx context.Context, product string) (gumroad.Sale, error) {
	id, err := s.store.Buy(sandbox.Purchase{Product: product})
	if err != nil {
		return gumroad.Sale{}, err
	}
	return s.client.GetSale(ctx, gumroad.SaleRef{SaleID: id})
}

func (s *shop) offer(ctx context.Context, c *call) (gumroad.OfferCode, error) {
	return s.client.CreateOfferCode(ctx, gumroad.CreateOfferCode{ProductRef: gumroad.ProductRef{ProductID: s.digital},
		Name: c.name(), PercentOff: new(gumroad.Int(5))})
}

func (s *shop) variant(ctx context.Context, c *call) (gumroad.Variant, error) {
	in := gumroad.CreateVariant{Name: c.name()}
	in.ProductID, in.VariantCategoryID = s.varied, s.category
	return s.client.CreateVariant(ctx, in)
}

func (s *shop) field(ctx context.Context, c *call) error {
	_, err := s.client.CreateCustomField(ctx, gumroad.CreateCustomField{
		ProductRef: gumroad.ProductRef{ProductID: s.digital}, Name: c.name(), Required: new(false)})
	return err
}

// cents is what can still be refunded of a sale.
func cents(sale gumroad.Sale) float64 {
	remaining, known := sale.RefundableAmount()
	if !known {
		return math.NaN()
	}
	return float64(remaining)
}

func once(is bool) int {
	if is {
		return 1
	}
	return 0
}

// state is the store after a round.
type state struct {
	t      *testing.T
	client *gumroad.Client
	count  map[string]int // of records, by what they are
}

func (s *shop) state(t *testing.T) state {
	t.Helper()
	now := state{t, s.client, map[string]int{}}
	ctx, digital := t.Context(), gumroad.ProductRef{ProductID: s.digital}
	offers := must(s.client.ListOfferCodes(ctx, digital))(t)
	for _, offer := range offers.Rows {
		now.count["offer_code "+offer.Name]++
		if offer.MaxPurchaseCount != nil {
			now.count[fmt.Sprintf("offer_code %s limit %d", offer.ID, *offer.MaxPurchaseCount)]++
		}
	}
	variants := must(s.client.ListVariants(ctx, gumroad.VariantCategoryRef{
		ProductRef: gumroad.ProductRef{ProductID: s.varied}, VariantCategoryID: s.category}))(t)
	for _, variant := range variants.Rows {
		now.count["variant "+variant.Name]++
	}
	fields := must(s.client.ListCustomFields(ctx, digital))(t)
	for _, field := range fields.Rows {
		now.count["custom_field "+field.Name]++
		if field.Required.IsTrue() {
			now.count["required custom_field "+field.Name]++
		}
	}
	webhooks := must(s.client.ListWebhooks(ctx, gumroad.ListWebhooks{}))(t)
	for _, webhook := range webhooks.Rows {
		now.count["webhook "+webhook.PostURL]++
	}
	return now
}

func (now state) sale(id string) gumroad.Sale {
	return must(now.client.GetSale(now.t.Context(), gumroad.SaleRef{SaleID: id}))(now.t)
}

func (now state) product(id string) gumroad.Product {
	return must(now.client.GetProduct(now.t.Context(), gumroad.ProductRef{ProductID: id}))(now.t)
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
