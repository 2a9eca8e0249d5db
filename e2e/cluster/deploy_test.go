package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// reserved is what the streams and buckets of internal/state take of a NATS server's disk at most.
const reserved = 64<<20 + 256<<20 + 1<<30 + 2<<30

// TestNATSConfig reads the configurations in deploy/ as the NATS server does.
func TestNATSConfig(t *testing.T) {
	t.Setenv("POD_NAME", "nats-0")
	t.Setenv("SERVER_NAME", "nats-0")
	manifest, err := os.ReadFile("../../deploy/nats.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, config, _ := strings.Cut(string(manifest), "nats.conf: |\n")
	config, _, _ = strings.Cut(config, "\n---\n")
	inManifest := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(inManifest, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"Kubernetes": inManifest, "Compose": "../../deploy/compose/nats.conf"} {
		options, err := server.ProcessConfigFile(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !options.SyncAlways || options.JetStreamMaxStore < reserved || options.ServerName != "nats-0" || len(options.Routes) != 3 {
			t.Errorf("%s: %q writes at once: %v, has room for %d bytes and %d servers", name, options.ServerName,
				options.SyncAlways, options.JetStreamMaxStore, len(options.Routes))
		}
	}
}

// TestProxyConfig reads the configuration in deploy/ as HAProxy does.
func TestProxyConfig(t *testing.T) {
	haproxy := os.Getenv("CLUSTER_HAPROXY")
	if haproxy == "" {
		t.Skip("CLUSTER_HAPROXY is not set; e2e/cluster/run sets it")
	}
	if said, err := exec.CommandContext(t.Context(), haproxy, "-c", "-f", "../../deploy/compose/haproxy.cfg").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}
