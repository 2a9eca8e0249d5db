package gumroad

// Deleted is the answer of a deletion, which holds no record; R is the kind that was deleted.
type Deleted[R Record] struct {
	Message string `json:"message"`
}

// Envelope gives the nouns of R.
func (Deleted[R]) Envelope() (one, many string) {
	var record R
	return record.Envelope()
}

// Deletion is what every Deleted is.
type Deletion interface{ deletion() }

func (Deleted[R]) deletion() {}

// fromEnvelope reads the envelope itself: Gumroad answers {"success":true,"message":"The product was deleted
// successfully."}.
func (d *Deleted[R]) fromEnvelope(body []byte) error { return unmarshal(body, d) }
