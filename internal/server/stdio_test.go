package server_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

const (
	ping       = `{"jsonrpc":"2.0","id":"ping","method":"ping"}` + "\n"
	cancelLong = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"long"}}` + "\n"
)

// wantSuccess fails the test unless a call was answered without an error.
func wantSuccess(t *testing.T, answer testserver.Message) {
	t.Helper()
	if answer.Result == nil || answer.Result["isError"] == true {
		t.Errorf("want a result, got %+v", answer)
	}
}

// TestPipedSession sends everything at once, as a shell pipe does, and ends the input: every answer still comes.
func TestPipedSession(t *testing.T) {
	const sales = 20
	s := testserver.StartStdio(t, testserver.FirstStore)
	go func() {
		s.Send(testserver.Hello("{}"), "\n", "not json\n", `{"jsonrpc":"2.0","id":"tools","method":"tools/list"}`+"\n")
		for n := range sales {
			s.Send(testserver.CallLine(fmt.Sprint("sales ", n), "list_sales", map[string]any{"limit": 20}, nil), "\n")
		}
		s.Send(testserver.CallLine("last", "get_user", nil, nil))
		s.EndInput()
	}()
	first, rest := s.Next(), s.Rest()
	t.Run("the handshake is answered first", func(t *testing.T) {
		if diff := cmp.Diff("hello", first.ID); diff != "" {
			t.Errorf("id (-want +got):\n%s", diff)
		}
	})
	t.Run("every call is answered", func(t *testing.T) {
		for n := range sales {
			wantSuccess(t, rest[fmt.Sprint("sales ", n)])
		}
		if rest["tools"].Result["tools"] == nil {
			t.Errorf("want tools, got %+v", rest["tools"])
		}
	})
	t.Run("a last line without a break counts", func(t *testing.T) { wantSuccess(t, rest["last"]) })
	t.Run("a malformed line is a parse error", func(t *testing.T) {
		if diff := cmp.Diff(-32700.0, rest["<nil>"].Error["code"]); diff != "" {
			t.Errorf("code (-want +got):\n%s", diff)
		}
	})
	t.Run("nothing else is sent", func(t *testing.T) {
		if diff := cmp.Diff(sales+len([]string{"tools", "last", "parse error"}), len(rest)); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

func TestASignalLetsCallsFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testserver.StartStdio(t, testserver.FirstStore)
		s.Greet("{}")
		s.Sandbox.Inject(sandbox.Fault{Path: "/user", Kind: sandbox.FaultSlow, Delay: 5 * time.Second})
		s.Send(testserver.CallLine("slow", "get_user", nil, nil), "\n")
		synctest.Wait() // until it is upstream
		s.Stop()
		wantSuccess(t, s.Rest()["slow"])
	})
}

func TestCancelledCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testserver.StartStdio(t, testserver.FirstStore)
		s.Greet("{}")
		s.Sandbox.Inject(sandbox.Fault{Path: "/sales", Kind: sandbox.FaultSlow, Delay: time.Hour, After: 2})
		s.Send(testserver.CallLine("long", "list_sales", map[string]any{"limit": 100}, nil), "\n")
		synctest.Wait() // until its third page hangs
		s.Send(cancelLong, ping)
		if answer := s.Next(); answer.ID != "ping" {
			t.Errorf("want ping answered next, got %+v", answer)
		}
		s.EndInput()
		if diff := cmp.Diff(map[string]testserver.Message{}, s.Rest()); diff != "" {
			t.Errorf("a cancelled call was answered (-want +got):\n%s", diff)
		}
		page := "GET /gumroad/v2/sales"
		if diff := cmp.Diff([]string{page, page, page}, s.Requests()); diff != "" {
			t.Errorf("requests upstream (-want +got):\n%s", diff)
		}
	})
}

// TestCancelledChange: what was sent cannot be called back, so the client is told what became of it. What was not yet
// sent is never sent.
func TestCancelledChange(t *testing.T) {
	for _, test := range []struct {
		name     string
		before   int // slow calls that take the slots first
		wantSent bool
	}{
		{"it is on its way", 0, true},
		{"it waits for its turn", 16, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testserver.StartStdio(t, testserver.FirstStore)
				s.Greet("{}")
				s.Sandbox.Inject(sandbox.Fault{Path: "/user", Kind: sandbox.FaultSlow, Delay: 5 * time.Second})
				s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Kind: sandbox.FaultSlow, Delay: 5 * time.Second})
				for i := range test.before {
					s.Send(testserver.CallLine(strconv.Itoa(i), "get_user", nil, nil), "\n")
					synctest.Wait()
				}
				disable := map[string]any{"product_id": s.Highlight("digital product").ID}
				s.Send(testserver.CallLine("long", "disable_product", disable, nil), "\n")
				synctest.Wait() // until it hangs
				s.Send(cancelLong, ping)
				if answer := s.Next(); answer.ID != "ping" {
					t.Errorf("want ping answered next, got %+v", answer)
				}
				s.EndInput()
				answer, answered := s.Rest()["long"]
				if answered != test.wantSent {
					t.Errorf("answered: %t, want %t", answered, test.wantSent)
				}
				if answered {
					wantSuccess(t, answer)
				}
				sent := slices.ContainsFunc(s.Sandbox.Journal(), func(e sandbox.Entry) bool { return e.Committed })
				if sent != test.wantSent {
					t.Errorf("carried out: %t, want %t", sent, test.wantSent)
				}
			})
		})
	}
}

func TestWaitsReportProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testserver.StartStdio(t, func(s *testserver.Settings) { s.Client.Now = nil })
		s.Greet("{}")
		s.Send(testserver.CallLine("make", "create_connection", nil, nil), "\n")
		made := s.Next().Structured()
		wait := map[string]any{"connection_id": made["connection_id"], "wait_seconds": 10}
		s.Send(testserver.CallLine("wait", "get_connection", wait, map[string]any{"progressToken": "t"}), "\n")
		progress, answer := 0.0, s.Next()
		for ; answer.Method == "notifications/progress"; answer = s.Next() {
			step, _ := answer.Params["progress"].(float64)
			if answer.Params["progressToken"] != "t" || step <= progress {
				t.Errorf("want progress of t above %v, got %+v", progress, answer)
			}
			progress = step
		}
		if progress == 0 {
			t.Error("no progress was reported")
		}
		if got := answer.Structured()["status"]; answer.ID != "wait" || got != "PENDING" {
			t.Errorf("want the answer to wait, PENDING, got %+v", answer)
		}
		s.EndInput()
		s.Rest()
	})
}

// TestTheLinkComesBeforeTheWait: who waits for a new connection sees its link as progress.
func TestTheLinkComesBeforeTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testserver.StartStdio(t)
		s.Greet("{}")
		s.Send(testserver.CallLine("make", "create_connection", map[string]any{"wait_seconds": 10},
			map[string]any{"progressToken": "t"}), "\n")
		first := s.Next()
		answer := first
		for answer.Method == "notifications/progress" {
			answer = s.Next()
		}
		said, _ := first.Params["message"].(string)
		link, _ := answer.Structured()["url"].(string)
		if first.Method != "notifications/progress" || link == "" || !strings.Contains(said, link) {
			t.Errorf("want progress with the link first, got %+v and then %+v", first, answer)
		}
		s.EndInput()
		s.Rest()
	})
}

// TestQuestionsOnStdio asks a client of the earlier protocol, which stdio can reach.
func TestQuestionsOnStdio(t *testing.T) {
	for agreed, want := range map[bool]string{true: "is done", false: "is not done"} {
		t.Run(fmt.Sprintf("an act that is answered with %v %s", agreed, want), func(t *testing.T) {
			s := testserver.StartStdio(t, testserver.FirstStore)
			s.Greet(`{"elicitation":{}}`)
			s.Sandbox.ResetJournal()
			sale := map[string]any{"sale_id": s.Highlight("EUR sale").ID}
			s.Send(testserver.CallLine("refund", "refund_sale", sale, nil), "\n")
			question := s.Next()
			text, _ := question.Params["message"].(string)
			if question.Method != "elicitation/create" || !strings.Contains(text, "€") {
				t.Fatalf("want a question with the sum, got %+v", question)
			}
			id, err := json.Marshal(question.ID)
			if err != nil {
				t.Fatal(err)
			}
			const accept = `{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"confirm":%v}}}` + "\n"
			s.Send(fmt.Sprintf(accept, id, agreed))
			answer := s.Next()
			s.EndInput()
			s.Rest()
			got := map[string]bool{"an error": answer.Result["isError"] == true, "a write": len(s.Writes()) > 0}
			if diff := cmp.Diff(map[string]bool{"an error": !agreed, "a write": agreed}, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%+v", diff, answer)
			}
		})
	}
}

// TestQuestionsThatAreNotPut: the client answers with an error, or with no answer of a person's.
func TestQuestionsThatAreNotPut(t *testing.T) {
	for name, answer := range map[string]string{
		"an error":               `"error":{"code":-32601,"message":"no"}`,
		"an action that is none": `"result":{"action":1,"content":{"confirm":true}}`,
		"an unknown action":      `"result":{"action":"ACCEPT","content":{"confirm":true}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := testserver.StartStdio(t, testserver.FirstStore)
			s.Greet(`{"elicitation":{}}`)
			s.Sandbox.ResetJournal()
			s.Send(testserver.CallLine("refund", "refund_sale", map[string]any{"sale_id": s.Highlight("EUR sale").ID}, nil), "\n")
			question, err := json.Marshal(s.Next().ID)
			if err != nil {
				t.Fatal(err)
			}
			s.Send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`+"\n", question, answer))
			refused := s.Next()
			s.EndInput()
			s.Rest()
			message, _ := refused.Structured()["message"].(string)
			if !strings.Contains(message, "could not ask") || refused.Structured()["changed"] != "no" || len(s.Writes()) > 0 {
				t.Errorf("want a result that says so, got %+v and the writes %q", refused, s.Writes())
			}
		})
	}
}

// TestWaitsForThePersonHoldNoSlot: with more open questions, or more waits for an authorization, than calls run at once,
// another call is answered.
func TestWaitsForThePersonHoldNoSlot(t *testing.T) {
	const many = 20
	for _, test := range []struct {
		name, tool string
		arguments  func(s *testserver.Stdio) map[string]any
	}{
		{"in dialogs", "refund_sale", func(s *testserver.Stdio) map[string]any {
			return map[string]any{"sale_id": s.Highlight("EUR sale").ID, "connection_id": s.Highlight("first connection").ID}
		}},
		{"for a connection", "get_connection", func(s *testserver.Stdio) map[string]any {
			s.Send(testserver.CallLine("make", "create_connection", nil, nil), "\n")
			return map[string]any{"connection_id": s.Next().Structured()["connection_id"], "wait_seconds": 45}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testserver.StartStdio(t)
				s.Greet(`{"elicitation":{}}`)
				arguments := test.arguments(s)
				for i := range many {
					s.Send(testserver.CallLine(strconv.Itoa(i), test.tool, arguments, nil), "\n")
					if test.tool != "refund_sale" {
						continue
					}
					if asked := s.Next(); asked.Method != "elicitation/create" {
						t.Fatalf("want a question, got %+v", asked)
					}
				}
				synctest.Wait()
				s.Send(testserver.CallLine("other", "list_connections", nil, nil), "\n")
				if answer := s.Next(); answer.ID != "other" {
					t.Errorf("want the other call answered next, got %+v", answer)
				}
				s.EndInput()
				if rest := s.Rest(); len(rest) != many {
					t.Errorf("want %d answers more, got %d", many, len(rest))
				}
			})
		})
	}
}

// TestModernStdio has no handshake.
func TestModernStdio(t *testing.T) {
	s := testserver.StartStdio(t)
	s.Send(testserver.CallLine("1", "get_user", nil, map[string]any{
		"progressToken": 7,
		"io.modelcontextprotocol/protocolVersion":    testserver.Eras[1],
		"io.modelcontextprotocol/clientCapabilities": map[string]any{},
	}), "\n")
	answer := s.Next()
	wantSuccess(t, answer)
	if diff := cmp.Diff("complete", answer.Result["resultType"]); diff != "" {
		t.Errorf("resultType (-want +got):\n%s", diff)
	}
	s.EndInput()
	s.Rest()
}
