package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// tryStart gives what was started and everything that was written to stderr: the log's JSON lines and the console
// exporters' output. Both are complete once the telemetry is closed.
func tryStart(t *testing.T, environment map[string]string) (*telemetry.Telemetry, *bytes.Buffer, error) {
	t.Helper()
	for name, value := range environment {
		t.Setenv(name, value) // the exporters read the process's own environment
	}
	var stderr bytes.Buffer
	started, err := telemetry.Start(t.Context(), func(name string) string { return environment[name] },
		slog.New(slog.NewJSONHandler(&stderr, nil)), &stderr, "test")
	return started, &stderr, err
}

func start(t *testing.T, environment map[string]string) (*telemetry.Telemetry, *bytes.Buffer) {
	t.Helper()
	started, stderr, err := tryStart(t, environment)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { started.Close(context.Background()) })
	return started, stderr
}

// refund measures one request to a path with an identifier in it, which is refused before it does anything.
func refund(t *testing.T, measuring *telemetry.Telemetry) {
	t.Helper()
	upstream := httptest.NewServer(http.NotFoundHandler())
	defer upstream.Close()
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), GatewayURL: upstream.URL,
		Transport: measuring.Transport(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.RefundSale(t.Context(), gumroad.RefundSale{SaleRef: gumroad.SaleRef{SaleID: "canary-id"}}); !errors.Is(err, gumroad.NotFound) {
		t.Fatal(err)
	}
}

func shut(t *testing.T, running *telemetry.Telemetry) {
	t.Helper()
	if err := running.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// collector is an OTLP receiver that keeps what each path was sent: the names of spans or metrics.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	received map[string][]string
	headers  http.Header
}

func newCollector(t *testing.T) *collector {
	c := &collector{received: map[string][]string{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var names []string
		switch {
		case err != nil:
		case strings.HasSuffix(r.URL.Path, "traces"):
			// A request's message has the same one field as TracesData.
			var data tracepb.TracesData
			err = proto.Unmarshal(body, &data)
			for _, resource := range data.ResourceSpans {
				for _, scope := range resource.ScopeSpans {
					for _, span := range scope.Spans {
						names = append(names, span.Name)
					}
				}
			}
		default:
			var data metricspb.MetricsData
			err = proto.Unmarshal(body, &data)
			for _, resource := range data.ResourceMetrics {
				for _, scope := range resource.ScopeMetrics {
					for _, metric := range scope.Metrics {
						names = append(names, metric.Name)
					}
				}
			}
		}
		if err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.received[r.URL.Path] = append(c.received[r.URL.Path], names...)
		c.headers = r.Header
	}))
	t.Cleanup(c.Close)
	return c
}

