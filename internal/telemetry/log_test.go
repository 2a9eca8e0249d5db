package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
)

func TestDurationsHaveAUnit(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(telemetry.LogHandler(slog.NewJSONHandler(&out, nil)))
	ctx := telemetry.WithLogAttrs(t.Context(), slog.Duration("waited", time.Second))
	logger.With("grace", 2*time.Minute).InfoContext(ctx, "call", "duration", 1234567*time.Nanosecond, "tool", "get_user")
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	want := map[string]any{"level": "INFO", "msg": "call", "tool": "get_user",
		"grace_ms": 120000.0, "duration_ms": 1.235, "waited_ms": 1000.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
