// Package chaos has every kind of client write through a proxy that lies, and compares what each was told with what
// the sandbox did. The servers are processes: the test's own binary, which TestMain turns into the program.
package chaos

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
)

var (
	writes = flag.Int("writes", 60, "how many writes to try")
	seed   = flag.Uint64("seed", 1, "decides what is tried")
)

const (
	perRound = 100 // writes between two looks at the store
	workers  = 4   // of each client
)

// outcome is what a client was told of its call.
type outcome string

const (
	done     outcome = "done"
	notDone  outcome = "not done"
	unknown  outcome = "unknown"
	noAnswer outcome = "no answer"
)

// call is one write as it was planned, and what came of it.
type call struct {
	number   int
	kind     kind
	client   string
	product  string // for kinds that need one for themselves
	lie      *lie
	readLie  *lie // for the first read
	canceled bool
	declined bool
	restart  bool // the server is restarted when the write arrives upstream
	kill     bool // and without a warning

	write     *write
	sent      int
	arrived   chan struct{} // closed when the write has arrived upstream
	arrivedAt time.Time
	confirmed bool

	outcome outcome
	told    string
	excused bool // no answer could be: the client closed the connection, or it broke
	commits int
}

func (c *call) name() string { return fmt.Sprintf("CHAOS-%05d", c.number) }

func (k kind) asks() bool {
	return strings.HasPrefix(k.tool, "delete_") ||
		slices.Contains([]string{"refund_sale", "mark_sale_shipped", "enable_product", "create_webhook"}, k.tool)
}

// code is what the client was told, in a word.
func (c *call) code() string {
	code, _, _ := strings.Cut(c.told, ":")
	return code
}

func (c *call) String() string {
	return fmt.Sprintf("seed %d, call %d: %s by %s; lie: %s, cancelled: %t, declined: %t; sent %d times, committed %d times; "+
		"the client was told %q: %s", *seed, c.number, c.kind.tool, c.client, c.lie.name, c.canceled, c.declined, c.sent,
		c.commits, c.outcome, c.told)
}

var clientNames = []string{"stdio asked", "stdio two-step", "http 2025-11-25 two-step", "http 2026-07-28 asked",
	"http 2026-07-28 two-step"}

// plan decides on a round. Only its random source decides.
func plan(random *rand.Rand, first, count int, products []string) []*call {
	weights := 0
	for _, l := range lies {
		weights += l.weight
	}
	free := slices.Clone(products)
	restart, kill := random.IntN(count), random.IntN(3) == 0
	calls := make([]*call, count)
	for i := range calls {
		c := &call{number: first + i, arrived: make(chan struct{}), restart: i == restart, kill: i == restart && kill}
		c.client = clientNames[random.IntN(len(clientNames))]
		for c.kind = kinds[random.IntN(len(kinds))]; c.kind.product && len(free) == 0; {
			c.kind = kinds[random.IntN(len(kinds))]
		}
		if c.kind.product {
			n := random.IntN(len(free))
			c.product = free[n]
			free = slices.Delete(free, n, n+1)
		}
		n := random.IntN(weights)
		for j := range lies {
			if n -= lies[j].weight; n < 0 {
				c.lie = &lies[j]
				break
			}
		}
		if random.IntN(10) == 0 {
			c.readLie = lieNamed(liesAboutReads[random.IntN(len(liesAboutReads))])
		}
		c.canceled = random.IntN(20) == 0
		c.declined = c.kind.asks() && random.IntN(15) == 0
		if (c.canceled || c.restart) && c.lie.name == honest {
			c.lie = lieNamed("slow") // or it would be over before
		}
		calls[i] = c
	}
	return calls
}

// isProgram is the variable that makes the test's binary the program.
const isProgram = "CHAOS_IS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(isProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		code, err := cli.Run(ctx, cli.Process{Args: os.Args[1:], Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout,
			Stderr: os.Stderr})
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func TestChaos(t *testing.T) {
	store := sandbox.New(sandbox.Options{Unthrottled: true})
	t.Cleanup(func() { store.Close() })
	shop := openShop(t, store)
	between := &proxy{t: t, store: store}
	upstream := httptest.NewServer(between)
	t.Cleanup(upstream.Close)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{isProgram + "=1", "MATON_API_URL=" + upstream.URL, "MATON_API_KEY=" + sandbox.MatonKey,
		"MATON_CONNECTION=" + store.Highlights()[0].ID, "GUMROAD_MCP_SEAL_KEY=the same secret on every instance of this test"}

	random := rand.New(rand.NewPCG(*seed, 0))
	var all []*call
	for len(all) < *writes {
		round := plan(random, len(all), min(perRound, *writes-len(all)), shop.others)
		store.ResetJournal()
		between.begin(round)
		run(t, round, shop, between, binary, env)
		between.requests.Wait()
		reconcile(t, round, store.Journal(), shop.state(t))
		all = append(all, round...)
	}
	report(t, all)
}

// run has the clients make the calls of a round, and ends their servers.
func run(t *testing.T, round []*call, shop *shop, between *proxy, binary string, env []string) {
	t.Helper()
	http := startHTTP(t, between, binary, env)
	asked, twoStep := startStdio(t, between, binary, env, true), startStdio(t, between, binary, env, false)
	clients := map[string]client{"stdio asked": asked, "stdio two-step": twoStep, "http 2025-11-25 two-step": http2025{http},
		"http 2026-07-28 asked": http2026{http, true}, "http 2026-07-28 two-step": http2026{http, false}}

	var group sync.WaitGroup
	finished := make(chan struct{})
	var restart *call
	for _, name := range clientNames {
		queue := make(chan *call, len(round))
		for _, c := range round {
			if c.client == name {
				queue <- c
			}
			if c.restart {
				restart = c
			}
		}
		close(queue)
		for range workers {
			group.Go(func() {
				for c := range queue {
					perform(t, c, clients[name], shop, between)
				}
			})
		}
	}
	go func() {
		group.Wait()
		close(finished)
	}()
	select {
	case <-restart.arrived:
		clients[restart.client].restart(restart.kill)
	case <-finished:
	}
	<-finished
	for _, c := range []client{http2025{http}, asked, twoStep} {
		c.stop()
	}
}

