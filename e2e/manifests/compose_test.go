package manifests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// TestCompose reads the Compose file as Docker does, and follows what its parts say of each other.
func TestCompose(t *testing.T) {
	directory := filepath.Join("..", "..", "deploy", "compose")
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  directory,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(directory, "compose.yaml")}},
		Environment: types.Mapping{"SEAL_KEY": "0123456789abcdef0123456789abcdef"},
	}, func(o *loader.Options) { o.SetProjectName("gumroad-mcp", true) })
	if err != nil {
		t.Fatal(err)
	}
	var instances, nodes []string
	for _, name := range project.ServiceNames() {
		switch {
		case strings.HasPrefix(name, "gumroad-mcp-"):
			instances = append(instances, name)
		case strings.HasPrefix(name, "nats-"):
			nodes = append(nodes, name)
			if at := project.Services[name].Environment["SERVER_NAME"]; at == nil || *at != name {
				t.Errorf("the NATS server %s does not know its name", name)
			}
		}
	}
	if len(instances) != 3 || len(nodes) != 3 {
		t.Errorf("the instances %v and the NATS servers %v are not three of each", instances, nodes)
	}
	for _, name := range instances {
		service := project.Services[name]
		var urls []string
		for _, node := range nodes {
			urls = append(urls, "nats://"+node+":4222")
		}
		if got := *service.Environment["GUMROAD_MCP_NATS_URL"]; got != strings.Join(urls, ",") {
			t.Errorf("%s has NATS at %s", name, got)
		}
		if !service.ReadOnly || !slices.Contains(service.CapDrop, "ALL") {
			t.Errorf("%s may do more than it needs to", name)
		}
	}
	for name, config := range project.Configs {
		content, err := os.ReadFile(config.File)
		if err != nil {
			t.Errorf("the config %s: %v", name, err)
		}
		named := instances
		if name == "nats" {
			named = nodes
		}
		for _, service := range named {
			if !strings.Contains(string(content), service+":") {
				t.Errorf("%s does not name %s", config.File, service)
			}
		}
	}
	for _, node := range nodes {
		if _, public := project.Services[node].Networks["front"]; public {
			t.Errorf("%s can be reached from the front", node)
		}
	}
}
