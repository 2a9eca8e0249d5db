// Package natsnode runs NATS servers for tests: real ones, each a process of its own, which a test can kill.
package natsnode

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// variable holds, as JSON, what the process is that was started as a node.
const variable = "GUMROAD_TEST_NATS_NODE"

// node describes one server.
type node struct {
	Name        string
	Port        int
	ClusterPort int
	Routes      string // of all nodes; "" for a node that stands alone
	Directory   string
	Config      string // path of a configuration file with more, or ""
}

// Run runs a node until it is killed, if this process was started as one. TestMain calls it first.
func Run() {
	described := os.Getenv(variable)
	if described == "" {
		return
	}
	var n node
	if err := json.Unmarshal([]byte(described), &n); err != nil {
		panic(err)
	}
	options := &server.Options{}
	if n.Config != "" {
		if err := options.ProcessConfigFile(n.Config); err != nil {
			panic(err)
		}
	}
	options.ServerName, options.Host, options.Port = n.Name, "127.0.0.1", n.Port
	options.JetStream, options.StoreDir, options.SyncAlways = true, n.Directory, true
	options.NoSigs = true
	if n.Routes != "" {
		options.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: n.ClusterPort}
		options.Routes = server.RoutesFromStr(n.Routes)
	}
	s, err := server.NewServer(options)
	if err != nil {
		panic(err)
	}
	s.SetLoggerV2(faults{}, false, false, false)
	s.Start()
	io.Copy(io.Discard, os.Stdin) // ends with the test that started it
	os.Exit(0)
}

// faults ends a node that cannot work, and logs nothing else.
type faults struct{ server.Logger }

func (faults) Noticef(string, ...any) {}
func (faults) Warnf(string, ...any)   {}
func (faults) Errorf(string, ...any)  {} // above all that the others are not there yet

func (faults) Fatalf(format string, v ...any) { panic(fmt.Sprintf("NATS: "+format, v...)) }

// Cluster is some nodes.
type Cluster struct {
	tb    testing.TB
	nodes []node
	runs  []*exec.Cmd // of each node; nil while it does not run
}

// Start runs that many nodes until the test ends: one alone, or a cluster. It does not wait for them to be ready.
// config is the path of a configuration file with more options, or "".
func Start(tb testing.TB, nodes int, config string) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb, runs: make([]*exec.Cmd, nodes)}
	ports := freePorts(tb, 2*nodes)
	var routes []string
	for i := range nodes {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", ports[2*i+1]))
	}
	if nodes == 1 {
		routes = nil
	}
	directory := tb.TempDir()
	for i := range nodes {
		name := fmt.Sprintf("n%d", i)
		c.nodes = append(c.nodes, node{Name: name, Port: ports[2*i], ClusterPort: ports[2*i+1],
			Routes: strings.Join(routes, ","), Directory: filepath.Join(directory, name), Config: config})
	}
	tb.Cleanup(func() {
		for i := range c.nodes {
			c.Kill(i)
		}
	})
	for i := range c.nodes {
		c.Restart(i)
	}
	return c
}

// URLs are the nodes' addresses.
func (c *Cluster) URLs() (urls []string) {
	for _, n := range c.nodes {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", n.Port))
	}
	return urls
}

// Kill ends a node as a lost machine does, without a word to the others.
func (c *Cluster) Kill(i int) {
	c.tb.Helper()
	run := c.runs[i]
	if run == nil {
		return
	}
	c.runs[i] = nil
	if err := run.Process.Kill(); err != nil {
		c.tb.Error(err)
	}
	run.Wait() // says that it was killed
}

// Named returns the number of the node of that name.
func (c *Cluster) Named(name string) int {
	for i, n := range c.nodes {
		if n.Name == name {
			return i
		}
	}
	c.tb.Fatalf("there is no node %q", name)
	return 0
}

// Restart starts a node that does not run, with what it has on its disk.
func (c *Cluster) Restart(i int) {
	c.tb.Helper()
	described, err := json.Marshal(c.nodes[i])
	if err != nil {
		c.tb.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		c.tb.Fatal(err)
	}
	run := exec.Command(self)
	run.Env = append(os.Environ(), variable+"="+string(described))
	run.Stdout, run.Stderr = c.tb.Output(), c.tb.Output()
	if _, err := run.StdinPipe(); err != nil { // closed with this process
		c.tb.Fatal(err)
	}
	if err := run.Start(); err != nil {
		c.tb.Fatal(err)
	}
	c.runs[i] = run
}

// freePorts returns ports of this machine that nobody listens on.
func freePorts(tb testing.TB, n int) (ports []int) {
	tb.Helper()
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer listener.Close() // only at the end, so that none is given twice
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