func perform(t *testing.T, c *call, by client, shop *shop, between *proxy) {
	w, err := c.kind.prepare(shop, t.Context(), c)
	if err != nil {
		t.Errorf("call %d: %s: %v", c.number, c.kind.tool, err)
		return
	}
	w.tool = c.kind.tool
	between.use(c, w)
	a, err := by.call(t.Context(), c)
	switch changed := a.said("changed"); {
	case errors.Is(err, errCanceled), errors.Is(err, errBroken):
		c.outcome, c.told, c.excused = noAnswer, err.Error(), true
	case err != nil:
		c.outcome, c.told = noAnswer, err.Error()
	case a.Error != nil: // says nothing of a change
		c.outcome, c.told = notDone, fmt.Sprintf("JSON-RPC %v: %v", a.Error["code"], a.Error["message"])
	case !a.Result.IsError && a.Result.StructuredContent != nil:
		c.outcome, c.told = done, "ok"
	case changed == "no":
		c.outcome, c.told = notDone, a.said("code")+": "+a.said("message")
	case changed == "unknown":
		c.outcome, c.told = unknown, a.said("code")+": "+a.said("message")
	default:
		c.outcome, c.told = noAnswer, fmt.Sprintf("a result that says nothing: %v", a.Result)
	}
}

// reconcile counts what the sandbox did for each call, by its journal, and checks that the store shows it.
func reconcile(t *testing.T, round []*call, journal []sandbox.Entry, now state) {
	t.Helper()
	for _, entry := range journal {
		number, err := strconv.Atoi(entry.Query.Get(numberParam))
		if err == nil && entry.Committed {
			round[number-round[0].number].commits++
		}
	}
	for _, c := range round {
		if c.write == nil {
			continue
		}
		if applied := c.write.applied(now); applied != c.commits && !(applied == 1 && c.commits > 1) {
			t.Errorf("the store shows it %d times: %v", applied, c)
		}
	}
}

// wrong are the ways in which a call can have gone wrong.
var wrong = []struct {
	name string
	is   func(c *call) bool
}{
	{"double writes", func(c *call) bool { return c.commits > 1 }},
	{`false "done"`, func(c *call) bool { return c.outcome == done && c.commits == 0 }},
	{`false "not done"`, func(c *call) bool { return c.outcome == notDone && c.commits > 0 }},
	{"without an answer", func(c *call) bool { return c.outcome == noAnswer && !c.excused }},
	{"sent again", func(c *call) bool { return c.sent > 1 && !strings.Contains(c.lie.name, "429") }},
	{"against the person", func(c *call) bool { return c.declined && c.commits > 0 }},
}

func report(t *testing.T, all []*call) {
	t.Helper()
	out := tabwriter.NewWriter(t.Output(), 2, 0, 2, ' ', 0)
	defer out.Flush()
	row := func(name string, of func(*call) bool) {
		counts := map[outcome]int{}
		total, confirmed, commits := 0, 0, 0
		for _, c := range all {
			if of(c) {
				total++
				counts[c.outcome]++
				commits += c.commits
				confirmed += once(c.confirmed)
			}
		}
		if total > 0 {
			fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name, total, confirmed, counts[done], counts[notDone],
				counts[unknown], counts[noAnswer], commits)
		}
	}
	head := func(name string) {
		fmt.Fprintf(out, "\n%s\tcalls\tconfirmed\tdone\tnot done\tunknown\tno answer\tcommits\n", name)
	}
	head("lie")
	for i := range lies {
		name := lies[i].name
		if lies[i].blind {
			name += " (*)"
		}
		row(name, func(c *call) bool { return c.lie == &lies[i] })
	}
	head("client")
	for _, name := range clientNames {
		row(name, func(c *call) bool { return c.client == name })
	}
	head("tool")
	for _, k := range slices.SortedFunc(slices.Values(kinds), func(a, b kind) int { return cmp.Compare(a.tool, b.tool) }) {
		row(k.tool, func(c *call) bool { return c.kind.tool == k.tool })
	}
	head("told")
	told := map[string]bool{}
	for _, c := range all {
		told[c.code()] = true
		if strings.HasPrefix(c.told, "JSON-RPC") {
			t.Logf("not a tool's answer: %v", c)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(told)) {
		row(code, func(c *call) bool { return c.code() == code })
	}
	head("")
	row("cancelled", func(c *call) bool { return c.canceled })
	row("declined", func(c *call) bool { return c.declined })
	row("SIGTERM amid it", func(c *call) bool { return c.restart && !c.kill })
	row("SIGKILL amid it", func(c *call) bool { return c.kill })
	row("all", func(*call) bool { return true })

	fmt.Fprintf(out, "\nseed %d\tsaid truly\tsaid (*)\n", *seed)
	for _, w := range wrong {
		seen, blind := 0, 0
		for _, c := range all {
			switch {
			case !w.is(c):
			case c.lie.blind:
				blind++
			default:
				seen++
				t.Errorf("%s: %v", w.name, c)
			}
		}
		fmt.Fprintf(out, "%s\t%d\t%d\n", w.name, seen, blind)
	}
	fmt.Fprintln(out, "(*) a lie that no client can see through")
}
