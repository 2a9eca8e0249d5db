package cli_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
)

// TestHTTP starts the command, calls a tool over the network, and stops it as SIGTERM does.
func TestHTTP(t *testing.T) {
	ctx, terminate := context.WithCancel(t.Context())
	logReader, log := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		code, err := cli.Run(ctx, cli.Process{
			Args:   []string{"http", "--sandbox", frozen, "--addr", "127.0.0.1:0"},
			Getenv: func(string) string { return "" }, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: log,
		})
		if err != nil {
			t.Error(err)
		}
		log.Close()
		exit <- code
	}()
	lines := json.NewDecoder(logReader)
	var listening struct{ Msg, Addr, Path string }
	if err := lines.Decode(&listening); err != nil || listening.Msg != "listening" {
		t.Fatalf("%+v %v", listening, err)
	}
	go io.Copy(io.Discard, io.MultiReader(lines.Buffered(), logReader))
	response, err := http.Post("http://"+listening.Addr+listening.Path, "application/json", strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"gumroad_get_user","arguments":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), "Pixel") {
		t.Errorf("%d %s (%v)", response.StatusCode, body, err)
	}
	terminate()
	if code := <-exit; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestHTTPRefusesToStart(t *testing.T) {
	got := run(t, nil, false, "", "http", "--sandbox", "--addr", "0.0.0.0:0")
	if got.code != 2 || got.err == nil || !strings.Contains(got.err.Error(), "--auth") {
		t.Errorf("%+v", got)
	}
}

func TestToken(t *testing.T) {
	got := run(t, nil, false, "", "token", "--pin", "conn-1", "--scopes", "gumroad:read")
	if got.code != 0 || !strings.HasPrefix(got.stdout, "sha256:") || !strings.HasSuffix(got.stdout, " connection=conn-1 scopes=gumroad:read\n") ||
		!strings.Contains(got.stderr, "gmcp_") || strings.Contains(got.stdout, "gmcp_") {
		t.Errorf("%+v", got)
	}
	for _, bad := range [][]string{{"--scopes", "gumroad:fly"}, {"--pin", "a/b"}} {
		if got := run(t, nil, false, "", append([]string{"token"}, bad...)...); got.code != 2 || !strings.Contains(got.err.Error(), bad[0]) {
			t.Errorf("%v: %+v", bad, got)
		}
	}
}
