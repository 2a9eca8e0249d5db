package views_test

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/resources/views"
)

// everything is what a page may call, with names that would end its script.
func everything(v views.View) map[string]string {
	on := map[string]string{}
	for _, name := range v.Calls {
		on[name] = "</script><b>" + name
	}
	return on
}

// TestPages checks what every page keeps, by what a host gets.
func TestPages(t *testing.T) {
	const most = 15_000
	for _, v := range views.All() {
		t.Run(v.Name, func(t *testing.T) {
			page := v.Page(everything(v))
			t.Logf("%d bytes", len(page))
			if len(page) >= most {
				t.Errorf("it has %d bytes, and may have %d", len(page), most)
			}
			for _, part := range []string{`<!doctype html><html lang="en">`, "<title>" + html.EscapeString(v.Title) + "</title>",
				`name="viewport"`, "ui/initialize", "ui/notifications/initialized", "Loading…", "nothing to show",
				"was cancelled", `role:"alert"`, "prefers-reduced-motion", "light-dark("} {
				if !strings.Contains(page, part) {
					t.Errorf("it lacks %q", part)
				}
			}
			// A page gets nothing from the network, runs nothing but its own script, and makes no markup of texts.
			forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|` +
				`\bimport\b|\bexport\b|https?:/*\w|\bfetch\b|XMLHttpRequest|WebSocket|Worker|localStorage|sessionStorage|` +
				`\balert\(|\bconfirm\(|window\.open|<!--|<form|url\(|@import`)
			if found := forbidden.FindAllString(page, -1); found != nil {
				t.Errorf("it has %q", found)
			}
			if got := strings.Count(strings.ToLower(page), "</script"); got != 2 {
				t.Errorf("want 2 scripts to end, got %d", got)
			}
		})
	}
}

// TestConfig: a page is told its name and its tools, whatever these are called.
func TestConfig(t *testing.T) {
	for _, v := range views.All() {
		_, rest, _ := strings.Cut(v.Page(everything(v)), `id="config">`)
		config, _, _ := strings.Cut(rest, "</script>")
		var got any
		if err := json.Unmarshal([]byte(config), &got); err != nil {
			t.Fatalf("%s: %v in %s", v.Name, err, config)
		}
		tools := map[string]any{}
		for name, full := range everything(v) {
			tools[name] = full
		}
		if diff := cmp.Diff(any(map[string]any{"view": v.Name, "tools": tools}), got); diff != "" {
			t.Errorf("%s is told (-want +got):\n%s", v.Name, diff)
		}
	}
}

func source(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCalls: the table names the very tools that a page's module calls.
func TestCalls(t *testing.T) {
	named := regexp.MustCompile(`(?:tool[=:]? =? ?|canCall\(|start\("\w+", )"([a-z]+_[a-z_]+)"`)
	for _, v := range views.All() {
		var calls []string
		for _, found := range named.FindAllStringSubmatch(source(t, v.Name+".js"), -1) {
			calls = append(calls, found[1])
		}
		slices.Sort(calls)
		if diff := cmp.Diff(slices.Sorted(slices.Values(v.Calls)), slices.Compact(calls)); diff != "" {
			t.Errorf("%s calls (-table +module):\n%s", v.Name, diff)
		}
	}
}

// TestModules: all modules of a page share one scope, so that two of them cannot have the same name in it. What imports
// leave out is no module, and each is used.
func TestModules(t *testing.T) {
	declared := regexp.MustCompile(`(?m)^(?:export )?(?:async )?(?:function|const|let|class) (\w+)`)
	imported := regexp.MustCompile(`(?m)^import \{[^}]*\} from "\./(\w+)\.js";$`)
	used := map[string]bool{}
	for _, v := range views.All() {
		owner := map[string]string{}
		var visit func(module string)
		visit = func(module string) {
			text := source(t, module+".js")
			for _, found := range declared.FindAllStringSubmatch(text, -1) {
				if other, taken := owner[found[1]]; taken && other != module {
					t.Errorf("%s: %s.js and %s.js both have %s", v.Name, other, module, found[1])
				}
				owner[found[1]] = module
			}
			used[module] = true
			all := imported.FindAllStringSubmatch(text, -1)
			if len(all) != strings.Count(text, "\nimport ") {
				t.Errorf("%s.js has an import that the page would keep", module)
			}
			for _, found := range all {
				visit(found[1])
			}
		}
		visit(v.Name)
	}
	for _, pattern := range []string{"*.js", "*.css"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < 3 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			if module := strings.TrimSuffix(file, filepath.Ext(file)); !used[module] && file != "base.css" {
				t.Errorf("no page has %s", file)
			}
		}
	}
}
