// Package cluster runs several instances of the program behind HAProxy with a cluster of NATS, as in production.
package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/e2e/program"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver/natsnode"
)

func TestMain(m *testing.M) {
	natsnode.Run()
	os.Exit(m.Run())
}

const (
	instances = 3
	workers   = 12
	writes    = 900
	natsNodes = 3
)

var races = flag.Int("races", 300, "consents that are given to all instances at once")

const proxyConfig = `
defaults
  mode http
  option forwardfor
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
  retry-on conn-failure # never a request that was sent: it may have been carried out
frontend mcp
  bind fd@3 # the listener that the test opened
  default_backend instances
backend instances
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 100ms fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down
  http-response set-header X-Instance %s
`

// TestCluster needs HAProxy, which e2e/cluster/run installs and names. Its subtests share one cluster and run in order.
func TestCluster(t *testing.T) {
	haproxy := os.Getenv("CLUSTER_HAPROXY")
	if haproxy == "" {
		t.Skip("CLUSTER_HAPROXY is not set; e2e/cluster/run sets it")
	}
	c := start(t, haproxy)
	t.Run("consent given at one instance counts at another", c.consent)
	t.Run("consent given to all instances at once counts once", c.race)
	t.Run("an export of one instance is read on every other", c.export)
	t.Run("all instances together keep to the rate", c.rate)
	t.Run("every webhook that was accepted is one event, whatever is killed", c.events)
	t.Run("no write is repeated when an instance is killed", c.kill)
	t.Run("every instance ends well on SIGTERM", c.terminate)
}

// cluster is instances of the program behind a proxy, with one sandbox as their upstream.
type cluster struct {
	store      *sandbox.Sandbox
	requests   *requests // to the sandbox
	nats       *natsnode.Cluster
	connection string // the sandbox's first store
	serve      func(addr string, flags ...string) *program.Server
	instances  []*program.Server
	proxy      string // URL
	token      string // of the test's one caller
}

func start(t *testing.T, haproxy string) *cluster {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // of the proxy, whose address the instances have to know
	if err != nil {
		t.Fatal(err)
	}
	nodes := natsnode.Start(t, natsNodes, "")
	c := alone(t, "http://"+listener.Addr().String(), []string{"--nats-url", strings.Join(nodes.URLs(), ",")})
	c.nats = nodes
	config := proxyConfig
	for i := range instances {
		instance := c.serve("127.0.0.1:0", unlimited...)
		c.instances = append(c.instances, instance)
		config += fmt.Sprintf("  server instance%d %s\n", i, instance.Addr)
	}
	serveProxy(t, haproxy, config, listener)
	await(t, c.proxy+"/readyz")
	c.awaitState(t)
	return c
}

// alone is a cluster without instances yet: the sandbox, and how an instance is served that is reached at an address and
// keeps what it shares where flags say.
func alone(t *testing.T, reached string, keeps []string) *cluster {
	t.Helper()
	// Webhooks may come to this machine; the test sends them itself.
	never := func(time.Duration) <-chan time.Time { return nil }
	store := sandbox.New(sandbox.Options{DeliverWebhooks: true, After: never})
	t.Cleanup(func() { store.Close() })
	counted := &requests{next: store}
	upstream := httptest.NewServer(counted)
	t.Cleanup(upstream.Close)
	binary := program.Build(t)
	env := []string{"MATON_API_URL=" + upstream.URL, "MATON_API_KEY=" + sandbox.MatonKey,
		"GUMROAD_MCP_SEAL_KEY=the same secret on every instance of this test"}
	token, line := server.NewToken()
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	keeps = append(keeps, "--auth", "token", "--tokens-file", tokens, "--public-url", reached)
	return &cluster{store: store, requests: counted, connection: store.Highlights()[0].ID, token: token, proxy: reached,
		serve: func(addr string, flags ...string) *program.Server {
			return program.Serve(t, binary, env, slices.Concat(keeps, flags, []string{"--addr", addr})...)
		}}
}

// unlimited has an instance ask upstream as often as it likes.
var unlimited = []string{"--rate-limit", "100000"}

