package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Transport measures the requests that go through next.
func (t *Telemetry) Transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	if next == nil {
		next = http.DefaultTransport
	}
	return transport{t, next}
}

type transport struct {
	t    *Telemetry
	next http.RoundTripper
}

// RoundTrip measures the time until the answer's header. Paths hold ids and names of a store, so they are reported as
// their pattern.
func (m transport) RoundTrip(r *http.Request) (*http.Response, error) {
	template := gumroad.Pattern(r.Context())
	attrs := []attribute.KeyValue{
		attribute.String("http.request.method", r.Method),
		attribute.String("url.template", template),
		attribute.String("server.address", r.URL.Hostname()),
	}
	ctx, span := m.t.Tracer.Start(r.Context(), r.Method+" "+template, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
	defer span.End()
	started := time.Now()
	response, err := m.next.RoundTrip(r.WithContext(ctx))
	took := time.Since(started).Seconds()

	var result []attribute.KeyValue
	switch {
	case err != nil:
		result = append(result, attribute.String("error.type", "no_answer"))
		span.SetStatus(codes.Error, "")
	default:
		result = append(result, attribute.Int("http.response.status_code", response.StatusCode))
		if response.StatusCode >= 400 {
			result = append(result, attribute.String("error.type", strconv.Itoa(response.StatusCode)))
			span.SetStatus(codes.Error, "")
		}
	}
	span.SetAttributes(result...)
	m.t.upstream.Record(ctx, took, metric.WithAttributes(append(attrs, result...)...))
	return response, err
}
