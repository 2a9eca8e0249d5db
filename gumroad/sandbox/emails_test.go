package sandbox_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	emailShape = `{"id":"<id>","subject":"<string?>","message":"<text>","audience_type":"<text>","product_id":"<string?>","state":"<text>","published_at":"<time?>","scheduled_at":"<time?>","send_emails":"<bool>","shown_on_profile":"<bool>","audience_count":null,"recipients_count":"<int?>","url":"<string?>","created_at":"<time>","updated_at":"<time>"}`

	unconfirmedText = "You have to confirm your email address before you can do that."
	ineligibleText  = "You are not eligible to publish or schedule emails. Please ensure you have made at least $100 in sales and received a payout."
	sentText        = "The email has already been sent."
)

// email wraps members that an e-mail must have.
func email(members string) string { return `{"success":true,"email":{` + members + `}}` }

func TestEmailLists(t *testing.T) {
	const invalidType = "Invalid type. Valid values are: published, scheduled, draft."
	checkRows(t, sandbox.Options{}, []row{
		{name: "22 show", do: "GET /emails/{draft e-mail}", has: email(`"id":"{draft e-mail}","state":"draft","audience_type":"audience","published_at":null,"scheduled_at":null,"recipients_count":null,"url":null,"send_emails":true`)},
		{name: "22 every member", do: "GET /emails/{sent e-mail}", has: `{"success":true,"email":` + emailShape + `}`},
		{name: "22 scheduled", do: "GET /emails/{scheduled e-mail}", has: email(`"state":"scheduled","scheduled_at":"2026-03-19T12:00:00Z","published_at":null,"url":null`)},
		{name: "22 published", do: "GET /emails/{sent e-mail}", has: email(`"state":"published","recipients_count":871,"audience_count":null,"scheduled_at":null,"url":"https://pixelandpage.gumroad.com/p/the-quiet-grid-has-a-second-edition"`)},
		{name: "22 published on the profile alone", do: "GET /emails/{profile-only post}", has: email(`"state":"published","send_emails":false,"shown_on_profile":true,"recipients_count":null,"url":"~^https://"`)},
		{name: "22 of a product", do: "GET /emails/{draft e-mail to a product's buyers}", has: email(`"audience_type":"product","product_id":"{digital product}"`)},
		{name: "22 of a product alone", do: "GET /emails/{post of a product alone}", has: email(`"product_id":"{physical product}"`)},
		{name: "22 of a product that was deleted", given: []string{"DELETE /products/{physical product}"}, do: "GET /emails/{post of a product alone}", is: notFound("email")},
		{name: "22 without a subject", do: "GET /emails/{draft e-mail without a subject}", has: email(`"subject":null`)},
		{name: "22 unknown", do: "GET /emails/{unknown}", is: notFound("email")},
		{name: "22 deleted", do: "GET /emails/{deleted e-mail}", is: notFound("email")},
		{name: "22 of another store", do: "GET /emails/{other store's e-mail}", is: notFound("email")},
		{name: "22 there is no update", do: "PUT /emails/{draft e-mail}", body: "subject=A", status: 404},
		{name: "20 installments", do: "GET /installments", status: 404},
		{name: "20 meta", do: "GET /meta", status: 404},

		{name: "22 type draft", do: "GET /emails?type=scheduled", has: `{"success":true,"emails":[{"id":"{scheduled e-mail}"},{"id":"{scheduled e-mail to followers}"}]}`},
		{name: "22 type published", do: "GET /emails?type=published", has: `{"emails":[{"id":"{sent e-mail}"},{"id":"{sent e-mail to a product's buyers}"},{"id":"{profile-only post}"}]}`},
		{name: "22 no type", do: "GET /emails?type=+", has: `{"success":true,"next_page_key":"<page key>"}`},
		{name: "22 bad type", do: "GET /emails?type=sent", status: 400, is: badRequest(invalidType)},
		{name: "22 type in capitals", do: "GET /emails?type=Draft", status: 400, is: badRequest(invalidType)},
		{name: "22 bad type before bad key", do: "GET /emails?type=sent&page_key=x", status: 400, is: badRequest(invalidType)},
		{name: "22 bad key", do: "GET /emails?page_key=x", status: 400, is: badRequest("Invalid page_key.")},

		{name: "1.3 account", do: "GET /emails", token: "sandbox:account", has: `{"success":true}`},
		{name: "1.3 edit_emails", do: "GET /emails", token: "sandbox:edit_emails", has: `{"success":true}`},
		{name: "1.3 no other scope", do: "GET /emails", token: "sandbox:edit_products+view_sales+edit_sales+edit_profile+view_public", status: 403, is: "empty", headers: []string{`WWW-Authenticate: edit_emails`}},
		{name: "1.3 no other scope sends", do: "POST /emails/{draft e-mail}/send", token: "sandbox:edit_products+view_sales", status: 403, is: "empty"},
		{name: "1.3 edit_emails reads no products", do: "GET /products", token: "sandbox:edit_emails", status: 403, is: "empty"},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "22 not in 2025", do: "GET /emails", status: 404},
	})
	t.Run("22 id without padding", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.names["bare"] = strings.TrimSuffix(s.names["draft e-mail"], "==")
		s.expect(row{do: "GET /emails/{bare}", has: email(`"id":"{draft e-mail}"`)})
	})
	t.Run("22 a walk finds each once, the newest first", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		all := s.walk("/emails", "emails")
		var times []string
		seen := map[string]bool{}
		for _, row := range all {
			times = append(times, text(t, row, "created_at"))
			seen[text(t, row, "id")] = true
		}
		if len(all) != 14 || len(seen) != 14 {
			t.Errorf("%d rows, %d of them different", len(all), len(seen))
		}
		for i := 1; i < len(times); i++ {
			if times[i] > times[i-1] {
				t.Errorf("%s comes after %s", times[i], times[i-1])
			}
		}
	})
}

