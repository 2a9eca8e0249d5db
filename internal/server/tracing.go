package server

import (
	"context"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
	mcptracing "github.com/mark3labs/mcp-go/tracing"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
)

// tracing returns the options that make an MCP server trace its requests, as part of the trace that the client began.
func tracing(t *telemetry.Telemetry) []mcpserver.ServerOption {
	if t == nil {
		return nil
	}
	return []mcpserver.ServerOption{
		mcpserver.WithMetaPropagator(metaPropagator{t.Propagator}),
		mcpserver.WithPropagator(headerPropagator{t.Propagator}),
		mcpserver.WithTracer(tracer{t.Tracer}),
	}
}

// maxSpanText bounds text from clients in a span, such as the name of an unknown method.
const maxSpanText = 64

// tracer implements mcp-go's tracing interface with OpenTelemetry.
type tracer struct{ trace.Tracer }

func (t tracer) Start(ctx context.Context, name string, kind mcptracing.SpanKind, attrs ...mcptracing.Attribute) (
	context.Context, mcptracing.Span) {
	spanKind := trace.SpanKindInternal
	if kind == mcptracing.SpanKindServer {
		spanKind = trace.SpanKindServer
	}
	ctx, started := t.Tracer.Start(ctx, shorten(name), trace.WithSpanKind(spanKind))
	s := span{started}
	s.SetAttributes(attrs...)
	return mcptracing.ContextWithSpan(ctx, s), s
}

type span struct{ trace.Span }

func (s span) SetAttributes(attrs ...mcptracing.Attribute) {
	for _, a := range attrs {
		s.Span.SetAttributes(attribute.String(a.Key, shorten(a.Value)))
	}
}

// SetStatus leaves out the description, which can repeat a client's arguments.
func (s span) SetStatus(code mcptracing.StatusCode, _ string) {
	switch code {
	case mcptracing.StatusOK:
		s.Span.SetStatus(codes.Ok, "")
	case mcptracing.StatusError:
		s.Span.SetStatus(codes.Error, "")
	}
}

// RecordError leaves out the error's text for the same reason.
func (s span) RecordError(error) { s.Span.SetStatus(codes.Error, "") }

func (s span) End() { s.Span.End() }

func shorten(text string) string {
	if len(text) > maxSpanText {
		return text[:maxSpanText]
	}
	return text
}

// headerPropagator reads the client's trace from HTTP headers. It writes none, so that the trace stays out of requests
// to Maton and Gumroad.
type headerPropagator struct{ propagation.TextMapPropagator }

func (p headerPropagator) Inject(context.Context, http.Header) {}

func (p headerPropagator) Extract(ctx context.Context, headers http.Header) context.Context {
	return p.TextMapPropagator.Extract(ctx, propagation.HeaderCarrier(headers))
}

// metaPropagator reads the client's trace from a request's _meta, on every transport.
type metaPropagator struct{ propagation.TextMapPropagator }

func (p metaPropagator) InjectMeta(_ context.Context, meta *mcp.Meta) *mcp.Meta { return meta }

func (p metaPropagator) ExtractMeta(ctx context.Context, meta *mcp.Meta) context.Context {
	if meta == nil {
		return ctx
	}
	carrier := propagation.MapCarrier{}
	for key, value := range meta.AdditionalFields {
		if text, ok := value.(string); ok {
			carrier[key] = text
		}
	}
	return p.TextMapPropagator.Extract(ctx, carrier)
}
