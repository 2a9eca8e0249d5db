package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// serve starts a command that serves, and returns what it writes until a part of it. stop ends the command as SIGTERM
// does, and checks that it ends well.
func serve(t *testing.T, part string, args ...string) (said string, stop func()) {
	t.Helper()
	ctx, terminate := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		code, err := cli.Run(ctx, cli.Process{
			Args: args, Stdin: strings.NewReader(""), Stdout: writer, Stderr: writer,
		})
		if err != nil {
			t.Error(err)
		}
		writer.Close()
		exit <- code
	}()
	for lines := bufio.NewScanner(reader); !strings.Contains(said, part); {
		if !lines.Scan() {
			t.Fatalf("want %q, got %s", part, said)
		}
		said += lines.Text() + "\n"
	}
	go io.Copy(io.Discard, reader)
	return said, func() {
		t.Helper()
		terminate()
		if diff := cmp.Diff(0, <-exit); diff != "" {
			t.Errorf("exit code (-want +got):\n%s", diff)
		}
	}
}

func TestHTTP(t *testing.T) {
	t.Run("it serves tools, and ends at a signal", func(t *testing.T) {
		said, stop := serve(t, "listening", "http", "--sandbox", frozen, "--addr", "127.0.0.1:0")
		var listening struct {
			Addr, Path string
			Sandbox    bool
		}
		if err := json.Unmarshal([]byte(said), &listening); err != nil {
			t.Fatalf("%s: %v", said, err)
		}
		if !listening.Sandbox {
			t.Errorf("want the log to say that it is the sandbox, got %s", said)
		}
		response, err := http.Post("http://"+listening.Addr+listening.Path, "application/json", strings.NewReader(
			`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"gumroad_get_user","arguments":{}}}`))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), "Pixel") {
			t.Errorf("want the store, got HTTP %d %s (%v)", response.StatusCode, body, err)
		}
		stop()
	})
	t.Run("a hang-up has it read its files again, and does not end it", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tokens")
		token, line := server.NewToken()
		if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		said, stop := serve(t, "listening", "http", "--sandbox", frozen, "--addr", "127.0.0.1:0", "--auth", "token",
			"--tokens-file", path)
		var listening struct{ Addr, Path string }
		if err := json.Unmarshal([]byte(said), &listening); err != nil {
			t.Fatal(err)
		}
		_, line = server.NewToken()
		if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if self, err := os.FindProcess(os.Getpid()); err != nil || self.Signal(syscall.SIGHUP) != nil {
			t.Skip("this system has no such signal")
		}
		for status := 0; status != http.StatusUnauthorized; {
			request, err := http.NewRequest(http.MethodPost, "http://"+listening.Addr+listening.Path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+token)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			status = response.StatusCode
		}
		stop()
	})
	t.Run("it does not start where strangers could call", func(t *testing.T) {
		run(t, nil, false, "", "http", "--sandbox", "--addr", "0.0.0.0:0").want(t, 2, "--auth")
	})
	t.Run("an address that cannot be listened on is named", func(t *testing.T) {
		run(t, nil, false, "", "http", "--sandbox", "--addr", "127.0.0.1:99999").want(t, 2, "--addr")
	})
}

func TestSandbox(t *testing.T) {
	greeting, stop := serve(t, "For tests:", "sandbox", frozen, "--addr", "127.0.0.1:0")
	defer stop()
	for _, test := range []struct{ name, address string }{
		{"as Maton", "MATON_API_URL MATON_API_KEY"},
		{"as Gumroad", "GUMROAD_API_BASE_URL GUMROAD_ACCESS_TOKEN"},
	} {
		t.Run("another program reaches it "+test.name, func(t *testing.T) {
			env := map[string]string{}
			for name := range strings.FieldsSeq(test.address) {
				if found := regexp.MustCompile(name + `=(\S+)`).FindStringSubmatch(greeting); found != nil {
					env[name] = found[1]
				}
			}
			run(t, env, false, "", "call", "get_user").want(t, 0, "Pixel & Page")
		})
	}
	t.Run("it has two stores", func(t *testing.T) {
		if !strings.Contains(greeting, "second connection") {
			t.Errorf("got %s", greeting)
		}
	})
	t.Run("it shows a licence that can be verified", func(t *testing.T) {
		if want := regexp.MustCompile(`product_id=\S+ license_key=\S+`); !want.MatchString(greeting) {
			t.Errorf("want %s, got %s", want, greeting)
		}
	})
}

