package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// review is what a buyer said of a product.
type review struct {
	n         int
	id        string
	rating    int
	message   *string
	video     bool // an approved one, instead of a text
	sale      *sale
	rater     string // the name of the buyer's account
	createdAt time.Time
	response  *reviewResponse
	deleted   bool
}

type reviewResponse struct {
	message   string
	createdAt time.Time
}

const reviewsPageSize = 100

// listReviews shows the reviews that say something; stars alone are no more than a part of the average.
func listReviews(r *request, p *product) answer {
	shown := slices.DeleteFunc(slices.Clone(p.written), func(v *review) bool {
		return v.deleted || v.message == nil && !v.video
	})
	slices.SortStableFunc(shown, func(a, b *review) int { return cmp.Or(b.createdAt.Compare(a.createdAt), b.n-a.n) })
	after, given, problem := r.cursorParam()
	if problem != nil {
		return *problem
	}
	if given {
		shown = slices.DeleteFunc(shown, func(v *review) bool {
			before := v.createdAt.Before(after.at) || v.createdAt.Equal(after.at) && v.n < after.n
			return !after.known || !before
		})
	}
	more := len(shown) > reviewsPageSize
	if more {
		shown = shown[:reviewsPageSize]
	}
	rows := []*object{}
	for _, v := range shown {
		rows = append(rows, v.json())
	}
	list := success().with("product_reviews", rows)
	if more {
		last := shown[len(shown)-1]
		r.nextPage(list, pageKey(last.createdAt, last.n))
	}
	return render(http.StatusOK, list)
}

func (v *review) json() *object {
	o := newObject().with("id", v.id).with("rating", v.rating).with("message", deref(v.message)).
		with("created_at", stamp(v.createdAt)).with("purchase_id", nil).with("rater_name", v.raterName()).with("response", nil)
	if v.sale != nil {
		o.set("purchase_id", v.sale.id)
	}
	if v.response != nil {
		o.set("response", newObject().with("message", v.response.message).with("created_at", stamp(v.response.createdAt)))
	}
	return o
}

// raterName: whoever got the product as a gift is not named by what the giver wrote.
func (v *review) raterName() string {
	name := v.rater
	if name == "" && v.sale != nil && v.sale.giftOf == nil {
		name = v.sale.fullName
	}
	return cmp.Or(name, "Anonymous")
}
