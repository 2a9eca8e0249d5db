package sandbox_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestFileLists holds files[] of an update to what is known of it (5.4).
func TestFileLists(t *testing.T) {
	const gallery = "PUT /products/{product with a gallery}"
	const own = "https://gumroad-specials.s3.amazonaws.com/attachments/{seller}/a/original/"
	files := "GET /products/{product with a gallery} => zip:product.files.0.id pdf:product.files.1.id page:product.rich_content.0.id last:product.rich_content.1.id"
	given := []string{"GET /user => seller:user.user_id", files}
	product := func(members string) string { return `{"success":true,"product":{` + members + `}}` }
	const pages = `[{"id":"{page}","title":"Start here","description":[]},{"id":"{last}","description":[{"type":"fileEmbed","attrs":{"id":"{pdf}","uid":"u"}}]}]`
	checkRows(t, sandbox.Options{}, []row{
		{name: "5.4 an unknown key", given: given, do: gallery, body: `{"files":[{"id":"{zip}","url":"x"},{"id":"{pdf}"}]}`, is: refused("File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first.")},
		{name: "5.4 an unknown key of a new file", given: given, do: gallery, body: `{"files":[{"url":"` + own + `a.pdf","colour":"red"}]}`, is: refused("'colour' is not an accepted parameter on files[]; it is not a writable ProductFile attribute.")},
		{name: "5.4 modified has a message of its own", given: given, do: gallery, body: `{"files":[{"id":"{zip}","modified":true}]}`, is: refused("'modified' is not an accepted parameter on files[]; it is an internal save-path flag.")},
		{name: "5.4 a file that a page shows stays", given: given, do: gallery, body: `{"files":[{"id":"{pdf}"}]}`, is: refused("Cannot remove files still referenced in rich content: {zip}. Remove the file embeds from rich content first, or send both changes together.")},
		{name: "5.4 and nothing is kept of such a request", given: given, do: gallery, body: `{"name":"Other","files":[]}`, has: `{"success":false,"message":"~{zip}, {pdf}"}`},
		{name: "5.4 it goes with its embed in one request", given: given, do: gallery, body: `{"files":[{"id":"{pdf}"}],"rich_content":` + pages + `}`, has: product(`"files":[{"id":"{pdf}"}]`), lacks: "file_id_mappings"},
		{name: "5.4 a temporary id is rewritten in the pages", given: given, do: gallery, body: `{"files":[{"id":"{zip}"},{"id":"{pdf}"},{"url":"` + own + `new.epub","external_id":"tmp"}],"rich_content":[{"id":"{page}","description":[{"type":"blockquote","content":[{"type":"fileEmbed","attrs":{"id":"tmp","uid":"u"}}]}]}]}`,
			has: `{"file_id_mappings":{"tmp":"<id>"},"product":{"files":["<object>","<object>",{"name":"new","filetype":"epub","size":null}],"rich_content":[{"id":"{page}","description":{"content":[{"content":[{"type":"fileEmbed","attrs":{"id":"<id>"}}]}]}}]}}`},
		{name: "5.4 so is an id that no file has", given: given, do: gallery, body: `{"files":[{"id":"{zip}"},{"id":"{pdf}"},{"url":"` + own + `new.epub","id":"mine"}]}`, has: `{"file_id_mappings":{"mine":"<id>"}}`},
		{name: "4.7 a new product's page shows its file", given: given, do: "POST /products", body: `{"name":"x","price":100,"files":[{"url":"` + own + `a.pdf","id":"t"}],"rich_content":[{"description":[{"type":"fileEmbed","attrs":{"id":"t","uid":"u"}}]}]}`,
			has: product(`"files":[{"id":"<id>"}],"rich_content":[{"description":{"content":[{"attrs":{"id":"<id>"}}]}}]`)},
		{name: "4.7 other keys of a new product's file are dropped", given: given, do: "POST /products", body: `{"name":"x","price":100,"files":[{"url":"` + own + `a.pdf","colour":"red"}]}`, has: `{"success":true}`},
		{name: "5.4 an indexed form is no list", given: given, do: gallery, body: "files[0][id]={zip}", is: refused("files must be an array of file objects.")},
		{name: "2 a file's address is signed", do: "GET /products/{product with a gallery}", has: product(`"files":[{"id":"<id>","name":"gridsmith","size":4100000,"url":"~^https://files\\.gumroad\\.com/.*Signature=","filetype":"zip","filegroup":"archive"},"<object>"]`)},
	})
}

