package gumroad

import (
	"cmp"
	"context"
	"net/http"
)

// CustomField is a question that buyers are asked at checkout (reference: "Custom fields").
type CustomField struct {
	Name              string   `json:"name,omitempty" concise:"always"`
	Type              string   `json:"type,omitempty" concise:"always"`
	Required          Bool     `json:"required" concise:"always"`
	Global            Bool     `json:"global,omitempty" concise:"nonzero" jsonschema_description:"Asked for every product."`
	CollectPerProduct Bool     `json:"collect_per_product,omitempty"`
	Products          []string `json:"products,omitempty" jsonschema_description:"Ids of the products that ask it."`
	ID                string   `json:"id,omitempty"`
}

// Envelope names the record.
func (CustomField) Envelope() (one, many string) { return "custom_field", "custom_fields" }

// RowID returns the field's id, or its name where Gumroad gives no id.
func (f CustomField) RowID() string { return cmp.Or(f.ID, f.Name) }

// ListCustomFields returns the fields of a product on one page.
func (c *Client) ListCustomFields(ctx context.Context, in ProductRef) (Page[CustomField], error) {
	return do[Page[CustomField]](ctx, c, http.MethodGet, "/products/{product_id}/custom_fields", in)
}

// CreateCustomField describes a new field.
type CreateCustomField struct {
	ProductRef
	Name     string `form:"name" json:"name" jsonschema_description:"The question; of terms, their http(s) address."`
	Required *bool  `form:"required" json:"required,omitempty" jsonschema_description:"Must be answered."`
	Type     string `form:"type" json:"type,omitempty" jsonschema:"enum=text,enum=checkbox,enum=terms,enum=long_text,enum=file" jsonschema_description:"Of the answer; default text."`
}

// CreateCustomField creates a field; an equal name makes a second one. Rejected, without a reason, for a blank name or
// an address of terms that is not http(s) (custom_fields_controller#create).
func (c *Client) CreateCustomField(ctx context.Context, in CreateCustomField) (CustomField, error) {
	return do[CustomField](ctx, c, http.MethodPost, "/products/{product_id}/custom_fields", in)
}

// CustomFieldRef names a field by its name, in upper or lower case. Where several have the name, it is the newest one.
type CustomFieldRef struct {
	ProductRef
	Name string `path:"name,text" json:"name" jsonschema_description:"The question."`
}

// UpdateCustomField changes whether an answer is required; Gumroad can change nothing else.
type UpdateCustomField struct {
	CustomFieldRef
	Required *bool `form:"required" json:"required" jsonschema_description:"Must be answered."`
}

// UpdateCustomField changes whether an answer is required. NotFound for an unknown name.
func (c *Client) UpdateCustomField(ctx context.Context, in UpdateCustomField) (CustomField, error) {
	return do[CustomField](ctx, c, http.MethodPut, "/products/{product_id}/custom_fields/{name}", in)
}

// DeleteCustomField takes a field off a product. A second time it is NotFound (custom_fields_controller#destroy).
func (c *Client) DeleteCustomField(ctx context.Context, in CustomFieldRef) (Deleted[CustomField], error) {
	return do[Deleted[CustomField]](ctx, c, http.MethodDelete, "/products/{product_id}/custom_fields/{name}", in)
}
