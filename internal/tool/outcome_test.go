package tool_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// logged is the lines of a log in JSON.
func logged(t *testing.T, log *bytes.Buffer) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for decoder := json.NewDecoder(bytes.NewReader(log.Bytes())); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// asResult is a result as testserver shows it.
func asResult(t *testing.T, r *mcp.CallToolResult) testserver.Result {
	t.Helper()
	shown := testserver.Result{IsError: r.IsError}
	if len(r.Content) > 0 {
		shown.Text = r.Content[0].(mcp.TextContent).Text
	}
	raw, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &shown.JSON); err != nil {
		t.Fatal(err)
	}
	return shown
}

func TestPanic(t *testing.T) {
	t.Parallel()
	const words = "the buyer's address"
	for _, c := range []struct {
		name    string
		effect  tool.Effect
		changed string
	}{
		{"a read that panics changed nothing", tool.Reads, "no"},
		{"a write that panics may have changed something", tool.Changes, "unknown"},
		{"a deletion that panics may have changed something", tool.Destroys, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			account, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey)})
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			panics := func(*gumroad.Client, context.Context, struct{}) (gumroad.User, error) { panic(words) }
			catalog, err := tool.New([]tool.Set{{Name: "set", Account: true, Tools: []tool.Tool{
				{Name: "panics", Title: "Panic", Doc: "Panics.", Effect: c.effect, Run: tool.Run(panics)},
			}}}, tool.Config{Client: account, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			d, _ := catalog.Find("panics")
			result := asResult(t, catalog.Call(t.Context(), d, mcp.CallToolRequest{}))
			testserver.Want(t, result, map[string]any{"code": gumroad.InternalError, "changed": c.changed})
			testserver.SaysNot(t, result, words)
			testserver.SaysNot(t, testserver.Result{Text: log.String()}, words)
			var panicked, called []map[string]any
			for _, line := range logged(t, &log) {
				delete(line, "time")
				switch line["msg"] {
				case "panic":
					if stack, _ := line["stack"].(string); !strings.Contains(stack, "TestPanic") {
						t.Errorf("want the stack in the log, got %q", stack)
					}
					delete(line, "stack")
					panicked = append(panicked, line)
				case "tool call":
					delete(line, "duration")
					called = append(called, line)
				}
			}
			want := []map[string]any{{"level": "ERROR", "msg": "panic", "in": "panics", "panic": "string"}}
			if diff := cmp.Diff(want, panicked); diff != "" {
				t.Errorf("log of the panic (-want +got):\n%s", diff)
			}
			want = []map[string]any{{"level": "INFO", "msg": "tool call", "tool": "panics", "effect": c.effect.String(),
				"outcome": string(gumroad.InternalError)}}
			if diff := cmp.Diff(want, called); diff != "" {
				t.Errorf("log of the call (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOneWordForAnOutcome: the result, the log and the metric say the same.
func TestOneWordForAnOutcome(t *testing.T) {
	t.Parallel()
	box := sandbox.New(sandbox.Options{Sales: 1})
	t.Cleanup(func() { box.Close() })
	highlights := map[string]string{}
	for _, h := range box.Highlights() {
		highlights[h.Name] = h.ID
	}
	account, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box,
		RequestsPerSecond: -1, Connection: highlights["first connection"]})
	if err != nil {
		t.Fatal(err)
	}
	refund := map[string]any{"sale_id": highlights["USD sale not refunded"]}
	for _, c := range []struct {
		outcome, tool string
		arguments     map[string]any
		canBeAsked    bool
	}{
		{"ok", "get_user", nil, false},
		{"input_required", "refund_sale", refund, true},
		{"confirmation_required", "refund_sale", refund, false},
		{"not_found", "get_sale", map[string]any{"sale_id": "nothing"}, false},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			reader := metric.NewManualReader()
			measured, err := telemetry.New(noop.NewTracerProvider(), metric.NewMeterProvider(metric.WithReader(reader)))
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: account, Confirm: tool.ConfirmAuto,
				Logger: slog.New(slog.NewJSONHandler(&log, nil)), Observe: measured.Observe})
			if err != nil {
				t.Fatal(err)
			}
			d, _ := catalog.Find(c.tool)
			request := mcp.CallToolRequest{}
			request.Params.Arguments = c.arguments
			ctx := tool.WithCaller(t.Context(), tool.Caller{Client: account, CanBeAsked: c.canBeAsked})
			result := catalog.Call(ctx, d, request)

			got := map[string][]string{"result": {wordOf(t, result)}, "log": nil, "metric": outcomesCounted(t, reader)}
			for _, line := range logged(t, &log) {
				if line["msg"] != "audit" {
					got["log"] = append(got["log"], line["outcome"].(string))
				}
			}
			want := map[string][]string{"result": {c.outcome}, "log": {c.outcome}, "metric": {c.outcome}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
}

// wordOf is how a result says that the call ended.
func wordOf(t *testing.T, result *mcp.CallToolResult) string {
	t.Helper()
	switch {
	case result.IsError:
		code, _ := asResult(t, result).JSON["code"].(string)
		return code
	case result.ResultType != "":
		return string(result.ResultType)
	}
	return string(tool.OK)
}

// outcomesCounted are the outcomes of the calls that the metric counted.
func outcomesCounted(t *testing.T, reader *metric.ManualReader) []string {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != "gumroad_mcp.calls" {
				continue
			}
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				outcome, _ := point.Attributes.Value(attribute.Key("outcome"))
				for range point.Value {
					outcomes = append(outcomes, outcome.AsString())
				}
			}
		}
	}
	return outcomes
}
