package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// Start begins what the standard OTEL_* variables ask for. Without any it returns nil and starts nothing.
func Start(ctx context.Context, getenv func(string) string, stderr io.Writer, version string) (*Telemetry, error) {
	wantsTraces, wantsMetrics := wanted(getenv, "TRACES"), wanted(getenv, "METRICS")
	if !wantsTraces && !wantsMetrics {
		return nil, nil
	}
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "gumroad-mcp"), attribute.String("service.version", version)),
		resource.WithFromEnv(), // last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
	)
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	var (
		traces  trace.TracerProvider = nooptrace.NewTracerProvider()
		metrics metric.MeterProvider = noopmetric.NewMeterProvider()
		ends    []func(context.Context) error
	)
	if wantsTraces {
		exporter, err := spanExporter(ctx, getenv, stderr)
		if err != nil {
			return nil, fmt.Errorf("OTEL_TRACES_EXPORTER: %w", err)
		}
		provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
		traces, ends = provider, append(ends, provider.Shutdown)
	}
	if wantsMetrics {
		reader, err := metricReader(ctx, getenv, stderr)
		if err != nil {
			return nil, fmt.Errorf("OTEL_METRICS_EXPORTER: %w", err)
		}
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(about))
		metrics, ends = provider, append(ends, provider.Shutdown)
	}
	t, err := New(traces, metrics)
	if err != nil {
		return nil, err
	}
	t.close = func(ctx context.Context) error {
		var errs []error
		for _, end := range ends {
			errs = append(errs, end(ctx))
		}
		return errors.Join(errs...)
	}
	return t, nil
}

// wanted reports that a signal was asked for: by its exporter, or by an address to send it to.
func wanted(getenv func(string) string, signal string) bool {
	if getenv("OTEL_SDK_DISABLED") == "true" || getenv("OTEL_"+signal+"_EXPORTER") == "none" {
		return false
	}
	for _, name := range []string{"OTEL_" + signal + "_EXPORTER", "OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		if getenv(name) != "" {
			return true
		}
	}
	return false
}

// The console exporters write to stderr here: standard output is the protocol's on stdio.

func spanExporter(ctx context.Context, getenv func(string) string, stderr io.Writer) (sdktrace.SpanExporter, error) {
	if getenv("OTEL_TRACES_EXPORTER") == "console" {
		return stdouttrace.New(stdouttrace.WithWriter(stderr))
	}
	return autoexport.NewSpanExporter(ctx)
}

func metricReader(ctx context.Context, getenv func(string) string, stderr io.Writer) (sdkmetric.Reader, error) {
	if getenv("OTEL_METRICS_EXPORTER") == "console" {
		exporter, err := stdoutmetric.New(stdoutmetric.WithWriter(stderr))
		if err != nil {
			return nil, err
		}
		return sdkmetric.NewPeriodicReader(exporter), nil
	}
	return autoexport.NewMetricReader(ctx)
}
