package server_test

import (
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
)

func TestTelemetry(t *testing.T) {
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()
	measured, err := telemetry.New(trace.NewTracerProvider(trace.WithSyncer(spans)), metric.NewMeterProvider(metric.WithReader(reader)))
	if err != nil {
		t.Fatal(err)
	}
	f := start(t, func(s *setup) {
		s.options.Telemetry = measured
		s.client.Transport, s.client.Waited = measured.Transport(s.client.Transport), measured.Waited
	})
	connection := f.sandbox.Highlights()[0].ID
	const (
		fromHeader = "0af7651916cd43dd8448eb211c80319c"
		fromMeta   = "1af7651916cd43dd8448eb211c80319d"
		canary     = "canary-product-id"
	)
	user := callBody("get_user", map[string]any{"connection_id": connection})
	f.post(user, "Traceparent", "00-"+fromHeader+"-b7ad6b7169203331-01")
	f.post(strings.Replace(user, `"params":{`, `"params":{"_meta":{"traceparent":"00-`+fromMeta+`-b7ad6b7169203331-01"},`, 1))
	f.post(callBody("get_product", map[string]any{"connection_id": connection, "product_id": canary}))
	f.post(user, "Host", "evil.example")

	traces := map[string][]string{} // the spans' names, by trace
	for _, span := range spans.GetSpans() {
		id := span.SpanContext.TraceID().String()
		traces[id] = append(traces[id], span.Name)
		for _, attr := range span.Attributes {
			if text := attr.Value.AsString(); strings.Contains(text, canary) || strings.Contains(text, sandbox.MatonKey) && attr.Key != "outcome" {
				t.Errorf("the span %s says %s=%s", span.Name, attr.Key, text)
			}
		}
		if strings.Contains(span.Name+span.Status.Description, canary) {
			t.Errorf("an argument is in the span %q, %q", span.Name, span.Status.Description)
		}
	}
	for source, id := range map[string]string{"the header": fromHeader, "_meta": fromMeta} {
		for _, name := range []string{"mcp.tools/call", "tool.gumroad_get_user", "GET /gumroad/v2/user"} {
			if !slices.Contains(traces[id], name) {
				t.Errorf("the trace of %s has the spans %q, without %s", source, traces[id], name)
			}
		}
	}
	if !strings.Contains(f.log.String(), "trace_id="+fromHeader) {
		t.Error("the log line does not name its trace")
	}

	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{} // count, by metric and its attributes
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					got[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] += uint64(p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					got[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] += p.Count
				}
			}
		}
	}
	for _, want := range []struct {
		name  string
		count uint64
	}{
		{"gumroad_mcp.calls gen_ai.tool.name=gumroad_get_user,outcome=ok", 2},
		{"gumroad_mcp.calls gen_ai.tool.name=gumroad_get_product,outcome=not_found", 1},
		{"mcp.server.operation.duration error.type=not_found,gen_ai.tool.name=gumroad_get_product,mcp.method.name=tools/call", 1},
		{"http.client.request.duration http.request.method=GET,http.response.status_code=200,server.address=gateway.maton.ai,url.template=/gumroad/v2/user", 2},
		{"http.client.request.duration http.request.method=GET,http.response.status_code=200,server.address=gateway.maton.ai,url.template=/gumroad/v2/products/{product_id}", 1},
		{"gumroad_mcp.rate_limit.wait ", 3},
		{"gumroad_mcp.http.refused http.response.status_code=403", 1},
	} {
		if got[want.name] != want.count {
			t.Errorf("%s: %d, want %d; there are %v", want.name, got[want.name], want.count, got)
		}
	}
}
