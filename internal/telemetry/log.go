package telemetry

import (
	"context"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

type logAttrsKey struct{}

// WithLogAttrs puts attributes on every line that is logged under ctx.
func WithLogAttrs(ctx context.Context, attrs ...slog.Attr) context.Context {
	return context.WithValue(ctx, logAttrsKey{}, append(slices.Clip(logAttrs(ctx)), attrs...))
}

func logAttrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(logAttrsKey{}).([]slog.Attr)
	return attrs
}

// LogHandler adds what the context knows of a call to its lines: the attributes of WithLogAttrs and the trace.
func LogHandler(next slog.Handler) slog.Handler { return contextHandler{next} }

type contextHandler struct{ slog.Handler }

func (h contextHandler) Handle(ctx context.Context, record slog.Record) error {
	attrs, span := logAttrs(ctx), trace.SpanContextFromContext(ctx)
	if len(attrs) > 0 || span.IsValid() {
		record = record.Clone()
		record.AddAttrs(attrs...)
		if span.IsValid() {
			record.AddAttrs(slog.String("trace_id", span.TraceID().String()))
		}
	}
	return h.Handler.Handle(ctx, record)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
