package reports

import "github.com/invopop/jsonschema"

// Table holds rows that are too many to name their columns in each.
type Table struct {
	Columns []string `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Row holds a value for each column: texts and whole numbers.
type Row []any

// JSONSchema is that of a list of texts and numbers.
func (Row) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "string"}, {Type: "integer"},
	}}}
}
