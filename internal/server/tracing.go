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

// tracing has an MCP server trace what it does, in the trace that the request belongs to.
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

// maxText bounds what a client's own words (a method's name) can put into a span.
const maxText = 64

// tracer is mcp-go's tracing interface over OpenTelemetry.
type tracer struct{ trace.Tracer }

func (t tracer) Start(ctx context.Context, name string, kind mcptracing.SpanKind, attrs ...mcptracing.Attribute) (context.Context, mcptracing.Span) {
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

// SetStatus leaves the description out: it can repeat a client's arguments.
func (s span) SetStatus(code mcptracing.StatusCode, _ string) {
	switch code {
	case mcptracing.StatusOK:
		s.Span.SetStatus(codes.Ok, "")
	case mcptracing.StatusError:
		s.Span.SetStatus(codes.Error, "")
	}
}

// RecordError leaves the text out for the same reason.
func (s span) RecordError(error) { s.Span.SetStatus(codes.Error, "") }

func (s span) End() { s.Span.End() }

func shorten(text string) string {
	if len(text) > maxText {
		return text[:maxText]
	}
	return text
}

// headerPropagator takes the caller's trace from HTTP headers. Nothing is put into requests upstream: the trace is
// nobody's business there.
type headerPropagator struct{ propagation.TextMapPropagator }

func (p headerPropagator) Inject(context.Context, http.Header) {}

func (p headerPropagator) Extract(ctx context.Context, headers http.Header) context.Context {
	return p.TextMapPropagator.Extract(ctx, propagation.HeaderCarrier(headers))
}

// metaPropagator takes it from a request's _meta, on every transport.
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
