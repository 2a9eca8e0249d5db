package sandbox

const (
	pageSize            = 10
	subscribersPageSize = 100
)

// cursorParam reads page_key; problem is set when it is malformed.
func (r *request) cursorParam() (c cursor, given bool, problem *answer) {
	if r.params.blank("page_key") {
		return cursor{}, false, nil
	}
	key, isText := r.params.text("page_key")
	c, valid := parsePageKey(key)
	if !isText || !valid {
		return cursor{}, false, new(badRequest("Invalid page_key."))
	}
	return c, true, nil
}