func TestStdio(t *testing.T) {
	ping := `{"jsonrpc":"2.0","id":"it","method":"ping"}` + "\n"
	t.Run("it serves its input, and ends with it", func(t *testing.T) {
		got := run(t, nil, false, ping, "--sandbox")
		got.want(t, 0, "")
		if diff := cmp.Diff(`{"jsonrpc":"2.0","id":"it","result":{}}`+"\n", got.stdout); diff != "" {
			t.Errorf("standard output (-want +got):\n%s", diff)
		}
	})
	t.Run("in the sandbox it says that nothing is real", func(t *testing.T) {
		hello := testserver.Hello("{}")
		const says = "This is a built-in sandbox: nothing here is real."
		run(t, nil, false, hello, "--sandbox").want(t, 0, says)
		if got := run(t, nil, false, hello); strings.Contains(got.stdout, says) {
			t.Errorf("it says so of a real store: %s", got.stdout)
		}
	})
	t.Run("the sandbox begins with one store, so that no change needs connection_id", func(t *testing.T) {
		change := []string{"--sandbox", frozen, "call", "update_product", "product_id=tpgwbk", "name=New"}
		run(t, nil, false, "", change...).want(t, 0, "New")
		run(t, nil, false, "", append([]string{"--sandbox-stores=2"}, change...)...).want(t, 1, "connection_id")
		run(t, nil, false, "", append([]string{"--sandbox-stores=3"}, change...)...).want(t, 2, "--sandbox-stores")
	})
	t.Run("a person at a terminal is told what it waits for", func(t *testing.T) {
		got := run(t, nil, true, ping, "--sandbox")
		got.want(t, 0, "Waiting for an MCP client")
		if strings.Contains(got.stdout, "Waiting") {
			t.Errorf("standard output is the protocol's: %s", got.stdout)
		}
	})
}

func TestToken(t *testing.T) {
	t.Run("the caller's token and the file's line part ways", func(t *testing.T) {
		got := run(t, nil, false, "", "token", "--pin", "conn-1", "--scopes", "gumroad:read")
		got.want(t, 0, "gmcp_")
		line := regexp.MustCompile(`^sha256:[0-9a-f]{64} connection=conn-1 scopes=gumroad:read\n$`)
		if !line.MatchString(got.stdout) {
			t.Errorf("want %s, got %q", line, got.stdout)
		}
	})
	t.Run("an unknown scope is refused", func(t *testing.T) {
		run(t, nil, false, "", "token", "--scopes", "gumroad:fly").want(t, 2, "--scopes")
	})
	t.Run("the line has the caller's name", func(t *testing.T) {
		got := run(t, nil, false, "", "token", "--name", "anna@example.com")
		if line := regexp.MustCompile(`^sha256:[0-9a-f]{64} name=anna@example.com\n$`); !line.MatchString(got.stdout) {
			t.Errorf("want %s, got %q", line, got.stdout)
		}
	})
	t.Run("a name that would be another word of the line is refused", func(t *testing.T) {
		run(t, nil, false, "", "token", "--name", "anna scopes=gumroad:read,").want(t, 2, "--name")
	})
	t.Run("a malformed connection is refused", func(t *testing.T) {
		run(t, nil, false, "", "token", "--pin", "a/b").want(t, 2, "--pin")
	})
}