func TestNothingStartsUnasked(t *testing.T) {
	for name, environment := range map[string]map[string]string{
		"no variable":        {},
		"SDK disabled":       {"OTEL_SDK_DISABLED": "True", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
		"exporters none":     {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
		"service name alone": {"OTEL_SERVICE_NAME": "x"},
		"protocol alone":     {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
	} {
		t.Run(name, func(t *testing.T) {
			if started, _ := start(t, environment); started != nil {
				t.Error("telemetry was started")
			}
		})
	}
}

func TestNilTelemetryDoesNothing(t *testing.T) {
	var none *telemetry.Telemetry
	none.Waited(t.Context(), 1)
	none.Refused(t.Context(), 403)
	none.Observe(t.Context(), tool.Event{})
	if none.Transport(http.DefaultTransport) != http.DefaultTransport {
		t.Error("it wraps the transport")
	}
	if err := none.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConsoleWritesToStderr(t *testing.T) {
	started, stderr := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "console",
		"OTEL_SERVICE_NAME": "named-by-the-operator"})
	refund(t, started)
	shut(t, started)
	got := stderr.String()
	for _, part := range []string{
		"PUT /gumroad/v2/sales/{sale_id}/refund", "http.client.request.duration", "named-by-the-operator",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %s in %s", part, got)
		}
	}
	if strings.Contains(got, "canary-id") {
		t.Error("an identifier was exported")
	}
}

func TestOTLP(t *testing.T) {
	const span, metric = "PUT /gumroad/v2/sales/{sale_id}/refund", "http.client.request.duration"
	for name, test := range map[string]struct {
		environment func(url string) map[string]string
		want        map[string][]string
	}{
		"an endpoint gets both signals": {
			func(url string) map[string]string { return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url} },
			map[string][]string{"/v1/traces": {span}, "/v1/metrics": {metric}},
		},
		"a signal's endpoint gets that signal at that address": {
			func(url string) map[string]string {
				return map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url + "/my/traces"}
			},
			map[string][]string{"/my/traces": {span}},
		},
		"exporter none leaves a signal out": {
			func(url string) map[string]string {
				return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_TRACES_EXPORTER": "none"}
			},
			map[string][]string{"/v1/metrics": {metric}},
		},
		"a signal's protocol goes before the general one": {
			func(url string) map[string]string {
				return map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url + "/v1/traces",
					"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}
			},
			map[string][]string{"/v1/traces": {span}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			receiver := newCollector(t)
			environment := test.environment(receiver.URL)
			environment["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer%20k"
			started, stderr := start(t, environment)
			refund(t, started)
			shut(t, started)
			if diff := cmp.Diff(test.want, receiver.received); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff("Bearer k", receiver.headers.Get("Authorization")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff("", stderr.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// logLines are the lines of the log without their time.
func logLines(t *testing.T, stderr *bytes.Buffer) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(stderr.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		delete(fields, "time")
		lines = append(lines, fields)
	}
	return lines
}

func TestSDKErrorsAreLogLines(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "full\nup", http.StatusBadRequest)
	}))
	defer receiver.Close()
	started, stderr := start(t, map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": receiver.URL + "/v1/traces"})
	refund(t, started)
	shut(t, started)
	want := []map[string]any{{"level": "WARN", "msg": "telemetry failed", "error": "traces export: failed to send to " +
		receiver.URL + "/v1/traces: 400 Bad Request (body: full\nup)"}}
	if diff := cmp.Diff(want, logLines(t, stderr)); diff != "" {
		t.Error(diff)
	}
}

func TestSDKNoticesAreDebugLines(t *testing.T) {
	var log bytes.Buffer
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	started, err := telemetry.Start(t.Context(), os.Getenv,
		slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), io.Discard, "test")
	if err != nil {
		t.Fatal(err)
	}
	shut(t, started)
	levels := map[any]bool{}
	for _, line := range logLines(t, &log) {
		levels[line["level"]] = true
	}
	if diff := cmp.Diff(map[any]bool{"DEBUG": true}, levels); diff != "" {
		t.Error(diff)
	}
}

func TestPrometheus(t *testing.T) {
	environment := map[string]string{"OTEL_METRICS_EXPORTER": "prometheus",
		"OTEL_EXPORTER_PROMETHEUS_HOST": "127.0.0.1", "OTEL_EXPORTER_PROMETHEUS_PORT": "0"}
	started, stderr := start(t, environment)
	refund(t, started)
	address, _ := logLines(t, stderr)[0]["url"].(string)
	served, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("listens where the variables say", func(t *testing.T) {
		if diff := cmp.Diff("127.0.0.1", served.Hostname()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("serves the metrics", func(t *testing.T) {
		response, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{
			`http_client_request_duration_seconds_count{`,
			`url_template="/gumroad/v2/sales/{sale_id}/refund"`,
			`service_name="gumroad-mcp"`,
		} {
			if !bytes.Contains(body, []byte(part)) {
				t.Errorf("no %s in %s", part, body)
			}
		}
	})
	t.Run("does not start on a port that is taken", func(t *testing.T) {
		taken := maps.Clone(environment)
		taken["OTEL_EXPORTER_PROMETHEUS_PORT"] = served.Port()
		_, _, err := tryStart(t, taken)
		if err == nil {
			t.Fatal("it started")
		}
		names, _, _ := strings.Cut(err.Error(), ": ") // the rest is the system's text
		if diff := cmp.Diff("OTEL_EXPORTER_PROMETHEUS_HOST, OTEL_EXPORTER_PROMETHEUS_PORT", names); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("stops listening when closed", func(t *testing.T) {
		shut(t, started)
		if response, err := http.Get(address); err == nil {
			response.Body.Close()
			t.Error("it still answers")
		}
	})
}

func TestErrorsNameTheVariable(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	const address = "http://127.0.0.1:1"
	for _, test := range []struct {
		environment map[string]string
		want        string
	}{
		{map[string]string{"OTEL_SDK_DISABLED": "yes"}, `OTEL_SDK_DISABLED: "yes" is not supported; allowed: true, false`},
		{map[string]string{"OTEL_METRICS_EXPORTER": "carrier-pigeon"},
			`OTEL_METRICS_EXPORTER: "carrier-pigeon" is not supported; allowed: otlp, prometheus, console, none`},
		{map[string]string{"OTEL_TRACES_EXPORTER": "prometheus"},
			`OTEL_TRACES_EXPORTER: "prometheus" is not supported; allowed: otlp, console, none`},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			`OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" is not supported; allowed: http/protobuf`},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"},
			`OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc" is not supported; allowed: http/protobuf`},
		{map[string]string{"OTEL_METRICS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/json"},
			`OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json" is not supported; allowed: http/protobuf`},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
			"OTEL_EXPORTER_OTLP_ENDPOINT: not an address of the form http://host:port or https://host:port"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_HEADERS": "secret"},
			"OTEL_EXPORTER_OTLP_HEADERS: not of the form name=value,name=value with percent-encoded values"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_TIMEOUT": "10s"},
			`OTEL_EXPORTER_OTLP_TIMEOUT: "10s" is not a whole number from 0`},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"},
			`OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" is not supported; allowed: gzip, none`},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_CERTIFICATE": notPEM},
			"OTEL_EXPORTER_OTLP_CERTIFICATE: no certificate in " + notPEM},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_CLIENT_KEY": notPEM},
			"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, OTEL_EXPORTER_OTLP_CLIENT_KEY: one needs the other"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_TRACES_SAMPLER": "sometimes"},
			`OTEL_TRACES_SAMPLER: "sometimes" is not supported; allowed: always_on, always_off, traceidratio, ` +
				"parentbased_always_on, parentbased_always_off, parentbased_traceidratio"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_TRACES_SAMPLER_ARG": "half"},
			`OTEL_TRACES_SAMPLER_ARG: "half" is not a number from 0 to 1`},
		{map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_BSP_MAX_QUEUE_SIZE": "-5"},
			`OTEL_BSP_MAX_QUEUE_SIZE: "-5" is not a whole number from 1`},
		{map[string]string{"OTEL_METRICS_EXPORTER": "console", "OTEL_METRIC_EXPORT_INTERVAL": "1m"},
			`OTEL_METRIC_EXPORT_INTERVAL: "1m" is not a whole number from 1`},
	} {
		t.Run(strings.Join(slices.Sorted(maps.Keys(test.environment)), ","), func(t *testing.T) {
			_, _, err := tryStart(t, test.environment)
			if err == nil {
				t.Fatal("it started")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResourceErrorNamesTheVariable(t *testing.T) {
	_, _, err := tryStart(t, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_RESOURCE_ATTRIBUTES": "no-value"})
	if err == nil {
		t.Fatal("it started")
	}
	name, _, _ := strings.Cut(err.Error(), ": ") // the rest is the SDK's text
	if diff := cmp.Diff("OTEL_RESOURCE_ATTRIBUTES", name); diff != "" {
		t.Error(diff)
	}
}
