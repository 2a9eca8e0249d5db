// Package protocol is the JSON-RPC errors that MCP prescribes for resources and prompts.
package protocol

import (
	"context"
	"errors"
	"reflect"
	"unsafe"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Error is a JSON-RPC error as a client is to see it.
type Error struct {
	Code    int
	Message string
	Data    any
}

func (e *Error) Error() string { return e.Message }

// InvalidParams says what is wrong with the parameters of a request.
func InvalidParams(message string) *Error { return &Error{Code: mcp.INVALID_PARAMS, Message: message} }

// Internal says why the server could not do what was asked.
func Internal(message string, data any) *Error {
	return &Error{Code: mcp.INTERNAL_ERROR, Message: message, Data: data}
}

// ResourceNotFound has the code -32002, or -32602 since protocol 2026-07-28.
func ResourceNotFound(ctx context.Context, uri, message string) *Error {
	code := mcp.RESOURCE_NOT_FOUND
	if mcp.IsModernProtocol(server.RequestProtocolVersion(ctx)) {
		code = mcp.INVALID_PARAMS
	}
	return &Error{Code: code, Message: message, Data: map[string]string{"uri": uri}}
}

// Restate is a hook that has the client see the *Error a handler returned, and what is missing where there is no
// handler.
//
// mcp-go answers every handler's error with -32603 and gives hooks no say in it, so Restate writes to the error that
// mcp-go is about to send. Should mcp-go name the fields differently one day, clients get -32603 with the message.
func Restate(ctx context.Context, _ any, _ mcp.MCPMethod, request any, failed error) {
	var as *Error
	read, _ := request.(*mcp.ReadResourceRequest)
	switch {
	case errors.As(failed, &as):
	case errors.Is(failed, server.ErrResourceNotFound) && read != nil:
		as = ResourceNotFound(ctx, read.Params.URI, "There is no such resource; resources/list and resources/templates/list show what there is.")
	case errors.Is(failed, server.ErrPromptNotFound):
		as = InvalidParams("There is no such prompt; prompts/list shows what there is.")
	default:
		return
	}
	v := reflect.ValueOf(failed)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return
	}
	set(v.Elem(), "code", as.Code)
	set(v.Elem(), "err", error(as))
	set(v.Elem(), "data", as.Data)
}

func set[T any](of reflect.Value, name string, value T) {
	if field := of.FieldByName(name); field.IsValid() && field.Type() == reflect.TypeFor[T]() {
		*(*T)(unsafe.Pointer(field.UnsafeAddr())) = value
	}
}
