// Package telemetry is the program's traces and metrics, as OpenTelemetry names them, and what its log lines say of
// the call they belong to.
package telemetry

import (
	"context"
	"errors"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/identity"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Telemetry measures calls and what they cost upstream. A nil Telemetry measures nothing.
type Telemetry struct {
	Tracer     trace.Tracer
	Propagator propagation.TextMapPropagator
	close      func(context.Context) error
	meter      metric.Meter

	calls    metric.Int64Counter
	duration metric.Float64Histogram
	upstream metric.Float64Histogram
	held     metric.Float64Histogram
	refused  metric.Int64Counter

	events   metric.Int64Counter
	lag      metric.Float64Histogram
	webhooks metric.Int64Counter
	judged   metric.Int64Counter
}

// New measures with the given providers.
func New(traces trace.TracerProvider, metrics metric.MeterProvider) (*Telemetry, error) {
	meter := metrics.Meter(identity.Module())
	t := &Telemetry{
		Tracer:     traces.Tracer(identity.Module()),
		Propagator: propagation.TraceContext{},
		close:      func(context.Context) error { return nil },
		meter:      meter,
	}
	var errs [9]error
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
	t.events, errs[5] = meter.Int64Counter("gumroad_mcp.events",
		metric.WithDescription("Events that are new in the journal, by kind and source."))
	t.lag, errs[6] = meter.Float64Histogram("gumroad_mcp.events.lag",
		metric.WithExplicitBucketBoundaries(1, 5, 10, 15, 30, 60, 300, 900, 3600, 86400),
		metric.WithUnit("s"), metric.WithDescription("How long after a sale it was in the journal, by source."))
	t.webhooks, errs[7] = meter.Int64Counter("gumroad_mcp.webhooks",
		metric.WithDescription("Webhooks that came, by outcome: accepted, refused, unknown address or unavailable state."))
	t.judged, errs[8] = meter.Int64Counter("gumroad_mcp.webhooks.verified",
		metric.WithDescription("Webhooks that were read again, by verdict: proven, known, unproven, foreign, old or later."))
	return t, errors.Join(errs[:]...)
}

// ObserveState has the sizes of what instances share looked up whenever metrics are read.
func (t *Telemetry) ObserveState(sizes func(context.Context) (claims, messages, entries int, err error)) error {
	if t == nil {
		return nil
	}
	var errs [4]error
	gauge := func(i int, name, doc string) (g metric.Int64ObservableGauge) {
		g, errs[i] = t.meter.Int64ObservableGauge(name, metric.WithDescription(doc))
		return g
	}
	claimed := gauge(0, "gumroad_mcp.state.claims", "Consents that were used, and jobs that one instance does, as remembered.")
	waiting := gauge(1, "gumroad_mcp.state.webhooks", "Webhooks that have not been read again.")
	journal := gauge(2, "gumroad_mcp.state.events", "Events in the journal.")
	_, errs[3] = t.meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		claims, messages, entries, err := sizes(ctx)
		if err != nil {
			return nil // the state's own log tells why; a gap in the gauges shows when
		}
		o.ObserveInt64(claimed, int64(claims))
		o.ObserveInt64(waiting, int64(messages))
		o.ObserveInt64(journal, int64(entries))
		return nil
	}, claimed, waiting, journal)
	return errors.Join(errs[:]...)
}

// Journaled counts an event that is new in the journal.
func (t *Telemetry) Journaled(ctx context.Context, kind, source string, lag time.Duration) {
	if t == nil {
		return
	}
	from := attribute.String("source", source)
	t.events.Add(ctx, 1, metric.WithAttributes(attribute.String("kind", kind), from))
	if lag > 0 {
		t.lag.Record(ctx, lag.Seconds(), metric.WithAttributes(from))
	}
}

// Received counts a webhook that came.
func (t *Telemetry) Received(ctx context.Context, outcome string) {
	if t != nil {
		t.webhooks.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", outcome)))
	}
}

// Judged counts a webhook that was read again.
func (t *Telemetry) Judged(ctx context.Context, verdict string) {
	if t != nil {
		t.judged.Add(ctx, 1, metric.WithAttributes(attribute.String("verdict", verdict)))
	}
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

// Observe counts a tool call that has ended.
func (t *Telemetry) Observe(ctx context.Context, e tool.Event) {
	if t == nil {
		return
	}
	name, outcome := attribute.String("gen_ai.tool.name", e.Tool), attribute.String("outcome", string(e.Outcome))
	t.calls.Add(ctx, 1, metric.WithAttributes(name, outcome))
	attrs := []attribute.KeyValue{name, attribute.String("mcp.method.name", "tools/call")}
	if e.Outcome.Failed() {
		attrs = append(attrs, attribute.String("error.type", string(e.Outcome)))
	}
	t.duration.Record(ctx, e.Took.Seconds(), metric.WithAttributes(attrs...))
	trace.SpanFromContext(ctx).SetAttributes(outcome)
}
