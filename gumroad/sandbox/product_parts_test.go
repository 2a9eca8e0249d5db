package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestCustomFields(t *testing.T) {
	const (
		fields   = "/products/{digital product}/custom_fields"
		shared   = "https:%2F%2Fpixelandpage%2Eexample%2Flicence%2Fcommercial%2Ev2"
		notMade  = "The custom_field was unable to be created."
		sizeMade = "POST " + fields + " name=Size => first:custom_field.id"
	)
	field := func(members string) string { return `{"success":true,"custom_field":{` + members + `}}` }
	t.Run("6.1 keys", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		const want = "id type name required global collect_per_product products"
		if diff := cmp.Diff(sortedWords(want), keysOf(t, s.get("/products/{product with variants}/custom_fields"), "custom_fields.0")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(sortedWords(want), keysOf(t, s.step("POST "+fields+" name=Size"), "custom_field")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(sortedWords(want), keysOf(t, s.step("PUT "+fields+"/Size required=true"), "custom_field")); diff != "" {
			t.Error(diff)
		}
	})
	checkRows(t, sandbox.Options{}, []row{
		{name: "6.1 values", do: "POST " + fields, body: "name=Size", has: field(`"id":"<id>","type":"text","name":"Size","required":false,"global":false,"collect_per_product":false,"products":["{digital product}"]`)},
		{name: "6 list", given: []string{"POST /products name=x&price=900 => id:product.id", "POST /products/{id}/custom_fields name=Size"}, do: "GET /products/{id}/custom_fields", has: `{"success":true,"custom_fields":[{"name":"Size","products":["{id}"]}]}`, lacks: "next_page_key"},
		{name: "6 empty list", given: []string{"POST /products name=x&price=900 => id:product.id"}, do: "GET /products/{id}/custom_fields", has: `{"success":true,"custom_fields":[]}`},
		{name: "6 list with post-purchase fields", do: "GET /products/{product with variants}/custom_fields", has: `{"custom_fields":["<object>",{"type":"terms","products":["<id>","<id>"]},{"type":"file"}]}`},
		{name: "6 list of an unknown product", do: "GET /products/{unknown}/custom_fields", is: notFound("product")},

		{name: "6 create from url", do: "POST " + fields, body: "url=Website", has: field(`"name":"Website"`)},
		{name: "6 create from label", do: "POST " + fields, body: "label=Website", has: field(`"name":"Website"`)},
		{name: "6 name before url before label", do: "POST " + fields, body: "label=L&url=U&name=N", has: field(`"name":"N"`)},
		{name: "6 url before label", do: "POST " + fields, body: "label=L&url=U", has: field(`"name":"U"`)},
		{name: "6 blank name gives way", do: "POST " + fields, body: "name=&url=&label=L", has: field(`"name":"L"`)},
		{name: "6 required", do: "POST " + fields, body: "name=Size&required=true", has: field(`"required":true`)},
		{name: "6 required=yes", do: "POST " + fields, body: "name=Size&required=yes", has: field(`"required":false`)},
		{name: "6 type text", do: "POST " + fields, body: "name=Size&type=text", has: field(`"type":"text"`)},
		{name: "6 type checkbox", do: "POST " + fields, body: "name=Size&type=checkbox", has: field(`"type":"checkbox"`)},
		{name: "6 type long_text", do: "POST " + fields, body: "name=Size&type=long_text", has: field(`"type":"long_text"`)},
		{name: "6 type file", do: "POST " + fields, body: "name=Size&type=file", has: field(`"type":"file"`)},
		{name: "6 type terms", do: "POST " + fields, body: "name=https://terms.example/v1&type=terms", has: field(`"type":"terms","name":"https://terms.example/v1"`)},
		{name: "6 type terms over http", do: "POST " + fields, body: "name=http://terms.example/v1&type=terms", has: field(`"type":"terms"`)},
		{name: "6 duplicate names are allowed", given: []string{sizeMade}, do: "POST " + fields, body: "name=Size", has: field(`"name":"Size"`)},
		{name: "6 blank name", do: "POST " + fields, body: "name=", is: refused(notMade)},
		{name: "6 no name", do: "POST " + fields, body: "required=true", is: refused(notMade)},
		{name: "6 bad type", do: "POST " + fields, body: "name=Size&type=dropdown", is: refused("Field type is not included in the list")},
		{name: "6 terms without a URL", do: "POST " + fields, body: "name=Our+terms&type=terms", is: refused("Please provide a valid URL for custom field of Terms type.")},
		{name: "6 terms with another scheme", do: "POST " + fields, body: "name=ftp://terms.example&type=terms", is: refused("Please provide a valid URL for custom field of Terms type.")},
		{name: "6 create for an unknown product", do: "POST /products/{unknown}/custom_fields", body: "name=Size", is: notFound("product")},
		{name: "6 create for a foreign product", do: "POST /products/{other store's product}/custom_fields", body: "name=Size", is: notFound("product")},

		{name: "6 update", given: []string{sizeMade}, do: "PUT " + fields + "/Size", body: "required=true", has: field(`"id":"{first}","required":true`)},
		{name: "6 update back", given: []string{"POST " + fields + " name=Size&required=true"}, do: "PUT " + fields + "/Size", body: "required=false", has: field(`"required":false`)},
		{name: "6 update to exactly true", given: []string{"POST " + fields + " name=Size&required=true"}, do: "PUT " + fields + "/Size", body: "required=1", has: field(`"required":false`)},
		{name: "6 update without required", given: []string{"POST " + fields + " name=Size&required=true"}, do: "PUT " + fields + "/Size", has: field(`"required":true`)},
		{name: "6 update renames nothing", given: []string{sizeMade}, do: "PUT " + fields + "/Size", body: "name=Other&type=checkbox&required=true", has: field(`"name":"Size","type":"text","required":true`)},
		{name: "6 update stays", given: []string{"POST /products name=x&price=900 => id:product.id", "POST /products/{id}/custom_fields name=Size", "PUT /products/{id}/custom_fields/Size required=true"}, do: "GET /products/{id}/custom_fields", has: `{"custom_fields":[{"required":true}]}`},
		{name: "6 update unknown", do: "PUT " + fields + "/Nothing", body: "required=true", is: notFound("custom_field")},
		{name: "6 update for an unknown product", do: "PUT /products/{unknown}/custom_fields/Size", body: "required=true", is: notFound("product")},
		{name: "6 any case", given: []string{sizeMade}, do: "PUT " + fields + "/sIZE", body: "required=true", has: field(`"name":"Size","required":true`)},
		{name: "6 spaces", given: []string{"POST " + fields + " name=Shoe+size"}, do: "PUT " + fields + "/Shoe%20size", body: "required=true", has: field(`"name":"Shoe size"`)},
		{name: "6 duplicates: the last is updated", given: []string{sizeMade, "POST " + fields + " name=Size => second:custom_field.id"}, do: "PUT " + fields + "/Size", body: "required=true", has: field(`"id":"{second}"`)},
		{name: "6 duplicates: the last is deleted", given: []string{sizeMade, "POST " + fields + " name=Size => second:custom_field.id", "DELETE " + fields + "/Size"}, do: "PUT " + fields + "/Size", has: field(`"id":"{first}"`)},
		{name: "6 delete", given: []string{sizeMade}, do: "DELETE " + fields + "/Size", is: deleted("custom_field")},
		{name: "6 delete twice", given: []string{sizeMade, "DELETE " + fields + "/Size"}, do: "DELETE " + fields + "/Size", is: notFound("custom_field")},
		{name: "6 delete unknown", do: "DELETE " + fields + "/Nothing", is: notFound("custom_field")},
		{name: "6 delete is gone from the list", given: []string{"POST /products name=x&price=900 => id:product.id", "POST /products/{id}/custom_fields name=Size", "DELETE /products/{id}/custom_fields/Size"}, do: "GET /products/{id}/custom_fields", has: `{"custom_fields":[]}`},

		{name: "6 terms by escaped name", do: "PUT /products/{product with variants}/custom_fields/" + shared, body: "required=false", has: field(`"type":"terms","required":false`)},
		{name: "6 a shared field is only detached", do: "DELETE /products/{product with variants}/custom_fields/" + shared, is: deleted("custom_field")},
		{name: "6 a detached field stays on the other product", given: []string{"DELETE /products/{product with variants}/custom_fields/" + shared}, do: "PUT /products/{licensed product}/custom_fields/" + shared, has: field(`"type":"terms","products":["{licensed product}"]`)},
		{name: "6 a detached field is gone here", given: []string{"DELETE /products/{product with variants}/custom_fields/" + shared}, do: "PUT /products/{product with variants}/custom_fields/" + shared, is: notFound("custom_field")},
		{name: "6 an escaped dot belongs to the name", given: []string{"POST " + fields + " name=v2.0"}, do: "DELETE " + fields + "/v2%2E0", is: deleted("custom_field")},
		{name: "6 an unescaped dot is a format suffix", given: []string{"POST " + fields + " name=v2.0"}, do: "DELETE " + fields + "/v2.0", is: notFound("custom_field")},
		{name: "6 an unescaped dot ends the name", given: []string{"POST " + fields + " name=v2"}, do: "DELETE " + fields + "/v2.0", is: deleted("custom_field")},
		{name: "6 an escaped slash belongs to the name", given: []string{"POST " + fields + " name=w/h"}, do: "DELETE " + fields + "/w%2Fh", is: deleted("custom_field")},
		{name: "6 an unescaped slash is another route", given: []string{"POST " + fields + " name=w/h"}, do: "DELETE " + fields + "/w/h", status: 404},
	})
}

func TestVariantCategories(t *testing.T) {
	const categories = "/products/{digital product}/variant_categories"
	const made = "POST " + categories + " title=Size => cat:variant_category.id"
	checkRows(t, sandbox.Options{}, []row{
		{name: "7 create", do: "POST " + categories, body: "title=Size", has: `{"success":true,"variant_category":{"id":"<id>","title":"Size"}}`},
		{name: "7 exact JSON", given: []string{made}, do: "GET " + categories + "/{cat}", is: `{"success":true,"variant_category":{"id":"{cat}","title":"Size"}}`},
		{name: "7 list", given: []string{made}, do: "GET " + categories, is: `{"success":true,"variant_categories":[{"id":"{cat}","title":"Size"}]}`},
		{name: "7 list in order of creation", given: []string{"POST " + categories + " title=Z", "POST " + categories + " title=A", "POST " + categories + " title=M"}, do: "GET " + categories, has: `{"variant_categories":[{"title":"Z"},{"title":"A"},{"title":"M"}]}`},
		{name: "7 empty list", do: "GET " + categories, is: `{"success":true,"variant_categories":[]}`},
		{name: "7 no title", do: "POST " + categories, has: `{"success":true,"variant_category":{"id":"<id>","title":null}}`},
		{name: "7 blank title", do: "POST " + categories, body: "title=", has: `{"success":true,"variant_category":{"title":""}}`},
		{name: "7 duplicate title", given: []string{made}, do: "POST " + categories, body: "title=Size", has: `{"success":true,"variant_category":{"title":"Size"}}`},
		{name: "7 update", given: []string{made}, do: "PUT " + categories + "/{cat}", body: "title=Colour", is: `{"success":true,"variant_category":{"id":"{cat}","title":"Colour"}}`},
		{name: "7 delete", given: []string{made}, do: "DELETE " + categories + "/{cat}", is: deleted("variant_category")},
		{name: "7 delete twice", given: []string{made, "DELETE " + categories + "/{cat}"}, do: "DELETE " + categories + "/{cat}", is: deleted("variant_category")},
		{name: "7 deleted is not listed", given: []string{made, "DELETE " + categories + "/{cat}"}, do: "GET " + categories, is: `{"success":true,"variant_categories":[]}`},
		{name: "7 deleted is shown", given: []string{made, "DELETE " + categories + "/{cat}"}, do: "GET " + categories + "/{cat}", is: `{"success":true,"variant_category":{"id":"{cat}","title":"Size"}}`},
		{name: "7 deleted is updated", given: []string{made, "DELETE " + categories + "/{cat}"}, do: "PUT " + categories + "/{cat}", body: "title=Colour", is: `{"success":true,"variant_category":{"id":"{cat}","title":"Colour"}}`},
		{name: "7 delete does not cascade", given: []string{made, "POST " + categories + "/{cat}/variants name=S => v:variant.id", "DELETE " + categories + "/{cat}"}, do: "GET " + categories + "/{cat}/variants", has: `{"success":true,"variants":[{"id":"{v}","name":"S"}]}`},
		{name: "7 unknown", do: "GET " + categories + "/{unknown}", is: notFound("variant_category")},
		{name: "7 update unknown", do: "PUT " + categories + "/{unknown}", body: "title=x", is: notFound("variant_category")},
		{name: "7 delete unknown", do: "DELETE " + categories + "/{unknown}", is: notFound("variant_category")},
		{name: "7 of another product", given: []string{made}, do: "GET /products/{free product}/variant_categories/{cat}", is: notFound("variant_category")},
		{name: "7 list of an unknown product", do: "GET /products/{unknown}/variant_categories", is: notFound("product")},
		{name: "7 create for an unknown product", do: "POST /products/{unknown}/variant_categories", body: "title=x", is: notFound("product")},
		{name: "7 create for a foreign product", do: "POST /products/{other store's product}/variant_categories", body: "title=x", is: notFound("product")},
		{name: "7 no option: product cannot be saved", given: []string{made}, do: "PUT /products/{digital product}", body: "name=x", is: refused("Sorry, the product versions must have at least one option.")},
	})
}

func TestVariants(t *testing.T) {
	const (
		variants = "/products/{digital product}/variant_categories/{cat}/variants"
		category = "POST /products/{digital product}/variant_categories title=Size => cat:variant_category.id"
		made     = "POST " + variants + " name=S&price_difference_cents=100&description=Small&max_purchase_count=9 => v:variant.id"
		gone     = "DELETE " + variants + "/{v}"
		plain    = "id max_purchase_count name description price_difference_cents"
		tier     = plain + " is_customizable_price recurrence_price_values"
		tooLow   = "Please enter a price that is equal to or greater than the price of the product."
	)
	given := func(more ...string) []string { return append([]string{category}, more...) }
	variant := func(members string) string { return `{"success":true,"variant":{` + members + `}}` }
	for _, version := range []struct {
		name    string
		options sandbox.Options
		late    string
	}{{"8", sandbox.Options{}, " rich_content"}, {"8 in 2025", sandbox.Options{Compat2025: true}, ""}} {
		t.Run(version.name+" keys", func(t *testing.T) {
			s := serve(t, version.options)
			s.step(category)
			for _, shown := range []struct {
				body       any
				path, want string
			}{
				{s.step(made), "variant", plain + version.late},
				{s.get(variants + "/{v}"), "variant", plain + version.late},
				{s.step("PUT " + variants + "/{v} name=T"), "variant", plain + version.late},
				{s.get(variants), "variants.0", plain},
			} {
				if diff := cmp.Diff(sortedWords(shown.want), keysOf(t, shown.body, shown.path)); diff != "" {
					t.Error(diff)
				}
			}
			s.step("GET /products/{membership}/variant_categories => tiers:variant_categories.0.id")
			s.step("GET /products/{membership}/variant_categories/{tiers}/variants => tier:variants.0.id")
			if diff := cmp.Diff(sortedWords(tier), keysOf(t, s.get("/products/{membership}/variant_categories/{tiers}/variants"), "variants.0")); diff != "" {
				t.Error(diff)
			}
			shown := s.get("/products/{membership}/variant_categories/{tiers}/variants/{tier}")
			if diff := cmp.Diff(sortedWords(tier+version.late), keysOf(t, shown, "variant")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(sortedWords("monthly quarterly biannually yearly every_two_years"), keysOf(t, shown, "variant.recurrence_price_values")); diff != "" {
				t.Error(diff)
			}
		})
	}
	tiers := []string{
		"GET /products/{membership}/variant_categories => tiers:variant_categories.0.id",
		"GET /products/{membership}/variant_categories/{tiers}/variants => tier:variants.0.id",
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "8 tier", given: tiers, do: "GET /products/{membership}/variant_categories/{tiers}/variants/{tier}",
			has: variant(`"is_customizable_price":"<bool>","recurrence_price_values":{"monthly":{"enabled":true,"price_cents":900,"suggested_price_cents":"<int?>","price":"9"},"quarterly":{"enabled":false},"biannually":{"enabled":false},"yearly":{"enabled":true,"price_cents":9000,"price":"90"},"every_two_years":{"enabled":false}}`), lacks: "variant.recurrence_price_values.quarterly.price_cents"},
		{name: "8 create", given: given(), do: "POST " + variants, body: "name=S&price_difference_cents=100&description=Small&max_purchase_count=9", has: variant(`"id":"<id>","name":"S","price_difference_cents":100,"description":"Small","max_purchase_count":9,"rich_content":[]`), lacks: "variant.recurrence_price_values variant.is_customizable_price"},
		{name: "8 name only", given: given(), do: "POST " + variants, body: "name=S", has: variant(`"name":"S","price_difference_cents":null,"description":null,"max_purchase_count":null`)},
		{name: "8 JSON", given: given(), do: "POST " + variants, body: `{"name":"S","price_difference_cents":250,"max_purchase_count":4}`, has: variant(`"price_difference_cents":250,"max_purchase_count":4`)},
		{name: "8 price_difference is ignored", given: given(), do: "POST " + variants, body: "name=S&price_difference=200", has: variant(`"price_difference_cents":null`)},
		{name: "8 no difference", given: given(), do: "POST " + variants, body: "name=S&price_difference_cents=0", has: variant(`"price_difference_cents":0`)},
		{name: "8 name is required", given: given(), do: "POST " + variants, body: "price_difference_cents=100", is: refused("Name can't be blank")},
		{name: "8 negative difference", given: given(), do: "POST " + variants, body: "name=S&price_difference_cents=-1", is: refused(tooLow)},
		{name: "8 maximum count is clamped above", given: given(), do: "POST " + variants, body: "name=S&max_purchase_count=10000001", has: variant(`"max_purchase_count":10000000`)},
		{name: "8 maximum count is clamped below", given: given(), do: "POST " + variants, body: "name=S&max_purchase_count=-4", has: variant(`"max_purchase_count":0`)},
		{name: "8 duplicate names", given: given(made), do: "POST " + variants, body: "name=S", has: variant(`"name":"S"`)},

		{name: "8 list", given: given(made), do: "GET " + variants, is: `{"success":true,"variants":[{"id":"{v}","max_purchase_count":9,"name":"S","description":"Small","price_difference_cents":100}]}`},
		{name: "8 list without the deleted", given: given(made, gone), do: "GET " + variants, is: `{"success":true,"variants":[]}`},
		{name: "8 show", given: given(made), do: "GET " + variants + "/{v}", has: variant(`"id":"{v}","name":"S"`)},
		{name: "8 update", given: given(made), do: "PUT " + variants + "/{v}", body: "name=M&price_difference_cents=300&description=Medium&max_purchase_count=5", has: variant(`"id":"{v}","name":"M","price_difference_cents":300,"description":"Medium","max_purchase_count":5`)},
		{name: "8 update keeps the rest", given: given(made), do: "PUT " + variants + "/{v}", body: "name=M", has: variant(`"name":"M","price_difference_cents":100,"description":"Small","max_purchase_count":9`)},
		{name: "8 update stays", given: given(made, "PUT "+variants+"/{v} name=M"), do: "GET " + variants + "/{v}", has: variant(`"name":"M"`)},
		{name: "8 update to a negative difference", given: given(made), do: "PUT " + variants + "/{v}", body: "price_difference_cents=-5", is: refused(tooLow)},
		{name: "8 update to a blank name", given: given(made), do: "PUT " + variants + "/{v}", body: "name=", is: refused("Name can't be blank")},
		{name: "8 rich content on update", given: given(made), do: "PUT " + variants + "/{v}", body: `{"rich_content":[{"title":"Page","description":{"type":"doc","content":[]}}]}`, has: variant(`"rich_content":[{"title":"Page","description":{"type":"doc","content":[]}}]`)},
		{name: "8 rich content not on create", given: given(), do: "POST " + variants, body: `{"name":"S","rich_content":[{"title":"Page","description":{"type":"doc","content":[]}}]}`, has: variant(`"rich_content":[]`)},
		{name: "8 show the deleted", given: given(made, gone), do: "GET " + variants + "/{v}", has: variant(`"id":"{v}"`)},
		{name: "8 update the deleted", given: given(made, gone), do: "PUT " + variants + "/{v}", body: "name=M", has: variant(`"name":"M"`)},
		{name: "8 delete", given: given(made), do: "DELETE " + variants + "/{v}", is: deleted("variant")},
		{name: "8 delete twice", given: given(made, gone), do: "DELETE " + variants + "/{v}", is: deleted("variant")},

		{name: "8 unknown variant", given: given(), do: "GET " + variants + "/{unknown}", is: notFound("variant")},
		{name: "8 update unknown variant", given: given(), do: "PUT " + variants + "/{unknown}", body: "name=x", is: notFound("variant")},
		{name: "8 delete unknown variant", given: given(), do: "DELETE " + variants + "/{unknown}", is: notFound("variant")},
		{name: "8 list of an unknown category", do: "GET /products/{digital product}/variant_categories/{unknown}/variants", is: notFound("variant_category")},
		{name: "8 create in an unknown category", do: "POST /products/{digital product}/variant_categories/{unknown}/variants", body: "name=x", is: notFound("variant_category")},
		{name: "8 show in an unknown category", given: given(made), do: "GET /products/{digital product}/variant_categories/{unknown}/variants/{v}", is: notFound("variant_category")},
		{name: "8 update in an unknown category", given: given(made), do: "PUT /products/{digital product}/variant_categories/{unknown}/variants/{v}", body: "name=x", is: notFound("variant_category")},
		{name: "8 delete in an unknown category", given: given(made), do: "DELETE /products/{digital product}/variant_categories/{unknown}/variants/{v}", is: notFound("variant_category")},
		{name: "8 category of another product", given: given(made), do: "GET /products/{free product}/variant_categories/{cat}/variants", is: notFound("variant_category")},
		{name: "8 variant of another category", given: given(made, "POST /products/{digital product}/variant_categories title=Other => other:variant_category.id"), do: "GET /products/{digital product}/variant_categories/{other}/variants/{v}", is: notFound("variant")},
		{name: "8 list of an unknown product", given: given(), do: "GET /products/{unknown}/variant_categories/{cat}/variants", is: notFound("product")},

		{name: "8 coffee needs a difference", given: []string{
			"POST /products name=Coffee&price=500&native_type=coffee => id:product.id",
			"POST /products/{id}/variant_categories title=Sizes => cat:variant_category.id",
		}, do: "POST /products/{id}/variant_categories/{cat}/variants", body: "price_difference_cents=0", is: refused("Price difference cents must be greater than 0")},
		{name: "8 coffee needs no name", given: []string{
			"POST /products name=Coffee&price=500&native_type=coffee => id:product.id",
			"POST /products/{id}/variant_categories title=Sizes => cat:variant_category.id",
		}, do: "POST /products/{id}/variant_categories/{cat}/variants", body: "price_difference_cents=300", has: `{"success":true,"variant":{"price_difference_cents":300}}`},
	})
	t.Run("8 maximum count below what is sold", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step(category)
		s.step(made)
		for range 3 {
			s.buy(sandbox.Purchase{Product: "{digital product}", Variants: []string{"S"}})
		}
		s.expect(row{do: "PUT " + variants + "/{v}", body: "max_purchase_count=2", is: refused("You have chosen an amount lower than what you have already sold. Please enter an amount greater than 3.")})
		s.expect(row{do: "PUT " + variants + "/{v}", body: "max_purchase_count=3", has: variant(`"max_purchase_count":3`)})
	})
	t.Run("1.4 three errors are joined with commas and and", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step(category)
		s.step(made)
		for range 3 {
			s.buy(sandbox.Purchase{Product: "{digital product}", Variants: []string{"S"}})
		}
		message := text(t, s.expect(row{do: "PUT " + variants + "/{v}", body: "name=&price_difference_cents=-1&max_purchase_count=1"}).json(t), "message")
		parts := strings.Split(strings.Replace(message, ", and ", ", ", 1), ", ")
		slices.Sort(parts)
		want := []string{"Name can't be blank", tooLow, "You have chosen an amount lower than what you have already sold. Please enter an amount greater than 3."}
		slices.Sort(want)
		if diff := cmp.Diff(want, parts); diff != "" {
			t.Errorf("%q: %s", message, diff)
		}
		if strings.Count(message, ", and ") != 1 {
			t.Errorf("not joined with one and: %q", message)
		}
	})
	const somewhere = "/products/{digital product}/variant_categories/{unknown}/variants"
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "8 unknown category in 2025, list", do: "GET " + somewhere, header: "Accept: application/json", status: 500, is: `{"status":500,"error":"Internal Server Error"}`},
		{name: "8 unknown category in 2025, create", do: "POST " + somewhere, body: "name=x", status: 500},
		{name: "8 unknown category in 2025, show", do: "GET " + somewhere + "/{unknown}", status: 500},
		{name: "8 unknown category in 2025, update", do: "PUT " + somewhere + "/{unknown}", body: "name=x", status: 500},
		{name: "8 unknown category in 2025, delete", do: "DELETE " + somewhere + "/{unknown}", status: 500},
		{name: "8 unknown variant in 2025", given: given(), do: "GET " + variants + "/{unknown}", is: notFound("variant")},
	})
}

