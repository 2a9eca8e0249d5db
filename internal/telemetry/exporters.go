package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The console exporters write to stderr: standard output belongs to the protocol on stdio.

func spanExporter(ctx context.Context, getenv func(string) string, stderr io.Writer) (sdktrace.SpanExporter, error) {
	if err := check(getenv, traceVariables); err != nil {
		return nil, err
	}
	if getenv("OTEL_TRACES_EXPORTER") == "console" {
		return stdouttrace.New(stdouttrace.WithWriter(stderr))
	}
	if err := checkOTLP(getenv, "TRACES"); err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER: %w", err)
	}
	return exporter, nil
}

func metricReader(
	ctx context.Context, getenv func(string) string, logger *slog.Logger, stderr io.Writer,
) (sdkmetric.Reader, error) {
	if err := check(getenv, metricVariables); err != nil {
		return nil, err
	}
	var (
		exporter sdkmetric.Exporter
		err      error
	)
	switch getenv("OTEL_METRICS_EXPORTER") {
	case "prometheus":
		return servePrometheus(ctx, getenv, logger)
	case "console":
		exporter, err = stdoutmetric.New(stdoutmetric.WithWriter(stderr))
	default:
		if err := checkOTLP(getenv, "METRICS"); err != nil {
			return nil, err
		}
		exporter, err = otlpmetrichttp.New(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("OTEL_METRICS_EXPORTER: %w", err)
	}
	return sdkmetric.NewPeriodicReader(exporter), nil
}

// servePrometheus serves the metrics at /metrics until the reader is shut down.
func servePrometheus(
	ctx context.Context, getenv func(string) string, logger *slog.Logger,
) (sdkmetric.Reader, error) {
	registry := prometheus.NewRegistry()
	reader, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("OTEL_METRICS_EXPORTER: %w", err)
	}
	address := net.JoinHostPort(
		strings.Trim(cmp.Or(getenv("OTEL_EXPORTER_PROMETHEUS_HOST"), "localhost"), "[]"),
		cmp.Or(getenv("OTEL_EXPORTER_PROMETHEUS_PORT"), "9464"),
	)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_PROMETHEUS_HOST, OTEL_EXPORTER_PROMETHEUS_PORT: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	server := &http.Server{
		Handler:      mux,
		ReadTimeout:  5 * time.Second,
		WriteTimeout: 10 * time.Second,
		IdleTimeout:  2 * time.Minute,
		ErrorLog:     slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("metrics are no longer served", "error", err)
		}
	}()
	logger.Info("serving metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return served{reader, server}, nil
}

// served is a reader that answers over HTTP.
type served struct {
	sdkmetric.Reader
	server *http.Server
}

// Shutdown lets scrapes under way finish, for as long as ctx allows.
func (s served) Shutdown(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	return errors.Join(err, s.server.Close(), s.Reader.Shutdown(ctx))
}
