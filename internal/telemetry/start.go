package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// Start begins what the standard OTEL_* variables ask for. Without any it returns nil and starts nothing. The SDK's own
// errors go to logger, the console exporters write to stderr, and an error names the variable at fault.
func Start(
	ctx context.Context, getenv func(string) string, logger *slog.Logger, stderr io.Writer, version string,
) (started *Telemetry, err error) {
	if err := check(getenv, sdkVariables); err != nil {
		return nil, err
	}
	wantsTraces, wantsMetrics := wanted(getenv, "TRACES"), wanted(getenv, "METRICS")
	if !wantsTraces && !wantsMetrics {
		return nil, nil
	}
	otel.SetLogger(logr.FromSlogHandler(logger.Handler()))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("telemetry failed", "error", err) }))

	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			attribute.String("service.name", "gumroad-mcp"), attribute.String("service.version", version)),
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
	end := func(ctx context.Context) error {
		var errs []error
		for _, shutdown := range ends {
			errs = append(errs, shutdown(ctx))
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, end(ctx))
		}
	}()
	if wantsTraces {
		exporter, err := spanExporter(ctx, getenv, stderr)
		if err != nil {
			return nil, err
		}
		provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
		traces, ends = provider, append(ends, provider.Shutdown)
	}
	if wantsMetrics {
		reader, err := metricReader(ctx, getenv, logger, stderr)
		if err != nil {
			return nil, err
		}
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(about))
		metrics, ends = provider, append(ends, provider.Shutdown)
	}
	t, err := New(traces, metrics)
	if err != nil {
		return nil, err
	}
	t.close = end
	return t, nil
}

// wanted reports that a signal was asked for: by its exporter, or by an address to send it to.
func wanted(getenv func(string) string, signal string) bool {
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") || getenv("OTEL_"+signal+"_EXPORTER") == "none" {
		return false
	}
	for _, name := range []string{
		"OTEL_" + signal + "_EXPORTER", "OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT",
	} {
		if getenv(name) != "" {
			return true
		}
	}
	return false
}
