package sandbox_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestReviews(t *testing.T) {
	const shape = `{"id":"<id>","rating":"<int>","message":"<string?>","created_at":"<time>","purchase_id":"<id>","rater_name":"<text>"}`
	s := serve(t, sandbox.Options{})
	list, _ := at(s.get("/products/{digital product}/reviews"), "product_reviews")
	var texts, videos, answered int
	for i, v := range list.([]any) {
		for _, problem := range contains("review", decode(t, shape), v) {
			t.Error(problem)
		}
		message, _ := at(v, "message")
		if message == nil {
			videos++ // bare stars are not listed, so it has a video
		} else {
			texts++
		}
		if response, _ := at(v, "response"); response != nil {
			answered++
			for _, problem := range contains("response", decode(t, `{"message":"<text>","created_at":"<time>"}`), response) {
				t.Error(problem)
			}
		}
		if i > 0 && text(t, v, "created_at") > text(t, list.([]any)[i-1], "created_at") {
			t.Error("not the newest first")
		}
	}
	if texts == 0 || answered != 1 {
		t.Errorf("%d texts, %d videos, %d answers", texts, videos, answered)
	}
	full := serve(t, sandbox.Options{Sales: 400})
	list, _ = at(full.get("/products/{digital product}/reviews"), "product_reviews")
	video, rated := 0, 0
	for _, v := range list.([]any) {
		if message, _ := at(v, "message"); message == nil {
			video++
		}
	}
	for _, v := range full.walk("/sales?product_id="+full.names["digital product"], "sales") {
		if rating, _ := at(v, "product_rating"); rating != nil {
			rated++
		}
	}
	if video != 1 || rated <= len(list.([]any)) {
		t.Errorf("%d reviews of %d rated sales, %d with a video", len(list.([]any)), rated, video)
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "who got it as a gift is anonymous", do: "GET /products/{licensed product}/reviews", has: `{"product_reviews":[{"rating":5,"message":"A perfect present.","rater_name":"Anonymous","response":null}]}`},
		{name: "none", do: "GET /products/{EUR product}/reviews", is: `{"success":true,"product_reviews":[]}`},
		{name: "one page has no next", do: "GET /products/{digital product}/reviews", lacks: "next_page_key next_page_url"},
		{name: "a bad key", do: "GET /products/{digital product}/reviews?page_key=x", status: 400, is: badRequest("Invalid page_key.")},
		{name: "the base sheet's path is none", do: "GET /products/{digital product}/product_reviews", status: 404},
		{name: "an unknown product", do: "GET /products/{unknown}/reviews", is: notFound("product")},
	})
}
