package conformance

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// The fixtures have the names, texts and behaviours that the suite prescribes.

const (
	pixel   = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	silence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
)

type (
	toolHandler = func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error)
	object      = map[string]any
)

var noArguments = object{"type": "object", "additionalProperties": false}

// register puts the fixtures on s.
func register(s *server.MCPServer) {
	for name, handler := range map[string]toolHandler{
		"test_simple_text":       shows(mcp.NewTextContent("This is a simple text response for testing.")),
		"test_image_content":     shows(mcp.NewImageContent(pixel, "image/png")),
		"test_audio_content":     shows(mcp.NewAudioContent(silence, "audio/wav")),
		"test_embedded_resource": shows(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
		"test_multiple_content_types": shows(mcp.NewTextContent("Multiple content types test:"), mcp.NewImageContent(pixel, "image/png"),
			embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`)),
		"test_error_handling": func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultError("This tool intentionally returns an error for testing"), nil
		},
		"test_tool_with_logging": notifies(s, "notifications/message",
			object{"level": "info", "data": "Tool execution started"},
			object{"level": "info", "data": "Tool processing data"},
			object{"level": "info", "data": "Tool execution completed"}),
		"test_tool_with_progress": notifies(s, "notifications/progress",
			object{"progress": 0, "total": 100}, object{"progress": 50, "total": 100}, object{"progress": 100, "total": 100}),
		"test_logging_tool":        shows(mcp.NewTextContent("nothing was logged: the request set no level")),
		"test_missing_capability":  needsSampling,
		"test_reconnection":        shows(mcp.NewTextContent("reconnected")),
		"test_trigger_tool_change": shows(mcp.NewTextContent("the list of tools never changes")),

		"test_elicitation": asks("user response", func(b *server.InputRequestBuilder) {
			b.Elicit("user", form("Please provide your information", object{"username": text(), "email": text()}))
		}),
		"test_sampling": asks("LLM response", func(b *server.InputRequestBuilder) { b.Sample("llm", sample("Hello", 100)) }),
		"test_elicitation_sep1034_defaults": asks("Elicitation completed", func(b *server.InputRequestBuilder) {
			b.Elicit("defaults", form("Please review your profile", object{
				"name":     object{"type": "string", "default": "John Doe"},
				"age":      object{"type": "integer", "default": 30},
				"score":    object{"type": "number", "default": 95.5},
				"status":   object{"type": "string", "enum": []string{"active", "inactive", "pending"}, "default": "active"},
				"verified": object{"type": "boolean", "default": true},
			}))
		}),
		"test_elicitation_sep1330_enums": asks("Elicitation completed", func(b *server.InputRequestBuilder) {
			b.Elicit("enums", form("Please select options", object{
				"untitledSingle": object{"type": "string", "enum": []string{"option1", "option2"}},
				"titledSingle":   object{"type": "string", "oneOf": titled("value1", "value2")},
				"legacyEnum":     object{"type": "string", "enum": []string{"opt1", "opt2"}, "enumNames": []string{"Option One", "Option Two"}},
				"untitledMulti":  object{"type": "array", "items": object{"type": "string", "enum": []string{"option1", "option2"}}},
				"titledMulti":    object{"type": "array", "items": object{"anyOf": titled("value1", "value2")}},
			}))
		}),
		"test_streaming_elicitation": asks("streamed", func(b *server.InputRequestBuilder) {
			b.Elicit("user", form("Stream?", object{"ok": object{"type": "boolean"}}))
		}),

		"test_input_required_result_elicitation": asks("Hello", func(b *server.InputRequestBuilder) { b.Elicit("user_name", name()) }),
		"test_input_required_result_sampling": asks("the answer", func(b *server.InputRequestBuilder) {
			b.Sample("capital_question", sample("What is the capital of France?", 100))
		}),
		"test_input_required_result_list_roots": asks("the roots", func(b *server.InputRequestBuilder) { b.Roots("client_roots") }),
		"test_input_required_result_multiple_inputs": asks("all of it", func(b *server.InputRequestBuilder) {
			b.Elicit("user_name", name()).Sample("greeting", sample("Generate a greeting", 50)).Roots("client_roots").RequestState(seal("multiple"))
		}),
		"test_input_required_result_request_state":  sealed("state-ok"),
		"test_input_required_result_tampered_state": sealed("not tampered with"),
		"test_input_required_result_multi_round":    rounds,
		"test_input_required_result_capabilities":   declaredOnly,
	} {
		add(s, name, noArguments, handler)
	}
	add(s, "json_schema_2020_12_tool", object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"type":    "object",
		"$defs": object{"address": object{"$anchor": "addressDef", "type": "object",
			"properties": object{"street": text(), "city": text()}}},
		"properties": object{"name": text(), "address": object{"$ref": "#/$defs/address"},
			"contactMethod": object{"type": "string", "enum": []string{"phone", "email"}}, "phone": text(), "email": text()},
		"allOf":                []object{{"anyOf": []object{{"required": []string{"phone"}}, {"required": []string{"email"}}}}},
		"if":                   object{"properties": object{"contactMethod": object{"const": "phone"}}, "required": []string{"contactMethod"}},
		"then":                 object{"required": []string{"phone"}},
		"else":                 object{"required": []string{"email"}},
		"additionalProperties": false,
	}, shows(mcp.NewTextContent("valid")))
	add(s, "test_header_tool", object{"type": "object",
		"properties": object{"region": object{"type": "string", "x-mcp-header": "Region"}}}, shows(mcp.NewTextContent("the header fits")))

	registerResources(s)
	registerPrompts(s)
}

const about = "A fixture of the conformance suite."

func prompt(name string, options ...mcp.PromptOption) mcp.Prompt {
	return mcp.NewPrompt(name, append(options, mcp.WithPromptDescription(about))...)
}

func add(s *server.MCPServer, name string, schema object, handler toolHandler) {
	raw, err := json.Marshal(schema)
	if err != nil {
		panic(err)
	}
	s.AddTool(mcp.NewToolWithRawSchema(name, about, raw), handler)
}

func text() object { return object{"type": "string"} }

func titled(values ...string) (options []object) {
	for _, value := range values {
		options = append(options, object{"const": value, "title": strings.ToUpper(value)})
	}
	return options
}

func form(message string, properties object) mcp.ElicitationParams {
	return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: message,
		RequestedSchema: object{"type": "object", "properties": properties}}
}

func name() mcp.ElicitationParams { return form("What is your name?", object{"name": text()}) }

func sample(prompt string, maxTokens int) mcp.CreateMessageParams {
	return mcp.CreateMessageParams{MaxTokens: maxTokens,
		Messages: []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(prompt)}}}
}

func embedded(uri, mime, content string) mcp.Content {
	return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: mime, Text: content})
}

func shows(content ...mcp.Content) toolHandler {
	return func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: content}, nil
	}
}

func notifies(s *server.MCPServer, method string, all ...object) toolHandler {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, one := range all {
			params := object{}
			for key, value := range one {
				params[key] = value
			}
			if meta := request.Params.Meta; method == "notifications/progress" && meta != nil {
				params["progressToken"] = meta.ProgressToken
			}
			if err := mcpfix.Notify(ctx, s, method, params); err != nil {
				return nil, err
			}
		}
		return mcp.NewToolResultText("done"), nil
	}
}

// asks asks the client, and is done when everything was answered with something of the right form.
func asks(done string, build func(*server.InputRequestBuilder)) toolHandler {
	return func(_ context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		questions := server.NewInputRequestBuilder("")
		build(questions)
		result := questions.ToolResult()
		for id, question := range result.InputRequests {
			given, ok := request.Params.InputResponses[id]
			if !ok || given.DecodeFor(mcp.MCPMethod(question.Method)) != nil {
				return result, nil
			}
		}
		return mcp.NewToolResultText(done), nil
	}
}

func seal(state string) string {
	mac := hmac.New(sha256.New, []byte("of this test only"))
	mac.Write([]byte(state))
	return state + "." + hex.EncodeToString(mac.Sum(nil))
}

func sealed(done string) toolHandler {
	return func(_ context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if request.Params.InputResponses == nil {
			return server.NewInputRequestBuilder(seal("confirm")).Elicit("confirm", form("Please confirm", object{"ok": object{"type": "boolean"}})).ToolResult(), nil
		}
		if request.Params.RequestState != seal("confirm") {
			return nil, errors.New("the request state is not one of this server's")
		}
		return mcp.NewToolResultText(done), nil
	}
}

func rounds(_ context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	switch request.Params.RequestState {
	case seal("round 1"):
		return server.NewInputRequestBuilder(seal("round 2")).Elicit("step2", form("Step 2: What is your favorite color?", object{"color": text()})).ToolResult(), nil
	case seal("round 2"):
		return mcp.NewToolResultText("done"), nil
	default:
		return server.NewInputRequestBuilder(seal("round 1")).Elicit("step1", form("Step 1: What is your name?", object{"name": text()})).ToolResult(), nil
	}
}

func declaredOnly(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	questions, capabilities := server.NewInputRequestBuilder(""), server.RequestProtocolInfoFromContext(ctx).ClientCapabilities
	if capabilities != nil && capabilities.Sampling != nil {
		questions.Sample("sampled", sample("Hello", 10))
	}
	if capabilities != nil && capabilities.Elicitation != nil {
		questions.Elicit("elicited", name())
	}
	return questions.ToolResult(), nil
}

// needsSampling fails with the protocol error for a client that cannot be asked to sample.
func needsSampling(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if c := server.RequestProtocolInfoFromContext(ctx).ClientCapabilities; c != nil && c.Sampling != nil {
		return mcp.NewToolResultText("sampling is there"), nil
	}
	mcpfix.ChooseError(ctx, mcp.JSONRPCErrorDetails{
		Code:    mcp.MISSING_REQUIRED_CLIENT_CAPABILITY,
		Message: "This tool needs sampling.",
		Data:    object{"requiredCapabilities": object{"sampling": object{}}},
	})
	return nil, errors.New("the client has no sampling")
}

func registerResources(s *server.MCPServer) {
	read := func(contents func(uri string) mcp.ResourceContents) server.ResourceHandlerFunc {
		return func(_ context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{contents(request.Params.URI)}, nil
		}
	}
	plain := func(content string) server.ResourceHandlerFunc {
		return read(func(uri string) mcp.ResourceContents {
			return mcp.TextResourceContents{URI: uri, MIMEType: "text/plain", Text: content}
		})
	}
	s.AddResource(mcp.NewResource("test://static-text", "static-text", mcp.WithMIMEType("text/plain")),
		plain("This is the content of the static text resource."))
	s.AddResource(mcp.NewResource("test://watched-resource", "watched-resource", mcp.WithMIMEType("text/plain")), plain("watched"))
	s.AddResource(mcp.NewResource("test://static-binary", "static-binary", mcp.WithMIMEType("image/png")),
		read(func(uri string) mcp.ResourceContents {
			return mcp.BlobResourceContents{URI: uri, MIMEType: "image/png", Blob: pixel}
		}))
	s.AddResourceTemplate(mcp.NewResourceTemplate("test://template/{id}/data", "template", mcp.WithTemplateMIMEType("application/json")),
		server.ResourceTemplateHandlerFunc(read(func(uri string) mcp.ResourceContents {
			id := strings.Split(uri, "/")[3]
			return mcp.TextResourceContents{URI: uri, MIMEType: "application/json", Text: fmt.Sprintf(`{"id":%q,"templateTest":true,"data":"Data for ID: %s"}`, id, id)}
		})))
}

func registerPrompts(s *server.MCPServer) {
	says := func(content ...mcp.Content) server.PromptHandlerFunc {
		return func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			result := &mcp.GetPromptResult{}
			for _, one := range content {
				result.Messages = append(result.Messages, mcp.PromptMessage{Role: mcp.RoleUser, Content: one})
			}
			return result, nil
		}
	}
	s.AddPrompt(prompt("test_simple_prompt"), says(mcp.NewTextContent("This is a simple prompt for testing.")))
	s.AddPrompt(prompt("test_prompt_with_image"),
		says(mcp.NewImageContent(pixel, "image/png"), mcp.NewTextContent("Please analyze the image above.")))
	s.AddPrompt(prompt("test_prompt_with_arguments",
		mcp.WithArgument("arg1", mcp.RequiredArgument()), mcp.WithArgument("arg2", mcp.RequiredArgument())),
		func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			given := request.Params.Arguments
			return says(mcp.NewTextContent(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", given["arg1"], given["arg2"])))(ctx, request)
		})
	s.AddPrompt(prompt("test_prompt_with_embedded_resource", mcp.WithArgument("resourceUri", mcp.RequiredArgument())),
		func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return says(embedded(request.Params.Arguments["resourceUri"], "text/plain", "Embedded resource content for testing."),
				mcp.NewTextContent("Please process the embedded resource above."))(ctx, request)
		})
	s.AddPrompt(prompt("test_input_required_result_prompt"),
		func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			if server.ElicitationResponse(request.Params.InputResponses, "user_context") == nil {
				return server.NewInputRequestBuilder("").Elicit("user_context", form("What context should the prompt use?", object{"context": text()})).PromptResult(), nil
			}
			return says(mcp.NewTextContent("With that context."))(ctx, request)
		})
}