func TestEmailCreation(t *testing.T) {
	const (
		post            = "POST /emails"
		invalidAudience = "Invalid audience. Valid values are: all, audience, customers, seller, followers, follower, product."
		noMessage       = "Please include a message as part of the update."
	)
	rows := []row{
		{name: "22 draft", do: post, body: "subject=Hello&body=<p>Hi</p>", has: email(`"subject":"Hello","message":"<p>Hi</p>","state":"draft","audience_type":"audience","send_emails":true,"shown_on_profile":false,"url":null`)},
		{name: "22 as JSON", do: post, body: `{"subject":"Hello","body":"<p>Hi</p>","audience":"followers"}`, has: email(`"subject":"Hello","audience_type":"follower"`)},
		{name: "22 without a subject", do: post, body: "body=<p>Hi</p>", has: email(`"subject":null,"state":"draft"`)},
		{name: "22 without a body", do: post, body: "subject=Hello", is: refused(noMessage)},
		{name: "22 of breaks alone", do: post, body: "subject=Hello&body=" + url.QueryEscape(`<p class="a"><br/></P> `), is: refused(noMessage)},
		{name: "22 an image is a message", do: post, body: "body=" + url.QueryEscape(`<img src="a.png">`), has: email(`"state":"draft"`)},
		{name: "22 subject of 255", do: post, body: "body=a&subject=" + strings.Repeat("a", 255), has: email(`"state":"draft"`)},
		{name: "22 subject of 256", do: post, body: "body=a&subject=" + strings.Repeat("a", 256), is: refused("Name is too long (maximum is 255 characters)")},
		{name: "22 bad audience", do: post, body: "body=a&audience=everyone", is: refused(invalidAudience)},
		{name: "22 variant is no audience", do: post, body: "body=a&audience=variant", is: refused(invalidAudience)},
		{name: "22 bad audience before bad product", do: post, body: "audience=x&product_id=x", is: refused(invalidAudience)},
		{name: "22 no product", do: post, body: "body=a&audience=product", is: refused("Product audience requires a product_id or link_id.")},
		{name: "22 unknown product", do: post, body: "body=a&audience=product&product_id=x", is: refused("Product not found.")},
		{name: "22 product of another store", do: post, body: "body=a&audience=product&product_id={other store's product}", is: refused("Product not found.")},
		{name: "22 deleted product", given: []string{"DELETE /products/{digital product}"}, do: post, body: "body=a&audience=product&product_id={digital product}", is: refused("Product not found.")},
		{name: "22 product by permalink", do: post, body: "body=a&audience=product&link_id=inkwsh", has: email(`"product_id":"{digital product}"`)},
		{name: "22 product_id wins", do: post, body: "body=a&audience=product&product_id={free product}&link_id=inkwsh", has: email(`"product_id":"{free product}"`)},
		{name: "22 product before message", do: post, body: "audience=product&product_id=x", is: refused("Product not found.")},
		{name: "22 a product for another audience is ignored", do: post, body: "body=a&audience=customers&product_id={digital product}", has: email(`"audience_type":"seller","product_id":null`)},
	}
	for word, kind := range map[string]string{"all": "audience", "AUDIENCE": "audience", "Customers": "seller", "seller": "seller", "followers": "follower", "follower": "follower", "+": "audience"} {
		rows = append(rows, row{name: "22 audience " + word, do: post, body: "body=a&audience=" + word, has: email(`"audience_type":"` + kind + `"`)})
	}
	for sent, state := range map[string]string{
		"publish=true": "published", "publish=no": "published", "publish=False": "published", "publish=": "draft", "publish=false": "draft", "publish=0": "draft", "publish=off": "draft",
		"draft=false": "published", "draft=0": "published", "draft=": "draft", "draft=no": "draft", "draft=true": "draft", "publish=false&draft=false": "published",
	} {
		rows = append(rows, row{name: "22 " + sent, do: post, body: "subject=S&body=a&" + sent, has: email(`"state":"` + state + `"`)})
	}
	checkRows(t, sandbox.Options{}, append(rows,
		row{name: "22 draft null", do: post, body: `{"body":"a","draft":null}`, has: email(`"state":"draft"`)},
		row{name: "22 draft false in JSON", do: post, body: `{"body":"a","subject":"S","draft":false}`, has: email(`"state":"published","published_at":"<time>","url":"https://pixelandpage.gumroad.com/p/s"`)},
		row{name: "22 published without a subject", do: post, body: "body=a&publish=true", has: email(`"state":"published","url":null`)},
		row{name: "22 two of one subject have two pages", given: []string{"POST /emails subject=Same&body=a&publish=true => first:email.url"}, do: post, body: "subject=Same&body=a&publish=true", has: email(`"url":"~/p/same-\\d+$"`)},
		row{name: "17 POST again is another", given: []string{"POST /emails subject=A&body=a => first:email.id", "POST /emails subject=A&body=a => second:email.id"},
			do: "GET /emails", has: `{"emails":[{"id":"{second}"},{"id":"{first}"},"<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>"]}`},
	))
	checkRows(t, sandbox.Options{SellersIneligible: true}, []row{
		{name: "22 a draft needs nothing", do: post, body: "body=a", has: email(`"state":"draft"`)},
		{name: "22 not eligible", do: post, body: "body=a&publish=true", is: refused(ineligibleText)},
		{name: "22 not eligible before the message", do: post, body: "publish=true", is: refused(ineligibleText)},
		{name: "22 product before not eligible", do: post, body: "publish=true&audience=product&product_id=x", is: refused("Product not found.")},
	})
	t.Run("22 a failed publish leaves no draft", func(t *testing.T) {
		s := serve(t, sandbox.Options{SellersUnconfirmed: true})
		before := s.get("/emails")
		s.expect(row{do: post, body: "body=a&publish=true", is: refused(unconfirmedText)})
		if diff := cmp.Diff(before, s.get("/emails")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("22 more than a hundred without earnings", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for _, p := range s.products() {
			s.names["p"] = p["id"].(string)
			for _, sale := range s.walk("/sales?product_id={p}", "sales") {
				s.names["sale"] = text(t, sale, "id")
				s.send(row{do: "PUT /sales/{sale}/refund"})
			}
		}
		s.expect(row{do: post, body: "body=a&audience=followers", is: refused("<a href='/help/article/269-balance-page' target='_blank' rel='noreferrer'>Sorry, you cannot send out more than 100 emails until you have $100 in total earnings.</a>")})
		s.expect(row{do: post, body: "body=a&audience=product&product_id={draft product}", has: email(`"state":"draft"`)})
	})
}

func TestEmailSending(t *testing.T) {
	const (
		id   = "/emails/{draft e-mail}"
		sent = "/emails/{sent e-mail}"
		due  = "/emails/{scheduled e-mail}"
		when = "to_be_published_at=2026-04-01T09:00:00Z"
	)
	checkRows(t, sandbox.Options{}, []row{
		{name: "22 preview", do: "POST " + id + "/preview", has: `{"success":true,"email":{"id":"{draft e-mail}","state":"draft"},"preview_url":"~/emails/.*/edit\\?preview_post=true$","message":"A preview has been sent to your email."}`},
		{name: "22 preview of what is published", do: "POST " + sent + "/preview", has: `{"success":true,"preview_url":"~/p/the-quiet-grid"}`},
		{name: "22 preview of none", do: "POST /emails/{unknown}/preview", is: notFound("email")},

		{name: "22 send", do: "POST " + id + "/send", has: email(`"state":"published","published_at":"2026-03-10T12:00:00Z","send_emails":true,"shown_on_profile":false,"recipients_count":null,"url":"~/p/new-brushes"`)},
		{name: "22 recipients are counted as it goes out", given: []string{"POST " + id + "/send"}, do: "GET " + id, has: email(`"recipients_count":"<int>"`)},
		{name: "22 send twice", given: []string{"POST " + id + "/send"}, do: "POST " + id + "/send", is: refused(sentText)},
		{name: "22 send what was sent", do: "POST " + sent + "/send", is: refused(sentText)},
		{name: "22 send what is scheduled", do: "POST " + due + "/send", is: refused("The email is scheduled to be sent at its scheduled time.")},
		{name: "22 send a post of the profile", do: "POST /emails/{profile-only post}/send", has: email(`"state":"published","send_emails":true,"shown_on_profile":true`)},
		{name: "22 that post keeps its day", given: []string{"GET /emails/{profile-only post} => at:email.published_at"}, do: "POST /emails/{profile-only post}/send", has: email(`"published_at":"{at}"`)},
		{name: "22 send a draft of the profile", do: "POST /emails/{profile-only draft}/send", has: email(`"state":"published","send_emails":true,"shown_on_profile":true`)},
		{name: "22 send a post of a product alone", do: "POST /emails/{post of a product alone}/send", has: email(`"state":"published"`)},
		{name: "22 send nothing", do: "POST /emails/{empty draft e-mail}/send", is: refused("Please include a message as part of the update.")},
		{name: "22 send none", do: "POST /emails/{unknown}/send", is: notFound("email")},
		{name: "22 send another store's", do: "POST /emails/{other store's e-mail}/send", is: notFound("email")},

		{name: "22 schedule", do: "POST " + id + "/schedule", body: when, has: email(`"state":"scheduled","scheduled_at":"2026-04-01T09:00:00Z","published_at":null,"send_emails":true`)},
		{name: "22 with an offset", do: "POST " + id + "/schedule", body: "to_be_published_at=" + url.QueryEscape("2026-04-01T09:00:00+02:00"), has: email(`"scheduled_at":"2026-04-01T07:00:00Z"`)},
		{name: "22 in the seller's zone", do: "POST " + id + "/schedule", body: "to_be_published_at=2026-04-01T09:00", has: email(`"scheduled_at":"2026-04-01T16:00:00Z"`)},
		{name: "22 in the seller's zone, in winter", do: "POST " + id + "/schedule", body: "to_be_published_at=2026-12-01 09:00:00", has: email(`"scheduled_at":"2026-12-01T17:00:00Z"`)},
		{name: "22 a day is its midnight", do: "POST " + id + "/schedule", body: "to_be_published_at=2026-04-01", has: email(`"scheduled_at":"2026-04-01T07:00:00Z"`)},
		{name: "22 as Ruby writes it", do: "POST " + id + "/schedule", body: "to_be_published_at=2026-04-01 09:00:00 UTC", has: email(`"scheduled_at":"2026-04-01T09:00:00Z"`)},
		{name: "22 again", do: "POST " + due + "/schedule", body: when, has: email(`"scheduled_at":"2026-04-01T09:00:00Z"`)},
		{name: "22 past", do: "POST " + id + "/schedule", body: "to_be_published_at=2026-03-09T12:00:00Z", is: refused("Please select a date and time in the future.")},
		{name: "22 now", do: "POST " + id + "/schedule", body: "to_be_published_at=2026-03-10T12:00:00Z", is: refused("Please select a date and time in the future.")},
		{name: "22 missing", do: "POST " + id + "/schedule", is: refused("The to_be_published_at parameter is required.")},
		{name: "22 blank", do: "POST " + id + "/schedule", body: "to_be_published_at=+", is: refused("The to_be_published_at parameter is required.")},
		{name: "22 no time", do: "POST " + id + "/schedule", body: "to_be_published_at=not-a-time", is: refused("Please provide a valid date and time.")},
		{name: "22 a failed time leaves a draft", given: []string{"POST " + id + "/schedule " + when, "POST " + id + "/unschedule"}, do: "POST " + id + "/schedule", body: "to_be_published_at=2026-03-01", is: refused("Please select a date and time in the future.")},
		{name: "22 sent", do: "POST " + sent + "/schedule", body: when, is: refused(sentText)},
		{name: "22 sent before a missing time", do: "POST " + sent + "/schedule", is: refused(sentText)},
		{name: "22 published on the profile", do: "POST /emails/{profile-only post}/schedule", body: when, is: refused(sentText)},
		{name: "22 turns a draft of the profile into a mailing", do: "POST /emails/{profile-only draft}/schedule", body: when, has: email(`"send_emails":true`)},
		{name: "22 nothing", do: "POST /emails/{empty draft e-mail}/schedule", body: when, is: refused("Please include a message as part of the update.")},
		{name: "22 schedule none", do: "POST /emails/{unknown}/schedule", body: when, is: notFound("email")},

		{name: "22 unschedule", do: "POST " + due + "/unschedule", has: email(`"state":"draft","scheduled_at":null`)},
		{name: "22 a draft", do: "POST " + id + "/unschedule", is: refused("This email is not scheduled.")},
		{name: "22 twice", given: []string{"POST " + due + "/unschedule"}, do: "POST " + due + "/unschedule", is: refused("This email is not scheduled.")},
		{name: "22 what was sent at once", do: "POST " + sent + "/unschedule", is: refused("This email is not scheduled.")},
		{name: "22 and schedule again", given: []string{"POST " + due + "/unschedule"}, do: "POST " + due + "/schedule", body: when, has: email(`"scheduled_at":"2026-04-01T09:00:00Z"`)},
		{name: "22 and send", given: []string{"POST " + due + "/unschedule"}, do: "POST " + due + "/send", has: email(`"state":"published"`)},

		{name: "22 delete", do: "DELETE " + id, is: deleted("email")},
		{name: "22 delete twice", given: []string{"DELETE " + id}, do: "DELETE " + id, is: notFound("email")},
		{name: "22 delete what was sent", given: []string{"DELETE " + sent}, do: "GET " + sent, is: notFound("email")},
		{name: "22 delete none", do: "DELETE /emails/{unknown}", is: notFound("email")},
	})
	checkRows(t, sandbox.Options{SellersIneligible: true}, []row{
		{name: "22 send, not eligible", do: "POST " + id + "/send", is: refused(ineligibleText)},
		{name: "22 schedule, not eligible", do: "POST " + id + "/schedule", body: "to_be_published_at=x", is: refused(ineligibleText)},
		{name: "22 a missing time before not eligible", do: "POST " + id + "/schedule", is: refused("The to_be_published_at parameter is required.")},
		{name: "22 unschedule, not eligible", do: "POST " + due + "/unschedule", has: email(`"state":"draft"`)},
	})
	checkRows(t, sandbox.Options{SellersUnconfirmed: true}, []row{
		{name: "22 send, unconfirmed", do: "POST " + id + "/send", is: refused(unconfirmedText)},
		{name: "22 preview, unconfirmed", do: "POST " + id + "/preview", is: refused(unconfirmedText)},
		{name: "22 unconfirmed before a bad time", do: "POST " + id + "/schedule", body: "to_be_published_at=x", is: refused(unconfirmedText)},
	})
	t.Run("22 what is due goes out at its time", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.clock.Advance(9*24*time.Hour + time.Hour)
		s.expect(row{do: "GET " + due, has: email(`"state":"published","published_at":"2026-03-19T12:00:00Z","scheduled_at":null,"recipients_count":"<int>"`)})
		s.expect(row{do: "POST " + due + "/unschedule", is: refused(sentText)})
		s.expect(row{do: "POST " + due + "/send", is: refused(sentText)})
	})
	t.Run("22 what was deleted before its time does not go out", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("DELETE " + due)
		s.clock.Advance(10 * 24 * time.Hour)
		s.expect(row{do: "GET " + due, is: notFound("email")})
		if got := len(ids(t, s.get("/emails?type=published"), "emails")); got != 3 {
			t.Errorf("want the three that were published before, got %d", got)
		}
	})
	t.Run("22 one of many side by side sends", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		answers := make(chan string, 8)
		for range cap(answers) {
			go func() { answers <- string(s.send(row{do: "POST " + id + "/send"}).body) }()
		}
		sentOnce := 0
		for range cap(answers) {
			if strings.Contains(<-answers, `"success":true`) {
				sentOnce++
			}
		}
		if sentOnce != 1 {
			t.Errorf("%d were told that it was sent", sentOnce)
		}
	})
}
