package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
)

// operator serves /_sandbox, for tests written in other languages.
func (c *call) operator(path string) reply {
	switch c.http.Method + " " + path {
	case "GET /journal":
		return operatorOK(map[string]any{"entries": append([]Entry{}, c.sb.Journal()...)})
	case "DELETE /journal":
		c.sb.ResetJournal()
		return newReply(http.StatusNoContent, "", nil)
	case "GET /faults":
		return operatorOK(map[string]any{"faults": c.sb.faults.list()})
	case "POST /faults":
		var f Fault
		if problem := c.decode(&f); problem != nil {
			return *problem
		}
		c.sb.faults.add(f)
		return operatorOK(f)
	case "DELETE /faults":
		c.sb.ClearFaults()
		return newReply(http.StatusNoContent, "", nil)
	case "GET /highlights":
		return operatorOK(map[string]any{"highlights": c.sb.Highlights()})
	case "POST /events":
		var e Event
		if problem := c.decode(&e); problem != nil {
			return *problem
		}
		if err := c.sb.Happen(e); err != nil {
			return operatorError(err)
		}
		return operatorOK(e)
	case "POST /sales":
		var p Purchase
		if problem := c.decode(&p); problem != nil {
			return *problem
		}
		id, err := c.sb.Buy(p)
		if err != nil {
			return operatorError(err)
		}
		return operatorOK(map[string]any{"sale_id": id})
	}
	return newReply(http.StatusNotFound, "application/json", mustJSON(newObject().with("error", "no such sandbox endpoint")))
}

func operatorOK(v any) reply { return newReply(http.StatusOK, "application/json", mustJSON(v)) }

func operatorError(err error) reply {
	return newReply(http.StatusBadRequest, "application/json", mustJSON(map[string]any{"error": err.Error()}))
}

func (c *call) decode(into any) *reply {
	if c.http.Body == nil {
		return new(operatorError(io.ErrUnexpectedEOF))
	}
	d := json.NewDecoder(io.LimitReader(c.http.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return new(operatorError(err))
	}
	return nil
}