// TestContentPages holds pages of products and options to what is known of them (5.5, 5.6, 13.1).
func TestContentPages(t *testing.T) {
	const gallery, draft = "PUT /products/{product with a gallery}", "PUT /products/{draft product}"
	seen := "GET /products/{product with a gallery} => page:product.rich_content.0.id last:product.rich_content.1.id at:product.rich_content.0.updated_at zip:product.files.0.id"
	product := func(members string) string { return `{"success":true,"product":{` + members + `}}` }
	text := func(s string) string { return `{"type":"paragraph","content":[{"type":"text","text":"` + s + `"}]}` }
	options := []string{
		"POST /products/{draft product}/variant_categories title=Size => cat:variant_category.id",
		"POST /products/{draft product}/variant_categories/{cat}/variants name=S => s:variant.id",
		"POST /products/{draft product}/variant_categories/{cat}/variants name=L => l:variant.id",
	}
	const s, l = "PUT /products/{draft product}/variant_categories/{cat}/variants/{s}", "PUT /products/{draft product}/variant_categories/{cat}/variants/{l}"
	with := func(more ...string) []string { return append(append([]string{}, options...), more...) }
	same := `{"rich_content":[{"title":"A","description":[` + text("a") + `]}]}`
	const shared = `{"has_same_rich_content_for_all_variants":true}`
	checkRows(t, sandbox.Options{}, []row{
		{name: "2 a page", do: "GET /products/{product with a gallery}", has: product(`"rich_content":[{"id":"<id>","page_id":"<id>","title":"Start here","variant_id":null,"description":{"type":"doc","content":"<list>"},"updated_at":"<time>"},"<object>"],"has_same_rich_content_for_all_variants":false`)},
		{name: "2 a list of nodes comes back as a document", do: draft, body: same, has: product(`"rich_content":[{"title":"A","description":{"type":"doc","content":[` + text("a") + `]}}]`)},
		{name: "5.5 a known id keeps its page, any other makes one", given: []string{seen}, do: gallery, body: `{"rich_content":[{"id":"nothing","title":"New"},{"id":"{last}","title":"Last"}]}`, has: product(`"rich_content":[{"id":"<id>","title":"New"},{"id":"{last}","title":"Last","description":{"type":"doc","content":[]}}]`)},
		{name: "5.5 the order is that of the list", given: []string{seen}, do: gallery, body: `{"rich_content":[{"id":"{last}"},{"id":"{page}"}]}`, has: product(`"rich_content":[{"id":"{last}"},{"id":"{page}"}]`)},
		{name: "5.5 an empty list deletes all", do: gallery, body: `{"rich_content":[]}`, has: product(`"rich_content":[]`)},
		{name: "5.5 a file of another product", given: []string{"GET /products/{digital product} => foreign:product.files.0.id"}, do: draft, body: `{"rich_content":[{"description":[{"type":"fileEmbed","attrs":{"id":"{foreign}","uid":"u"}}]}]}`, is: refused("File embeds reference files not belonging to this product: {foreign}")},
		{name: "5.5 a file that is gone", given: []string{seen, gallery + ` {"rich_content":[],"files":[]}`}, do: gallery, body: `{"rich_content":[{"description":[{"type":"fileEmbed","attrs":{"id":"{zip}","uid":"u"}}]}]}`, is: refused("File embeds reference files not belonging to this product: {zip}")},
		{name: "5.5 nodes that fit no schema", do: draft, body: `{"rich_content":[{"description":[{"type":7}]}]}`, is: refused("Content is invalid")},
		{name: "1 numbered keys inside a page are a list", do: draft, body: "rich_content[][title]=A&rich_content[][description][content][0][type]=paragraph", has: product(`"rich_content":[{"title":"A","description":{"content":[{"type":"paragraph"}]}}]`)},

		{name: "5.6 true to false: the pages move to the first option alone", given: with(draft+" "+shared, draft+" "+same), do: draft, body: `{"has_same_rich_content_for_all_variants":false}`, has: product(`"rich_content":[],"variants":[{"options":[{"rich_content":[{"title":"A","variant_id":"{s}"}]},{"rich_content":[]}]}]`)},
		{name: "5.6 true to false without options", given: []string{draft + " " + shared, draft + " " + same}, do: draft, body: `{"has_same_rich_content_for_all_variants":false}`, is: refused("Cannot switch to per-variant content: the product has no variants to migrate content to.")},
		{name: "5.6 true to false without pages", given: []string{draft + " " + shared}, do: draft, body: `{"has_same_rich_content_for_all_variants":false}`, has: `{"success":true}`},
		{name: "5.6 false to true: one option's pages", given: with(s + " " + same), do: draft, body: shared, has: product(`"rich_content":[{"title":"A","variant_id":null}],"variants":[{"options":[{"rich_content":[]},{"rich_content":[]}]}]`)},
		{name: "5.6 false to true: the same pages", given: with(s+" "+same, l+" "+same), do: draft, body: shared, has: product(`"rich_content":[{"title":"A"}]`)},
		{name: "5.6 false to true: different pages", given: with(s+" "+same, l+` {"rich_content":[{"title":"B"}]}`), do: draft, body: shared, is: refused("Cannot switch to shared content: multiple variants have distinct content. Remove variant content first, or send replacement rich_content in the same request.")},
		{name: "5.6 false to true with pages in the request", given: with(s+" "+same, l+` {"rich_content":[{"title":"B"}]}`), do: draft, body: `{"has_same_rich_content_for_all_variants":true,"rich_content":[{"title":"C"}]}`, has: product(`"rich_content":[{"title":"C"}],"variants":[{"options":[{"rich_content":[]},{"rich_content":[]}]}]`)},
		{name: "5.6 false to true: both sides", given: append([]string{draft + " " + same}, with(s+" "+same)...), do: draft, body: shared, is: refused("Cannot switch to shared content: both product-level and variant-level content exist. Remove one side first, or send replacement rich_content in the same request.")},
		{name: "5.6 pages while options have their own", given: options, do: draft, body: same, is: refused("Cannot update product-level rich content while in per-variant mode. Set has_same_rich_content_for_all_variants to true first, or use the variant endpoint to update per-variant content.")},

		{name: "13.1 pages of an option as a JSON text", given: options, do: s, body: `{"rich_content":"[{\"title\":\"T\"}]"}`, has: `{"variant":{"rich_content":[{"title":"T","variant_id":"{s}"}]}}`},
		{name: "13.1 an empty text deletes them", given: with(s + " " + same), do: s, body: "rich_content=", has: `{"variant":{"rich_content":[]}}`},
		{name: "13.1 a text that is no JSON", given: options, do: s, body: "rich_content=x", is: refused("Invalid JSON in rich_content parameter.")},
		{name: "13.1 while the pages are shared", given: with(draft + " " + shared), do: s, body: same, is: refused("Cannot update variant rich content while the product uses shared content for all variants. Update product-level rich content instead, or set has_same_rich_content_for_all_variants to false first.")},
		{name: "13.1 the list does not show them", given: with(s + " " + same), do: "GET /products/{draft product}/variant_categories/{cat}/variants", lacks: "variants.0.rich_content"},
		{name: "5.4 a file that an option's page shows stays", given: with(
			"GET /user => seller:user.user_id",
			draft+` {"files":[{"url":"https://gumroad-specials.s3.amazonaws.com/attachments/{seller}/a/original/a.pdf"}]} => f:product.files.0.id`,
			s+` {"rich_content":[{"description":[{"type":"fileEmbed","attrs":{"id":"{f}","uid":"u"}}]}]}`,
		), do: draft, body: `{"files":[]}`, has: `{"success":false,"message":"~^Cannot remove files still referenced in rich content: {f}\\."}`},
	})
	t.Run("5.5 a page that stays as it was keeps the time of its change", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step(draft + " " + same + " => id:product.rich_content.0.id at:product.rich_content.0.updated_at")
		s.clock.Advance(3_600_000_000_000)
		s.expect(row{do: draft, body: `{"rich_content":[{"id":"{id}","title":"A","description":[` + text("a") + `]}]}`, has: product(`"rich_content":[{"updated_at":"{at}"}]`)})
		s.expect(row{do: draft, body: `{"rich_content":[{"id":"{id}","title":"B","description":[` + text("a") + `]}]}`, has: product(`"rich_content":[{"updated_at":"2026-03-10T13:00:00Z"}]`)})
	})
	t.Run("5.5 licence keys follow the block that shows them", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		const key = `{"rich_content":[{"description":[{"type":"licenseKey"}]}]}`
		s.step("PUT /products/{free product} " + key)
		licensed := s.get("/sales/" + s.buy(sandbox.Purchase{Product: "{free product}", Email: "one@example.com"}))
		if value, _ := at(licensed, "sale.license_key"); value == nil || value == "" {
			t.Error("a buyer of a product that shows licence keys gets none")
		}
		s.step(`PUT /products/{free product} {"rich_content":[]}`)
		without := s.get("/sales/" + s.buy(sandbox.Purchase{Product: "{free product}", Email: "two@example.com"}))
		if value, _ := at(without, "sale.license_key"); value != nil && value != "" {
			t.Error("a buyer gets a licence key of a product that no longer shows any")
		}
	})
}