func TestSKUs(t *testing.T) {
	t.Run("9 keys", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		body := s.get("/products/{physical product}/skus")
		v, _ := at(body, "skus")
		var named, unnamed int
		for _, sku := range v.([]any) {
			want := "id max_purchase_count name description price_difference_cents"
			if custom, ok := at(sku, "custom_sku"); ok {
				named++
				want += " custom_sku"
				if custom == "" || custom == nil {
					t.Errorf("custom_sku %v is sent although not set", custom)
				}
			} else {
				unnamed++
			}
			if diff := cmp.Diff(sortedWords(want), sortedKeys(sku.(map[string]any))); diff != "" {
				t.Error(diff)
			}
		}
		if named == 0 || unnamed == 0 {
			t.Errorf("%d SKUs with custom_sku and %d without: both were wanted", named, unnamed)
		}
	})
	checkRows(t, sandbox.Options{}, []row{
		{name: "9 neither SKUs nor physical", do: "GET /products/{product with variants}/skus", is: `{"success":true,"skus":[]}`},
		{name: "9 physical without SKUs gives its variants", given: []string{
			"POST /products/{unpublishable product}/variant_categories title=Size => cat:variant_category.id",
			"POST /products/{unpublishable product}/variant_categories/{cat}/variants name=S&price_difference_cents=100 => v:variant.id",
			"POST /products/{unpublishable product}/variant_categories/{cat}/variants name=M => gone:variant.id",
			"DELETE /products/{unpublishable product}/variant_categories/{cat}/variants/{gone}",
		}, do: "GET /products/{unpublishable product}/skus", is: `{"success":true,"skus":[{"id":"{v}","max_purchase_count":null,"name":"S","description":null,"price_difference_cents":100}]}`},
		{name: "9 physical without anything", do: "GET /products/{unpublishable product}/skus", is: `{"success":true,"skus":[]}`},
		{name: "9 unknown product", do: "GET /products/{unknown}/skus", is: notFound("product")},
	})
}