// serveProxy runs HAProxy on a listener until the test ends.
func serveProxy(t *testing.T, haproxy, config string, listener net.Listener) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	defer listener.Close() // HAProxy has its own copy
	inherited, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer inherited.Close()
	command := exec.CommandContext(t.Context(), haproxy, "-db", "-f", file)
	command.ExtraFiles = []*os.File{inherited}
	command.Stdout, command.Stderr = t.Output(), t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Wait() })
}

func (c *cluster) consent(t *testing.T) {
	arguments := map[string]any{"connection_id": c.connection, "product_id": c.products(t)[1]}
	asked, err := c.call("delete_product", arguments)
	if err != nil || asked.result["confirm_token"] == nil {
		t.Fatalf("no confirm_token: %v (%v)", asked, err)
	}
	arguments["confirm_token"] = asked.result["confirm_token"]
	confirmed, err := c.call("delete_product", arguments)
	if err != nil || confirmed.isError {
		t.Errorf("the confirmed call failed: %v (%v)", confirmed.result, err)
	}
	if confirmed.instance == asked.instance {
		t.Errorf("%s answered both calls", asked.instance)
	}
}

// race presents each confirm token to all instances at once.
func (c *cluster) race(t *testing.T) {
	sale := map[string]any{"connection_id": c.connection, "sale_id": c.sale(t), "amount_cents": 1}
	outcomes := map[string]int{}
	for n := range *races {
		tool, arguments := "refund_sale", maps.Clone(sale)
		if n%2 == 0 { // its question stays the same, however often it is done
			tool, arguments = "create_webhook", map[string]any{"connection_id": c.connection, "resource_name": "sale",
				"post_url": fmt.Sprintf("https://hooks.example.com/%d", n)}
		}
		asked, err := c.call(tool, arguments)
		if err != nil || asked.result["confirm_token"] == nil {
			t.Fatalf("no confirm_token: %v (%v)", asked.result, err)
		}
		arguments["confirm_token"] = asked.result["confirm_token"]
		c.store.ResetJournal()
		answers := make([]answer, instances)
		var group sync.WaitGroup
		for i, instance := range c.instances {
			group.Go(func() {
				if answers[i], err = callAt(c.token, "http://"+instance.Addr, tool, arguments); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		done, changed := 0, 0
		for _, a := range answers {
			if !a.isError {
				done++
			}
			outcomes[fmt.Sprint(tool, " ", a.result["code"])]++
		}
		for _, entry := range c.store.Journal() {
			if entry.Method != http.MethodGet && entry.Committed {
				changed++
			}
		}
		if done != 1 || changed != 1 {
			t.Errorf("%s: %d calls succeeded, and Gumroad made %d changes: %v", tool, done, changed, answers)
		}
	}
	t.Logf("%d races of %d instances: %v", *races, instances, outcomes)
}

// awaitState calls each instance until it can tell whether a consent was used.
func (c *cluster) awaitState(t *testing.T) {
	t.Helper()
	for i, instance := range c.instances {
		base := "http://" + instance.Addr
		arguments := map[string]any{"connection_id": c.connection, "resource_name": "sale",
			"post_url": fmt.Sprintf("https://hooks.example.com/await%d", i)}
		for n := 0; ; n++ {
			got, err := callAt(c.token, base, "create_webhook", arguments)
			if err != nil || n > 500 {
				t.Fatalf("instance%d: %v (%v)", i, got.result, err)
			}
			if !got.isError {
				break
			}
			arguments["confirm_token"] = got.result["confirm_token"]
		}
	}
}

// kill has workers create offer codes, kills an instance after a third of them and starts another in its place, which
// listens before the last third begins.
func (c *cluster) kill(t *testing.T) {
	product := c.products(t)[0]
	c.store.ResetJournal()
	var (
		next       atomic.Int64
		group      sync.WaitGroup
		mu         sync.Mutex
		succeeded  = map[string]bool{} // by code
		answeredBy = map[string]int{}  // successes of each instance
		failures   = map[string]int{}  // by what they said
	)
	oneThird, restarted := make(chan struct{}), make(chan struct{})
	for range workers {
		group.Go(func() {
			for n := next.Add(1); n <= writes; n = next.Add(1) {
				switch n {
				case writes / 3:
					close(oneThird)
				case 2 * writes / 3:
					<-restarted
				}
				code := fmt.Sprintf("LOAD-%d", n)
				got, err := c.call("create_offer_code", map[string]any{"connection_id": c.connection, "product_id": product,
					"name": code, "percent_off": 5})
				mu.Lock()
				switch {
				case err != nil:
					failures[err.Error()]++
				case got.isError:
					failures[fmt.Sprint(got.result["code"])]++
				default:
					succeeded[code] = true
					answeredBy[got.instance]++
				}
				mu.Unlock()
			}
		})
	}
	<-oneThird
	addr := c.instances[1].Addr
	c.instances[1].End(os.Kill)
	c.instances[1] = c.serve(addr, unlimited...)
	await(t, "http://"+addr+"/readyz")
	close(restarted)
	group.Wait()

	sent, made := map[string]int{}, map[string]int{}
	for _, entry := range c.store.Journal() {
		if entry.Method == http.MethodPost && strings.HasSuffix(entry.Path, "/offer_codes") {
			code := entry.Params.Get("name")
			sent[code]++
			if entry.Committed {
				made[code]++
			}
		}
	}
	for code, times := range sent {
		if times > 1 {
			t.Errorf("%s was sent %d times", code, times)
		}
	}
	madeUnsaid := len(made)
	for code := range succeeded {
		if made[code] != 1 {
			t.Errorf("the call that creates %s succeeded, but Gumroad made it %d times", code, made[code])
		}
		madeUnsaid--
	}
	if len(succeeded) < writes*9/10 {
		t.Errorf("only %d of %d writes succeeded", len(succeeded), writes)
	}
	if len(answeredBy) != instances {
		t.Errorf("answered by %v, not by %d instances", answeredBy, instances)
	}
	t.Logf("%d writes: %d succeeded %v; the others said %v, and %d of them were made all the same",
		writes, len(succeeded), answeredBy, failures, madeUnsaid)
}

func (c *cluster) terminate(t *testing.T) {
	for i, instance := range c.instances {
		if err := instance.End(syscall.SIGTERM); err != nil {
			t.Errorf("instance%d: %v", i, err)
		}
	}
}

// await polls a URL until it answers 200.
func await(t *testing.T, url string) {
	t.Helper()
	for range 500 {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s never answered 200", url)
}

// sale is the id of a sale that can be refunded a cent at a time.
func (c *cluster) sale(t *testing.T) string {
	t.Helper()
	for _, highlight := range c.store.Highlights() {
		if highlight.Name == "USD sale not refunded" {
			return highlight.ID
		}
	}
	t.Fatal("there is no such sale")
	return ""
}

// products are the ids of the store's products.
func (c *cluster) products(t *testing.T) (ids []any) {
	t.Helper()
	listed, err := c.call("list_products", map[string]any{"connection_id": c.connection})
	if err != nil || listed.isError {
		t.Fatalf("list_products: %v (%v)", listed.result, err)
	}
	for _, product := range listed.result["products"].([]any) {
		ids = append(ids, product.(map[string]any)["id"])
	}
	return ids
}

type answer struct {
	instance string
	result   map[string]any
	isError  bool
}

// call calls a tool once, through the proxy. It fails if no tool answered.
func (c *cluster) call(tool string, arguments map[string]any) (answer, error) {
	return callAt(c.token, c.proxy, tool, arguments)
}

func callAt(token, base, tool string, arguments map[string]any) (answer, error) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": map[string]any{"name": "gumroad_" + tool, "arguments": arguments}})
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequest(http.MethodPost, base+"/mcp", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, errors.New("the connection broke")
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, errors.New("the connection broke")
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("HTTP %d", response.StatusCode)
	}
	var message struct {
		Result struct {
			StructuredContent map[string]any `json:"structuredContent"`
			IsError           bool           `json:"isError"`
		} `json:"result"`
	}
	if err := json.Unmarshal(raw, &message); err != nil || message.Result.StructuredContent == nil {
		return answer{}, fmt.Errorf("no result: %s", raw)
	}
	return answer{response.Header.Get("X-Instance"), message.Result.StructuredContent, message.Result.IsError}, nil
}
