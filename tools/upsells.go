package tools

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var upsells = tool.Set{
	Name: "upsells", Doc: "Offers at checkout: upsells and cross-sells.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_upsells", Title: "List upsells", Effect: tool.Reads,
			Doc: "List upsells and cross-sells at checkout.",
			Run: tool.All((*gumroad.Client).ListUpsells)},
		{Name: "get_upsell", Title: "Show an upsell", Effect: tool.Reads,
			Doc: "One upsell or cross-sell.",
			Run: tool.Run((*gumroad.Client).GetUpsell)},
		{Name: "create_upsell", Title: "Create an upsell", Effect: tool.Changes,
			Doc:     "Offer product_id to other products' buyers, or another version to its own. Paused by default.",
			Refuses: refusedOfUpsells,
			Ask:     tool.Ask(askCreateUpsell),
			Run:     tool.Concise(createUpsell)},
		{Name: "update_upsell", Title: "Change an upsell", Effect: tool.Changes,
			Doc:     "Change an upsell; what is omitted stays. Clear with \"\", [] or 0.",
			Refuses: refusedOfUpsells,
			Ask:     tool.Ask(askUpdateUpsell),
			Run:     tool.Update(tool.Concise(updateUpsell))},
		{Name: "pause_upsell", Title: "Pause an upsell", Effect: tool.Changes,
			Doc: "Stop showing an upsell at checkout.",
			Run: tool.Concise(pauseUpsell)},
		{Name: "resume_upsell", Title: "Resume an upsell", Effect: tool.Changes,
			Doc: "Show an upsell at checkout again.",
			Ask: tool.Ask(askResumeUpsell),
			Run: tool.Concise(resumeUpsell)},
		{Name: "delete_upsell", Title: "Delete an upsell", Effect: tool.Destroys,
			Doc: "Delete an upsell and its discount.",
			Ask: tool.Ask(askDeleteUpsell),
			Run: tool.Run((*gumroad.Client).DeleteUpsell)},
	},
}

var refusedOfUpsells = map[string]string{
	"cross_sell":                "it is one unless version_changes are given",
	"offer_code":                "use percent_off or amount_off_cents",
	"discount":                  "use percent_off or amount_off_cents",
	"amount_off":                "use amount_off_cents, in minor units",
	"amount_cents":              "use amount_off_cents",
	"upsell_variants":           "use version_changes",
	"code":                      "its discount has no code to type",
	"replace_selected_products": "the argument is called replace",
	"expires_at":                "Gumroad's API cannot end it; pause_upsell does",
}

// upsellTerms are what a seller decides about an upsell; what is left out stays as it is.
type upsellTerms struct {
	Text        *string        `json:"text,omitempty" jsonschema_description:"Headline."`
	Description *string        `json:"description,omitempty" jsonschema_description:"Below it."`
	PercentOff  *gumroad.Int   `json:"percent_off,omitempty" jsonschema:"minimum=0,maximum=100" jsonschema_description:"Or amount_off_cents."`
	AmountOff   *gumroad.Cents `json:"amount_off_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Minor units."`
	VariantID   *string        `json:"variant_id,omitempty" jsonschema_description:"Version offered."`
	ProductIDs  []string       `json:"product_ids,omitempty" jsonschema_description:"To whose buyers."`
	Universal   *bool          `json:"universal,omitempty" jsonschema_description:"To all buyers."`
	Replaces    *bool          `json:"replace,omitempty" jsonschema_description:"In place of theirs."`
	Changes     []string       `json:"version_changes,omitempty" jsonschema_description:"PDF > Studio: versions by name or id."`
	Paused      *bool          `json:"paused,omitempty" jsonschema_description:"False: it is shown."`
}

type newUpsell struct {
	Name      string `json:"name" jsonschema:"minLength=1" jsonschema_description:"For the seller."`
	ProductID string `json:"product_id" jsonschema_description:"Id, permalink or name."`
	upsellTerms
}

