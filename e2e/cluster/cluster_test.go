// Package cluster runs several instances of the program behind a proxy, as in production, and takes one away.
package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	instances = 3
	workers   = 12
	writes    = 900
)

const proxyConfig = `
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
  retry-on conn-failure # never a request that was sent: it may have been carried out
frontend mcp
  bind 127.0.0.1:%d
  default_backend instances
backend instances
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 100ms fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down
  http-response set-header X-Instance %%s
%s`

// TestCluster needs HAProxy, which e2e/cluster/run installs and names.
func TestCluster(t *testing.T) {
	haproxy := os.Getenv("CLUSTER_HAPROXY")
	if haproxy == "" {
		t.Skip("CLUSTER_HAPROXY is not set; e2e/cluster/run sets it")
	}
	store := sandbox.New(sandbox.Options{})
	defer store.Close()
	upstream := httptest.NewServer(store)
	defer upstream.Close()

	binary := filepath.Join(t.TempDir(), "gumroad-mcp")
	if output, err := exec.Command("go", "build", "-o", binary, "../..").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	run := func(port int) *exec.Cmd {
		command := exec.Command(binary, "http", "--addr", fmt.Sprintf("127.0.0.1:%d", port),
			"--caller-rate", "0", "--rate-limit", "100000", "--log-level", "warn")
		command.Env = []string{"MATON_API_URL=" + upstream.URL, "MATON_API_KEY=" + sandbox.MatonKey,
			"GUMROAD_MCP_SEAL_KEY=the same secret on every instance of this test"}
		return launch(t, command)
	}
	ports, servers := freePorts(t, instances+1), ""
	processes := make([]*exec.Cmd, instances)
	for i := range processes {
		processes[i] = run(ports[i])
		servers += fmt.Sprintf("  server instance%d 127.0.0.1:%d\n", i, ports[i])
	}
	for i := range processes {
		await(t, fmt.Sprintf("http://127.0.0.1:%d/readyz", ports[i]), http.StatusOK)
	}
	config := filepath.Join(t.TempDir(), "haproxy.cfg")
	proxyPort := ports[instances]
	if err := os.WriteFile(config, fmt.Appendf(nil, proxyConfig, proxyPort, servers), 0o600); err != nil {
		t.Fatal(err)
	}
	launch(t, exec.Command(haproxy, "-db", "-f", config))
	proxy := fmt.Sprintf("http://127.0.0.1:%d", proxyPort)
	await(t, proxy+"/readyz", http.StatusOK)
	c := client{t, proxy + "/mcp"}

	connection := store.Highlights()[0].ID
	listed := c.must("list_products", map[string]any{"connection_id": connection, "limit": 3})
	products := listed["products"].([]any)
	product := products[0].(map[string]any)["id"]

	t.Run("consent crosses instances", func(t *testing.T) {
		doomed := map[string]any{"connection_id": connection, "product_id": products[1].(map[string]any)["id"]}
		asked, err := c.call("delete_product", doomed)
		if err != nil || asked.result["confirm_token"] == nil {
			t.Fatalf("%v %v", asked, err)
		}
		doomed["confirm_token"] = asked.result["confirm_token"]
		done, err := c.call("delete_product", doomed)
		if err != nil || done.isError || done.instance == asked.instance {
			t.Errorf("asked at %s, done at %s: %v (%v)", asked.instance, done.instance, done.result, err)
		}
		t.Logf("asked at %s, done at %s", asked.instance, done.instance)
	})

	store.ResetJournal()
	var (
		next, succeeded, refused, lost atomic.Int64
		group                          sync.WaitGroup
		mu                             sync.Mutex
		outcome                        = map[string]bool{} // by code: whether the call said it was made
		answeredBy                     = map[string]int{}
		said                           = map[string]int{}
	)
	killed, restarted := make(chan struct{}), make(chan struct{})
	for range workers {
		group.Go(func() {
			for {
				n := next.Add(1)
				switch {
				case n > writes:
					return
				case n == writes/3:
					close(killed)
				case n == 2*writes/3:
					<-restarted
				}
				name := fmt.Sprintf("LOAD-%d", n)
				got, err := c.call("create_offer_code", map[string]any{"connection_id": connection, "product_id": product,
					"name": name, "amount_off": 5, "offer_type": "percent"})
				mu.Lock()
				switch {
				case err != nil:
					lost.Add(1)
					said[err.Error()]++
				case got.isError:
					refused.Add(1)
					said[fmt.Sprint(got.result["code"])]++
				default:
					succeeded.Add(1)
					answeredBy[got.instance]++
				}
				outcome[name] = err == nil && !got.isError
				mu.Unlock()
			}
		})
	}
	<-killed
	processes[1].Process.Kill()
	processes[1].Wait()
	await(t, proxy+"/readyz", http.StatusOK)
	processes[1] = run(ports[1])
	await(t, fmt.Sprintf("http://127.0.0.1:%d/readyz", ports[1]), http.StatusOK)
	close(restarted)
	group.Wait()

	sent, made := map[string]int{}, map[string]int{}
	for _, entry := range store.Journal() {
		if entry.Method == http.MethodPost && strings.HasSuffix(entry.Path, "/offer_codes") {
			name := entry.Params.Get("name")
			sent[name]++
			if entry.Committed {
				made[name]++
			}
		}
	}
	for name, ok := range outcome {
		if sent[name] > 1 || made[name] > 1 {
			t.Errorf("%s was sent %d times and made %d times", name, sent[name], made[name])
		}
		if ok && made[name] != 1 {
			t.Errorf("%s was said to be made, and was made %d times", name, made[name])
		}
	}
	madeUnsaid := 0
	for name := range made {
		if !outcome[name] {
			madeUnsaid++
		}
	}
	if len(outcome) != writes || succeeded.Load() < writes*9/10 || len(answeredBy) != instances {
		t.Errorf("%d calls, %d succeeded, answered by %v", len(outcome), succeeded.Load(), answeredBy)
	}
	t.Logf("%d writes: %d succeeded %v, %d refused by a tool, %d with an error of the proxy or the connection; what failed said %v; %d of those were made; none was sent twice",
		writes, succeeded.Load(), answeredBy, refused.Load(), lost.Load(), said, madeUnsaid)

	t.Run("SIGTERM lets calls finish", func(t *testing.T) {
		for _, process := range processes {
			if err := process.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := process.Wait(); err != nil {
				t.Errorf("exit: %v", err)
			}
		}
	})
}

