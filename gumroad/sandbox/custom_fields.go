package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

var fieldTypes = []string{"text", "checkbox", "terms", "long_text", "file"}

func (f *customField) json() *object {
	ids := []string{}
	for _, p := range f.products {
		ids = append(ids, p.id)
	}
	return newObject().with("id", f.id).with("type", f.kind).with("name", f.name).with("required", f.required).
		with("global", f.global).with("collect_per_product", f.perProduct).with("products", ids)
}

// fieldsOf are those attached to the product, post-purchase ones too.
func (st *store) fieldsOf(p *product) []*customField {
	var out []*customField
	for _, f := range st.fields {
		if slices.Contains(f.products, p) {
			out = append(out, f)
		}
	}
	return out
}

func listCustomFields(r *request, p *product) answer {
	rows := []*object{}
	for _, f := range r.store.fieldsOf(p) {
		rows = append(rows, f.json())
	}
	return ok("custom_fields", rows)
}

func createCustomField(r *request, p *product) answer {
	f := &customField{kind: "text", required: r.params.is("required", "true"), products: []*product{p}}
	for _, name := range []string{"name", "url", "label"} {
		if f.name == "" && !r.params.blank(name) {
			f.name = r.params.str(name)
		}
	}
	if r.params["type"] != nil {
		f.kind = r.params.str("type")
	}
	problem := f.problem()
	if strings.TrimSpace(f.name) == "" || problem != "" && r.sb.options.Compat2025 {
		return unableToCreate("custom_field")
	}
	if problem != "" {
		return refuse(problem)
	}
	f.n, f.id = r.sb.numbered("custom_field")
	r.store.fields = append(r.store.fields, f)
	r.commit()
	return ok("custom_field", f.json())
}

// problem is the model's validation, which the server tells since 2026.
func (f *customField) problem() string {
	switch {
	case !slices.Contains(fieldTypes, f.kind):
		return "Field type is not included in the list"
	case f.kind == "terms" && !webURL(f.name):
		return "Please provide a valid URL for custom field of Terms type."
	}
	return ""
}

func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && !strings.Contains(text, " ")
}

// withCustomField finds a field by name, without regard to case; the last one made wins.
func withCustomField(run func(*request, *product, *customField) answer) func(*request) answer {
	return withProduct(func(r *request, p *product) answer {
		for _, f := range slices.Backward(r.store.fieldsOf(p)) {
			if strings.EqualFold(f.name, r.params.str("id")) {
				return run(r, p, f)
			}
		}
		return notFound("custom_field")
	})
}

// updateCustomField can only change required.
func updateCustomField(r *request, p *product, f *customField) answer {
	if len(p.structureErrors()) > 0 {
		return unableToModify("custom_field") // the server saves the product, too
	}
	if r.params.has("required") && r.params["required"] != nil {
		f.required = r.params.is("required", "true")
		r.commit()
	}
	return ok("custom_field", f.json())
}

// deleteCustomField takes the field off this product, and away where it was the last.
func deleteCustomField(r *request, p *product, f *customField) answer {
	f.products = slices.DeleteFunc(slices.Clone(f.products), func(other *product) bool { return other == p })
	if len(f.products) == 0 {
		r.store.fields = slices.DeleteFunc(r.store.fields, func(other *customField) bool { return other == f })
	}
	r.commit()
	return deleted("custom_field")
}