type changedUpsell struct {
	gumroad.UpsellRef
	Name      string `json:"name,omitempty" jsonschema_description:"For the seller."`
	ProductID string `json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
	upsellTerms
}

// offer is an upsell with what was done to it.
type offer struct {
	Done string `json:"done" concise:"always"`
	gumroad.Upsell
}

const (
	nowShown  = "Buyers are shown it at checkout from now on."
	nowHidden = "It is paused: no buyer sees it until resume_upsell."
	asItWas   = "It was so already; nothing was sent."
)

func shownOrHidden(u gumroad.Upsell) string {
	if u.Paused.IsTrue() {
		return nowHidden
	}
	return nowShown
}

func askCreateUpsell(c *gumroad.Client, ctx context.Context, in newUpsell) (string, error) {
	planned, err := plan(c, ctx, in)
	if err != nil || planned.Paused.IsTrue() {
		return "", err
	}
	return "Show buyers at checkout from now on: " + describe(planned), nil
}

func createUpsell(c *gumroad.Client, ctx context.Context, in newUpsell) (offer, error) {
	planned, err := plan(c, ctx, in)
	if err != nil {
		return offer{}, err
	}
	made, err := c.CreateUpsell(ctx, planned)
	return offer{shownOrHidden(made), made}, err
}

// plan returns a new upsell, paused unless told otherwise.
func plan(c *gumroad.Client, ctx context.Context, in newUpsell) (gumroad.Upsell, error) {
	crossSell := known(len(in.Changes) == 0)
	blank := gumroad.Upsell{Name: in.Name, CrossSell: crossSell, Paused: gumroad.True, Universal: gumroad.False, Replaces: gumroad.False}
	planned, err := apply(c, ctx, blank, in.ProductID, in.upsellTerms)
	if err == nil && crossSell.IsTrue() && !planned.Universal.IsTrue() && len(planned.SelectedProducts) == 0 {
		err = gumroad.Invalid("Nobody would be shown this cross-sell.",
			"Give product_ids (whose buyers see it), or universal true, or version_changes to offer another version of product_id.")
	}
	return planned, err
}

func askUpdateUpsell(c *gumroad.Client, ctx context.Context, in changedUpsell) (string, error) {
	before, planned, err := replan(c, ctx, in)
	if err != nil || planned.Paused.IsTrue() {
		return "", err
	}
	was, is := terms(before), terms(planned)
	switch {
	case before.Paused.IsTrue():
		return "Show buyers at checkout from now on: " + describe(planned), nil
	case was == is:
		return "", nil
	}
	return fmt.Sprintf("Change what buyers are shown at checkout. So far: %s From now on: %s", describe(before), describe(planned)), nil
}

func updateUpsell(c *gumroad.Client, ctx context.Context, in changedUpsell) (offer, error) {
	before, planned, err := replan(c, ctx, in)
	if err != nil {
		return offer{}, err
	}
	return replace(c, ctx, before, planned)
}

func replan(c *gumroad.Client, ctx context.Context, in changedUpsell) (before, planned gumroad.Upsell, err error) {
	if before, err = c.GetUpsell(ctx, in.UpsellRef); err != nil {
		return before, before, err
	}
	planned = before
	if in.Name != "" {
		planned.Name = in.Name
	}
	planned, err = apply(c, ctx, planned, in.ProductID, in.upsellTerms)
	return before, planned, err
}

// replace changes an upsell from what it was read as to what is planned. Gumroad takes all of it at once, so it is read
// again just before: a change that somebody made meanwhile would be lost.
func replace(c *gumroad.Client, ctx context.Context, before, planned gumroad.Upsell) (offer, error) {
	if reflect.DeepEqual(before, planned) {
		return offer{asItWas, before}, nil
	}
	now, err := c.GetUpsell(ctx, gumroad.UpsellRef{UpsellID: before.ID})
	if err != nil {
		return offer{}, err
	}
	if !reflect.DeepEqual(before, now) {
		return offer{}, rejected("The upsell was changed by somebody else in the meantime.", "Read it again, then decide anew.")
	}
	made, err := c.ReplaceUpsell(ctx, planned)
	return offer{shownOrHidden(made), made}, err
}

func pauseUpsell(c *gumroad.Client, ctx context.Context, in gumroad.UpsellRef) (offer, error) {
	return setPaused(c, ctx, in, gumroad.True)
}

func resumeUpsell(c *gumroad.Client, ctx context.Context, in gumroad.UpsellRef) (offer, error) {
	return setPaused(c, ctx, in, gumroad.False)
}

func setPaused(c *gumroad.Client, ctx context.Context, in gumroad.UpsellRef, paused gumroad.Bool) (offer, error) {
	before, err := c.GetUpsell(ctx, in)
	if err != nil {
		return offer{}, err
	}
	planned := before
	planned.Paused = paused
	return replace(c, ctx, before, planned)
}

func askResumeUpsell(c *gumroad.Client, ctx context.Context, in gumroad.UpsellRef) (string, error) {
	u, err := c.GetUpsell(ctx, in)
	if err != nil || u.Paused == gumroad.False {
		return "", err // nothing changes
	}
	return "Show buyers at checkout again: " + describe(u), nil
}

func askDeleteUpsell(c *gumroad.Client, ctx context.Context, in gumroad.UpsellRef) (string, error) {
	u, err := c.GetUpsell(ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Delete the upsell with its discount? It cannot be brought back; pausing it can be undone. %s", describe(u)), nil
}

// apply returns the upsell with the terms that were given, with the names of what they stand for.
func apply(c *gumroad.Client, ctx context.Context, u gumroad.Upsell, productID string, in upsellTerms) (gumroad.Upsell, error) {
	forCrossSells := in.VariantID != nil || in.ProductIDs != nil || in.Universal != nil || in.Replaces != nil
	switch {
	case u.CrossSell.IsTrue() && in.Changes != nil:
		return u, gumroad.Invalid("version_changes are not for a cross-sell.", "Create an upsell with them instead.")
	case !u.CrossSell.IsTrue() && forCrossSells:
		return u, gumroad.Invalid("variant_id, product_ids, universal and replace are for cross-sells only.",
			"With version_changes it offers the buyers of product_id another version of it.")
	case in.PercentOff != nil && in.AmountOff != nil:
		return u, gumroad.Invalid("Give at most one of percent_off and amount_off_cents.",
			"percent_off 30 takes off 30%, amount_off_cents 500 takes off $5.00.")
	}
	if productID != "" && !gumroad.SameID(productID, u.ProductID) {
		product, err := c.GetProduct(ctx, gumroad.ProductRef{ProductID: productID})
		if err != nil {
			return u, err
		}
		if u.AmountOff != nil && product.Currency != u.Currency && in.AmountOff == nil && in.PercentOff == nil {
			return u, gumroad.Invalid("The discount is in another currency than the new product.",
				"Give percent_off or amount_off_cents as well; 0 is none.")
		}
		u.ProductID, u.ProductName, u.Currency = product.ID, product.Name, product.Currency
		u.VariantID, u.VariantName, u.VersionChanges = "", "", nil // they were the old product's
	}
	if err := setVersions(c, ctx, &u, in); err != nil {
		return u, err
	}
	if in.ProductIDs != nil {
		u.SelectedProducts = nil
		for _, name := range in.ProductIDs {
			found, err := c.FindProducts(ctx, name)
			if err != nil {
				return u, err
			}
			one, err := tool.OneProduct(found, name)
			if err != nil {
				return u, err
			}
			product, err := c.GetProduct(ctx, gumroad.ProductRef{ProductID: one.ID})
			if err != nil {
				return u, err
			}
			u.SelectedProducts = append(u.SelectedProducts, gumroad.NamedRecord{Name: product.Name, ID: product.ID})
		}
	}
	if in.PercentOff != nil || in.AmountOff != nil {
		u.PercentOff, u.AmountOff, u.UnknownDiscount = positive(in.PercentOff), positive(in.AmountOff), false
	}
	if in.Text != nil {
		u.Text = in.Text
	}
	if in.Description != nil {
		u.Description = in.Description
	}
	for _, flag := range []struct {
		given *bool
		to    *gumroad.Bool
	}{{in.Universal, &u.Universal}, {in.Replaces, &u.Replaces}, {in.Paused, &u.Paused}} {
		if flag.given != nil {
			*flag.to = known(*flag.given)
		}
	}
	return u, nil
}

// setVersions looks the versions up by their ids, since people are asked about names.
func setVersions(c *gumroad.Client, ctx context.Context, u *gumroad.Upsell, in upsellTerms) error {
	if in.VariantID != nil && *in.VariantID == "" {
		u.VariantID, u.VariantName = "", ""
	}
	if (in.VariantID == nil || *in.VariantID == "") && len(in.Changes) == 0 {
		if in.Changes != nil {
			u.VersionChanges = nil
		}
		return nil
	}
	versions, err := versionsOf(c, ctx, gumroad.ProductRef{ProductID: u.ProductID})
	if err != nil {
		return err
	}
	find := func(named string) (gumroad.NamedRecord, error) {
		return versionNamed(versions, u.ProductName, strings.TrimSpace(named))
	}
	if in.VariantID != nil && *in.VariantID != "" {
		version, err := find(*in.VariantID)
		if err != nil {
			return err
		}
		u.VariantID, u.VariantName = version.ID, version.Name
	}
	if in.Changes == nil {
		return nil
	}
	u.VersionChanges = nil
	for _, change := range in.Changes {
		chosen, offered, isPair := strings.Cut(change, ">")
		if !isPair {
			return gumroad.Invalid("version_changes has "+text.Quote(change)+", which is no change.",
				`Write "PDF > Studio": the version that was chosen, and the one that is offered instead.`)
		}
		from, err := find(chosen)
		if err != nil {
			return err
		}
		to, err := find(offered)
		if err != nil {
			return err
		}
		u.VersionChanges = append(u.VersionChanges, gumroad.VersionChange{From: from.Name, To: to.Name, FromID: from.ID, ToID: to.ID})
	}
	return nil
}

// versionNamed returns the version with an id or a name.
func versionNamed(versions []gumroad.NamedRecord, product, named string) (gumroad.NamedRecord, error) {
	var found []gumroad.NamedRecord
	var names []string
	for _, version := range versions {
		if gumroad.SameID(version.ID, named) {
			return version, nil
		}
		if strings.EqualFold(version.Name, named) {
			found = append(found, version)
		}
		names = append(names, text.Quote(version.Name))
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return gumroad.NamedRecord{}, gumroad.Invalid(
		fmt.Sprintf("%s is not one version of %s.", text.Quote(named), text.Quote(product)),
		"Its versions are: "+strings.Join(names, ", ")+". list_variants has their ids.")
}

// versionsOf returns the variants of every category, and the SKUs.
func versionsOf(c *gumroad.Client, ctx context.Context, product gumroad.ProductRef) (versions []gumroad.NamedRecord, err error) {
	categories, err := c.ListVariantCategories(ctx, product)
	if err != nil {
		return nil, err
	}
	for _, category := range categories.Rows {
		page, err := c.ListVariants(ctx, gumroad.VariantCategoryRef{ProductRef: product, VariantCategoryID: category.ID})
		if err != nil {
			return nil, err
		}
		for _, variant := range page.Rows {
			versions = append(versions, gumroad.NamedRecord{Name: variant.Name, ID: variant.ID})
		}
	}
	skus, err := c.ListSKUs(ctx, product)
	if err != nil {
		return nil, err
	}
	for _, sku := range skus.Rows {
		versions = append(versions, gumroad.NamedRecord{Name: sku.Name, ID: sku.ID})
	}
	return versions, nil
}

// terms are what an upsell costs whom, in words.
func terms(u gumroad.Upsell) string {
	what := text.Quote(u.ProductName)
	if u.VariantName != "" {
		what += fmt.Sprintf(" (%s)", text.Quote(u.VariantName))
	}
	var changes []string
	for _, change := range u.VersionChanges {
		changes = append(changes, fmt.Sprintf("%s instead of %s", text.Quote(change.To), text.Quote(change.From)))
	}
	if len(changes) > 0 {
		what += ", " + strings.Join(changes, ", ")
	}
	var names []string
	for _, product := range u.SelectedProducts {
		names = append(names, text.Quote(product.Name))
	}
	who := "to the buyers of " + strings.Join(names, ", ")
	switch {
	case !u.CrossSell.IsTrue():
		who = "to its buyers"
	case u.Universal.IsTrue():
		who = "to EVERY buyer"
	case len(names) == 0:
		who = "to the buyers of no product"
	}
	if u.Replaces.IsTrue() {
		who += ", in place of what they chose"
	}
	return fmt.Sprintf("%s with %s, %s", what, u.Discount(), who)
}

// describe is an upsell as questions show it.
func describe(u gumroad.Upsell) string {
	said := fmt.Sprintf("%s offers %s.", text.Quote(u.Name), terms(u))
	if u.Text != nil && *u.Text != "" {
		said += fmt.Sprintf(" Its headline is %s.", text.Quote(*u.Text))
	}
	if u.Description != nil && *u.Description != "" {
		said += " " + digest(*u.Description)
	}
	return said
}

func known(truth bool) gumroad.Bool {
	if truth {
		return gumroad.True
	}
	return gumroad.False
}

// positive returns nil for no discount.
func positive(amount *gumroad.Int) *gumroad.Int {
	if amount == nil || *amount == 0 {
		return nil
	}
	return amount
}