func launch(t *testing.T, command *exec.Cmd) *exec.Cmd {
	t.Helper()
	command.Stderr = &lines{t: t}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if command.ProcessState == nil {
			command.Process.Kill()
			command.Wait()
		}
	})
	return command
}

// lines shows a process's stderr in the test's log.
type lines struct{ t *testing.T }

func (l *lines) Write(p []byte) (int, error) {
	if testing.Verbose() {
		os.Stderr.Write(p)
	}
	return len(p), nil
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close() // once all are chosen
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// await polls until an address answers with a status.
func await(t *testing.T, url string, status int) {
	t.Helper()
	for range 500 {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == status {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s never answered %d", url, status)
}

type client struct {
	t   *testing.T
	url string
}

type answer struct {
	instance string
	result   map[string]any
	isError  bool
}

// call calls a tool once. Its error says that no tool answered.
func (c client) call(tool string, arguments map[string]any) (answer, error) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": map[string]any{"name": "gumroad_" + tool, "arguments": arguments}})
	if err != nil {
		return answer{}, err
	}
	response, err := http.Post(c.url, "application/json", strings.NewReader(string(body)))
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

func (c client) must(tool string, arguments map[string]any) map[string]any {
	c.t.Helper()
	a, err := c.call(tool, arguments)
	if err != nil || a.isError {
		c.t.Fatalf("%s: %v %v", tool, a.result, err)
	}
	return a.result
}
