package state_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver/natsnode"
)

// BenchmarkState measures each operation of each kind, alone; p50 is the median in microseconds.
func BenchmarkState(b *testing.B) {
	for _, kind := range []struct {
		name string
		open func(b *testing.B) state.State
	}{
		{"memory", func(*testing.B) state.State { return state.NewMemory(time.Now) }},
		{"file", func(b *testing.B) state.State {
			f, err := state.OpenFile(b.TempDir(), "", time.Now)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { f.Close() })
			return f
		}},
		{"one NATS server", func(b *testing.B) state.State { return benchNATS(b, 1) }},
		{"three NATS servers", func(b *testing.B) state.State { return benchNATS(b, 3) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			s, ctx, data, file := kind.open(b), b.Context(), make([]byte, 500), make([]byte, 1<<20)
			ids := 0
			id := func() string { ids++; return fmt.Sprintf("id%d", ids) }
			position := uint64(0)
			for _, operation := range []struct {
				name string
				run  func() error
			}{
				{"Claim", func() error {
					_, err := s.Claim(ctx, id(), time.Now().Add(time.Hour))
					return err
				}},
				{"Enqueue", func() error { return s.Enqueue(ctx, "tenant", data) }},
				{"Waiting", func() error {
					_, err := s.Waiting(ctx, "tenant")
					return err
				}},
				{"Append", func() error {
					_, err := s.Append(ctx, "tenant", id(), data)
					return err
				}},
				{"Append again", func() error {
					_, err := s.Append(ctx, "tenant", "id0", data)
					return err
				}},
				{"Read of 20", func() error {
					_, _, err := s.Read(ctx, "tenant", position, 20)
					return err
				}},
				{"Seek", func() error {
					_, err := s.Seek(ctx, "tenant", time.Now().Add(-time.Second))
					return err
				}},
				{"Keep of 1 MiB", func() error { return s.Keep(ctx, "owner", "id", "", bytes.NewReader(file)) }},
				{"Fetch of 1 MiB", func() error {
					_, err := s.Fetch(ctx, "owner", "id", io.Discard)
					if _, memory := s.(*state.Memory); memory {
						return nil
					}
					return err
				}},
				{"Reserve", func() error {
					_, err := s.Reserve(ctx, "key", time.Microsecond)
					return err
				}},
			} {
				b.Run(operation.name, func(b *testing.B) {
					var took []time.Duration
					for b.Loop() {
						began := time.Now()
						if err := operation.run(); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(began))
					}
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50-µs")
				})
			}
			b.Run("Work", func(b *testing.B) { benchWork(b, s) })
		})
	}
}

// benchWork measures from one message to the next, all of which wait.
func benchWork(b *testing.B, s state.State) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for range b.N {
		if err := s.Enqueue(ctx, "tenant", nil); err != nil {
			b.Fatal(err)
		}
	}
	handled := 0
	b.ResetTimer()
	if err := s.Work(ctx, func(context.Context, string, []byte) time.Duration {
		if handled++; handled == b.N {
			cancel()
		}
		return 0
	}); err != nil {
		b.Fatal(err)
	}
}

func benchNATS(b *testing.B, nodes int) state.State {
	n, err := state.OpenNATS(state.NATSOptions{Name: "NATS", URLs: natsnode.Start(b, nodes, "").URLs(), Now: time.Now,
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := n.Reserve(b.Context(), "key", 0); err == nil && n.Ready(b.Context()) == nil {
			return n
		}
		if time.Now().After(deadline) {
			b.Fatal("it never became available")
		}
	}
}
