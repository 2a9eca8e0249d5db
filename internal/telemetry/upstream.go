package telemetry

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
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

// RoundTrip measures the time until the answer's header.
func (m transport) RoundTrip(r *http.Request) (*http.Response, error) {
	template := pathTemplate(r.URL.Path)
	attrs := []attribute.KeyValue{
		attribute.String("http.request.method", r.Method),
		attribute.String("url.template", template),
		attribute.String("server.address", r.URL.Hostname()),
	}
	ctx, span := m.t.tracer.Start(r.Context(), r.Method+" "+template, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
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

// words are what Gumroad's and Maton's paths are made of beside identifiers and names.
var words = []string{
	"gumroad", "v2", "connections",
	"user", "products", "enable", "disable", "offer_codes", "variant_categories", "variants", "custom_fields", "skus",
	"sales", "summary", "refund", "mark_as_shipped", "resend_receipt", "subscribers", "categories",
	"licenses", "verify", "decrement_uses_count", "rotate", "resource_subscriptions", "payouts",
}

// pathTemplate is a path without what is in it of a store: {id} for every segment that is not one of the API's words.
func pathTemplate(path string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i, segment := range segments {
		if !slices.Contains(words, segment) {
			segments[i] = "{id}"
		}
	}
	return "/" + strings.Join(segments, "/")
}
