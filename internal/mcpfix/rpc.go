package mcpfix

import "encoding/json"

// Message is a JSON-RPC request, notification or response, decoded as far as it takes to tell them apart. mcp-go has
// a type for each of them, but none for a message whose kind is still unknown.
type Message struct {
	ID     ID              `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// IsRequest reports whether the message has to be answered.
func (m Message) IsRequest() bool { return m.Method != "" && m.ID.key() != "null" }

// IsResponse reports whether the message answers a request of ours.
func (m Message) IsResponse() bool { return m.Method == "" && (m.Result != nil || m.Error != nil) }

// ID is a request's id as the sender wrote it.
type ID []byte

// UnmarshalJSON keeps the id as it is.
func (id *ID) UnmarshalJSON(raw []byte) error {
	*id = append((*id)[:0], raw...)
	return nil
}

// key is the same for every spelling of an id: 1 and 1.0, "é" and its escape. It is "null" for a missing id.
func (id ID) key() string {
	var value any
	if len(id) > 0 && json.Unmarshal(id, &value) != nil {
		return string(id)
	}
	canonical, _ := json.Marshal(value)
	return string(canonical)
}
