// Package telemetry is the program's traces and metrics, as OpenTelemetry names them, and what its log lines say of
// the call they belong to.
package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/gumroad-mcp/gumroad-mcp"

// Telemetry measures calls and what they cost upstream. A nil Telemetry measures nothing.
type Telemetry struct {
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	close      func(context.Context) error

	calls    metric.Int64Counter
	duration metric.Float64Histogram
	upstream metric.Float64Histogram
	held     metric.Float64Histogram
	refused  metric.Int64Counter
}

// New measures with the given providers.
func New(traces trace.TracerProvider, metrics metric.MeterProvider) (*Telemetry, error) {
	meter := metrics.Meter(scope)
	t := &Telemetry{
		tracer:     traces.Tracer(scope),
		propagator: propagation.TraceContext{},
		close:      func(context.Context) error { return nil },
	}
	var errs [5]error
	seconds := metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
	t.calls, errs[0] = meter.Int64Counter("gumroad_mcp.calls",
		metric.WithDescription("Tool calls, by tool and outcome: ok, input_required or the error's code."))
	t.duration, errs[1] = meter.Float64Histogram("mcp.server.operation.duration", seconds,
		metric.WithUnit("s"), metric.WithDescription("How long a tool call took."))
	t.upstream, errs[2] = meter.Float64Histogram("http.client.request.duration", seconds,
		metric.WithUnit("s"), metric.WithDescription("How long Maton or Gumroad took to answer one request."))
	t.held, errs[3] = meter.Float64Histogram("gumroad_mcp.rate_limit.wait", seconds,
		metric.WithUnit("s"), metric.WithDescription("How long a request was held back to keep to the rate upstream allows."))
	t.refused, errs[4] = meter.Int64Counter("gumroad_mcp.http.refused",
		metric.WithDescription("HTTP requests turned away before they reached MCP, by status."))
	return t, errors.Join(errs[:]...)
}

// Close sends what is left to send.
func (t *Telemetry) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.close(ctx)
}

// Waited counts the time a request upstream was held back.
func (t *Telemetry) Waited(ctx context.Context, held time.Duration) {
	if t != nil {
		t.held.Record(ctx, held.Seconds())
	}
}

// Refused counts a request that was turned away with an HTTP status.
func (t *Telemetry) Refused(ctx context.Context, status int) {
	if t != nil {
		t.refused.Add(ctx, 1, metric.WithAttributes(attribute.Int("http.response.status_code", status)))
	}
}

// ServerOptions trace and measure what an MCP server does. They go before others: the first middleware is the
// outermost.
func (t *Telemetry) ServerOptions() []mcpserver.ServerOption {
	if t == nil {
		return nil
	}
	return []mcpserver.ServerOption{
		mcpserver.WithMetaPropagator(metaPropagator{t.propagator}),
		mcpserver.WithPropagator(headerPropagator{t.propagator}),
		mcpserver.WithTracer(tracer{t.tracer}),
		mcpserver.WithToolHandlerMiddleware(t.measured),
	}
}

func (t *Telemetry) measured(next mcpserver.ToolHandlerFunc) mcpserver.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		started := time.Now()
		result, err := next(ctx, request)
		took := time.Since(started).Seconds()

		tool, outcome := attribute.String("gen_ai.tool.name", request.Params.Name), outcome(result, err)
		t.calls.Add(ctx, 1, metric.WithAttributes(tool, attribute.String("outcome", outcome)))
		attrs := []attribute.KeyValue{tool, attribute.String("mcp.method.name", string(mcp.MethodToolsCall))}
		if outcome != "ok" && outcome != "input_required" {
			attrs = append(attrs, attribute.String("error.type", outcome))
		}
		t.duration.Record(ctx, took, metric.WithAttributes(attrs...))
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("outcome", outcome))
		return result, err
	}
}

// outcome is ok, input_required, or the code of the error.
func outcome(result *mcp.CallToolResult, err error) string {
	switch {
	case err != nil || result == nil:
		return "internal_error"
	case result.NeedsInput():
		return "input_required"
	case !result.IsError:
		return "ok"
	}
	var structured struct {
		Code string `json:"code"`
	}
	raw, err := json.Marshal(result.StructuredContent)
	if err != nil || json.Unmarshal(raw, &structured) != nil || structured.Code == "" {
		return "error"
	}
	return structured.Code
}
