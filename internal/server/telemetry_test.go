package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestTelemetry(t *testing.T) {
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()
	measured, err := telemetry.New(trace.NewTracerProvider(trace.WithSyncer(spans)),
		metric.NewMeterProvider(metric.WithReader(reader)))
	if err != nil {
		t.Fatal(err)
	}
	s := testserver.StartHTTP(t, testserver.FirstStore, func(s *testserver.Settings) { s.Telemetry = measured })
	const (
		fromHeader = "0af7651916cd43dd8448eb211c80319c"
		fromMeta   = "1af7651916cd43dd8448eb211c80319d"
		fromListen = "2af7651916cd43dd8448eb211c80319e"
		canary     = "canary-product-id-0000"
	)
	s.Post(getUser, "Traceparent", "00-"+fromHeader+"-b7ad6b7169203331-01")
	meta := `"_meta":{"traceparent":"00-` + fromMeta + `-b7ad6b7169203331-01"}`
	s.Post(strings.Replace(getUser, `"params":{`, `"params":{`+meta+`,`, 1))
	s.Post(listenBody(1), modern("subscriptions/listen", "Traceparent", "00-"+fromListen+"-b7ad6b7169203331-01")...)
	s.Post(testserver.CallBody("get_product", map[string]any{"product_id": canary}))
	s.Post(getUser, "Host", "evil.example")

	traces := map[string][]string{} // the spans' names, by trace
	for _, span := range spans.GetSpans() {
		id := span.SpanContext.TraceID().String()
		traces[id] = append(traces[id], span.Name)
	}
	for source, id := range map[string]string{"the header": fromHeader, "_meta": fromMeta} {
		t.Run("a call belongs to the trace that "+source+" names", func(t *testing.T) {
			for _, name := range []string{"mcp.tools/call", "tool.gumroad_get_user", "GET /gumroad/v2/user"} {
				if !slices.Contains(traces[id], name) {
					t.Errorf("want the span %s, got %q", name, traces[id])
				}
			}
		})
	}
	t.Run("so does a stream of changes", func(t *testing.T) {
		if diff := cmp.Diff([]string{"mcp.subscriptions/listen"}, traces[fromListen]); diff != "" {
			t.Errorf("spans (-want +got):\n%s", diff)
		}
	})
	t.Run("spans hold neither arguments nor keys", func(t *testing.T) {
		for _, span := range spans.GetSpans() {
			said := []string{span.Name, span.Status.Description}
			for _, attr := range span.Attributes {
				if attr.Key != "outcome" {
					said = append(said, attr.Value.AsString())
				}
			}
			for _, text := range said {
				if strings.Contains(text, canary) || strings.Contains(text, sandbox.MatonKey) {
					t.Errorf("%s says %q", span.Name, text)
				}
			}
		}
	})
	t.Run("a log line names its trace", func(t *testing.T) {
		if want := "trace_id=" + fromHeader; !strings.Contains(s.Log.String(), want) {
			t.Errorf("want %s, got %s", want, s.Log)
		}
	})
	got := counts(t, reader)
	const answered = "http.client.request.duration http.request.method=GET,http.response.status_code=200," +
		"server.address=gateway.maton.ai,url.template=/gumroad/v2"
	for name, want := range map[string]uint64{
		"gumroad_mcp.calls gen_ai.tool.name=gumroad_get_user,outcome=ok":           2,
		"gumroad_mcp.calls gen_ai.tool.name=gumroad_get_product,outcome=not_found": 1,
		"mcp.server.operation.duration error.type=not_found,gen_ai.tool.name=gumroad_get_product," +
			"mcp.method.name=tools/call": 1,
		answered + "/user":                                       2,
		answered + "/products/{product_id}":                      1,
		"gumroad_mcp.rate_limit.wait ":                           3,
		"gumroad_mcp.http.refused http.response.status_code=403": 1,
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, got[name]); diff != "" {
				t.Errorf("count (-want +got):\n%s\nthere are %v", diff, got)
			}
		})
	}
}

// counts is how often each metric was measured, by its name and attributes.
func counts(t *testing.T, reader *metric.ManualReader) map[string]uint64 {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint64{}
	add := func(name string, attributes attribute.Set, count uint64) {
		counts[name+" "+attributes.Encoded(attribute.DefaultEncoder())] += count
	}
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(m.Name, p.Attributes, uint64(p.Value))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(m.Name, p.Attributes, p.Count)
				}
			}
		}
	}
	return counts
}
