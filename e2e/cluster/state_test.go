package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver/natsnode"
)

const (
	publishers = 12
	entries    = 120 // that each publisher appends
	tenant     = "tenant"
)

// TestState has three instances write to a cluster of NATS that loses its leader, and then its majority.
func TestState(t *testing.T) {
	if os.Getenv("CLUSTER_HAPROXY") == "" {
		t.Skip("it takes half a minute; e2e/cluster/run runs it")
	}
	s := &shared{nodes: natsnode.Start(t, natsNodes, "")}
	for range instances {
		n, err := state.OpenNATS(state.NATSOptions{Name: "NATS", URLs: s.nodes.URLs(), Now: time.Now,
			Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		s.handles = append(s.handles, n)
	}
	s.until(t, "the state is available", func(ctx context.Context) error {
		_, err := s.handles[0].Append(ctx, "nobody", "id", nil)
		return err
	})
	t.Run("a leader is lost under load", s.loseLeader)
	t.Run("the majority is lost", s.loseMajority)
}

type shared struct {
	nodes   *natsnode.Cluster
	handles []*state.NATS
}

// until tries again until something works.
func (s *shared) until(t *testing.T, what string, try func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("never: %s: %v", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// loseLeader kills the leader of the journal while everybody writes. Who got an error tries again with the same id.
func (s *shared) loseLeader(t *testing.T) {
	var (
		reading, writing   sync.WaitGroup
		readers            = make([][]state.Entry, len(s.handles))
		written            atomic.Int64
		third, over        = make(chan struct{}), make(chan struct{})
		mu                 sync.Mutex
		failed, wins, lost = 0, map[int]int{}, map[int]int{}
	)
	for i, handle := range s.handles {
		changed, stop := handle.Changed(tenant)
		defer stop()
		reading.Go(func() {
			for {
				done := false
				select {
				case <-changed:
				case <-over:
					done = true
				}
				for {
					var after uint64
					if n := len(readers[i]); n > 0 {
						after = readers[i][n-1].Position
					}
					part, gap, err := handle.Read(t.Context(), tenant, after, 50)
					if gap {
						t.Error("a reader was told of a gap")
					}
					readers[i] = append(readers[i], part...)
					if err == nil && len(part) == 0 {
						break
					}
				}
				if done {
					return
				}
			}
		})
	}
	for p := range publishers {
		handle := s.handles[p%len(s.handles)]
		writing.Go(func() {
			for n := range entries {
				id := fmt.Sprintf("p%dn%d", p, n)
				s.until(t, id+" is appended", func(ctx context.Context) error {
					_, err := handle.Append(ctx, tenant, id, []byte(id))
					if err != nil {
						mu.Lock()
						defer mu.Unlock()
						failed++
					}
					return err
				})
				if n%10 == 0 {
					first, err := handle.Claim(t.Context(), fmt.Sprintf("claim%d", n), time.Now().Add(time.Hour))
					mu.Lock()
					if first {
						wins[n]++
					}
					if err != nil {
						lost[n]++
					}
					mu.Unlock()
				}
				if written.Add(1) == publishers*entries/3 {
					close(third)
				}
			}
		})
	}
	<-third
	leader := s.leader(t)
	s.nodes.Kill(leader)
	writing.Wait()
	s.nodes.Restart(leader)
	close(over)
	reading.Wait()

	var want []string
	for p := range publishers {
		for n := range entries {
			want = append(want, fmt.Sprintf("p%dn%d", p, n))
		}
	}
	slices.Sort(want)
	for i, read := range readers {
		var got []string
		for _, entry := range read {
			got = append(got, string(entry.Data))
		}
		if !slices.IsSortedFunc(read, func(a, b state.Entry) int { return int(int64(a.Position) - int64(b.Position)) }) {
			t.Errorf("instance %d read out of order", i)
		}
		if diff := cmp.Diff(readers[0], read); diff != "" {
			t.Errorf("instance %d read other entries than instance 0:\n%s", i, diff)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("instance %d read (-want +got):\n%s", i, diff)
		}
	}
	for n := 0; n < entries; n += 10 {
		if wins[n] > 1 || wins[n] == 0 && lost[n] == 0 {
			t.Errorf("claim %d had %d winners and %d errors", n, wins[n], lost[n])
		}
	}
	if failed == 0 {
		t.Error("nobody met the loss of the leader")
	}
	t.Logf("%d entries, %d appends failed and were repeated, %d claims had no winner", len(want), failed, entries/10-len(wins))
}

// leader is the node that leads the journal.
func (s *shared) leader(t *testing.T) (node int) {
	t.Helper()
	conn, err := nats.Connect(s.nodes.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	s.until(t, "the journal has a leader", func(ctx context.Context) error {
		stream, err := js.Stream(ctx, "GM_EVENTS")
		if err == nil {
			node = s.nodes.Named(stream.CachedInfo().Cluster.Leader)
		}
		return err
	})
	return node
}

// loseMajority leaves one node of three: nothing is accepted, and that is said soon.
func (s *shared) loseMajority(t *testing.T) {
	accepted := map[string]bool{}
	enqueue := func(ctx context.Context, id string) error {
		err := s.handles[0].Enqueue(ctx, tenant, []byte(id))
		if err == nil {
			accepted[id] = true
		}
		return err
	}
	s.until(t, "a message is accepted", func(ctx context.Context) error { return enqueue(ctx, "before") })
	s.nodes.Kill(0)
	s.nodes.Kill(1)
	for n := range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		if err := enqueue(ctx, fmt.Sprintf("without%d", n)); err == nil {
			t.Error("a message was accepted without a majority")
		}
		if ctx.Err() != nil {
			t.Error("it was not said within 3 seconds")
		}
		cancel()
	}
	s.nodes.Restart(0)
	s.nodes.Restart(1)
	s.until(t, "a message is accepted again", func(ctx context.Context) error { return enqueue(ctx, "after") })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(time.Minute, cancel)
	if err := s.handles[2].Work(ctx, func(_ context.Context, _ string, message []byte) time.Duration {
		if delete(accepted, string(message)); len(accepted) == 0 {
			cancel()
		}
		return 0
	}); err != nil || len(accepted) > 0 {
		t.Errorf("never handled: %v (%v)", accepted, err)
	}
}
