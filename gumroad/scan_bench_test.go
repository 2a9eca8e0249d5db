package gumroad_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// BenchmarkScan reads all sales of a store whose answers take 150 ms, without a rate limit, and compares with the
// plain walk from page key to page key.
//
//	requests    of the scan; pages: the plain walk's
//	x-plain     time of the plain walk by time of the scan
//	peak-KiB    live memory of another scan at its highest, sampled after a garbage collection
//
// The plain walk is sequential, so that its time is what it computes and a latency for every request; it is not made
// to wait for it.
//
//	go test ./gumroad -run '^$' -bench Scan -benchtime 1x
func BenchmarkScan(b *testing.B) {
	const latency = 150 * time.Millisecond
	for _, sales := range []int{1_200, 100_000} {
		b.Run(fmt.Sprintf("sales=%d", sales), func(b *testing.B) {
			store := sandbox.New(sandbox.Options{Now: func() time.Time { return noon }, Sales: sales})
			defer store.Close()

			pages, started := 0, time.Now()
			plain := newClient(b, store, -1)
			for _, err := range gumroad.Pages(b.Context(), gumroad.ListSales{}, plain.ListSales) {
				if err != nil {
					b.Fatal(err)
				}
				pages++
			}
			walk := time.Since(started) + time.Duration(pages)*latency
			store.ResetJournal()

			network := &slow{RoundTripper: store, latency: latency}
			var elapsed time.Duration
			for b.Loop() {
				network.sent, started = nil, time.Now()
				if rows := countSales(b, newClient(b, network, -1), func(int) {}); rows != sales {
					b.Fatalf("%d sales of %d", rows, sales)
				}
				elapsed = time.Since(started)
			}
			requests := len(network.sent)
			network.sent = nil

			store.ResetJournal()
			base, peak := live(), uint64(0)
			countSales(b, newClient(b, store, -1), func(row int) {
				if row%(sales/40) == 0 {
					time.Sleep(20 * time.Millisecond) // the pages under way arrive: only what is held counts
					store.ResetJournal()              // what the store remembers is not the scan's
					peak = max(peak, max(live(), base)-base)
				}
			})
			b.ReportMetric(float64(requests), "requests")
			b.ReportMetric(float64(pages), "pages")
			b.ReportMetric(walk.Seconds()/elapsed.Seconds(), "x-plain")
			b.ReportMetric(float64(peak)/1024, "peak-KiB")
			b.ReportMetric(float64(network.peak), "side-by-side")
		})
	}
}

func countSales(b *testing.B, c *gumroad.Client, each func(row int)) (rows int) {
	for _, err := range c.ScanSales(b.Context(), gumroad.ListSales{}) {
		if err != nil {
			b.Fatal(err)
		}
		rows++
		each(rows)
	}
	return rows
}

// live is how much memory is in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
