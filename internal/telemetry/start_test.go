package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

func start(t *testing.T, stderr *bytes.Buffer, environment map[string]string) *telemetry.Telemetry {
	t.Helper()
	for name, value := range environment {
		t.Setenv(name, value) // the exporters read the process's own environment
	}
	started, err := telemetry.Start(t.Context(), func(name string) string { return environment[name] }, stderr, "test")
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func TestNothingStartsUnasked(t *testing.T) {
	for name, environment := range map[string]map[string]string{
		"nothing":         {},
		"disabled":        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
		"none":            {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
		"a name, no more": {"OTEL_SERVICE_NAME": "x"},
	} {
		if started := start(t, &bytes.Buffer{}, environment); started != nil {
			t.Errorf("%s: telemetry was started", name)
		}
	}
	// The nil Telemetry is what everything else then works with.
	var none *telemetry.Telemetry
	none.Waited(t.Context(), 1)
	none.Refused(t.Context(), 403)
	none.Observe(t.Context(), tool.Event{})
	if none.Transport(http.DefaultTransport) != http.DefaultTransport || none.Close(t.Context()) != nil {
		t.Error("a nil Telemetry does something")
	}
}

// TestConsole: on stdio standard output is the protocol's, so the console exporters have to write elsewhere.
func TestConsole(t *testing.T) {
	var stderr bytes.Buffer
	started := start(t, &stderr, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "console",
		"OTEL_SERVICE_NAME": "named-by-the-operator"})
	upstream := httptest.NewServer(http.NotFoundHandler())
	defer upstream.Close()
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), GatewayURL: upstream.URL,
		Transport: started.Transport(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "canary-id"}); !errors.Is(err, gumroad.NotFound) {
		t.Fatal(err)
	}
	if err := started.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	got := stderr.String()
	for _, part := range []string{"GET /gumroad/v2/sales/{sale_id}", "http.client.request.duration", "named-by-the-operator"} {
		if !strings.Contains(got, part) {
			t.Errorf("no %s in %s", part, got)
		}
	}
	if strings.Contains(got, "canary-id") {
		t.Error("an identifier was exported")
	}
}

func TestUnknownExporter(t *testing.T) {
	t.Setenv("OTEL_METRICS_EXPORTER", "carrier-pigeon")
	_, err := telemetry.Start(t.Context(), func(name string) string {
		return map[string]string{"OTEL_METRICS_EXPORTER": "carrier-pigeon"}[name]
	}, &bytes.Buffer{}, "test")
	if err == nil || !strings.HasPrefix(err.Error(), "OTEL_METRICS_EXPORTER: ") {
		t.Errorf("%v", err)
	}
}
