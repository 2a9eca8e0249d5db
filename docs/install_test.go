package docs_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// TestInstallTable lists the clients that install knows, each with its files on a machine that has nothing yet.
func TestInstallTable(t *testing.T) {
	homes := map[string]string{"HOME": "~", "USERPROFILE": "~", "APPDATA": "%APPDATA%", "LOCALAPPDATA": "%LOCALAPPDATA%"}
	systems := []struct{ goos, name string }{{"linux", "Linux"}, {"darwin", "macOS"}, {"windows", "Windows"}}
	table := "| Client | Name | Your file | A project's file |\n|---|---|---|---|\n"
	for _, c := range clients.All() {
		var files []string
		for _, system := range systems {
			file := c.File(clients.Machine{OS: system.goos, Getenv: func(name string) string { return homes[name] }})
			if strings.HasPrefix(file, "%") {
				file = strings.ReplaceAll(file, "/", `\`)
			}
			if n := len(files); n > 0 && strings.HasSuffix(files[n-1], " "+code(file)) {
				files[n-1] = strings.Replace(files[n-1], " `", ", "+system.name+" `", 1)
			} else {
				files = append(files, system.name+" "+code(file))
			}
		}
		table += fmt.Sprintf("| %s | %s | %s | %s |\n", c.Title, code(c.Name),
			strings.ReplaceAll(strings.Join(files, "<br>"), "Linux, macOS, Windows ", ""), code(c.Project))
	}
	testserver.GoldenPart(t, "install.md", "clients", table)
}

// TestInstallButtons writes the links that install the published program. GitHub shows only those that are web addresses as
// links; the others are to be opened from the client's machine.
func TestInstallButtons(t *testing.T) {
	var buttons []string
	links := "| Client | Link |\n|---|---|\n"
	for _, c := range clients.All() {
		link := c.InstallLink()
		if strings.HasPrefix(link, "https://") {
			buttons = append(buttons, fmt.Sprintf("[Add to %s](%s)", c.Title, link))
		}
		if link != "" {
			links += fmt.Sprintf("| %s | `%s` |\n", c.Title, link)
		}
	}
	testserver.GoldenPart(t, "../README.md", "buttons", "With Node, one click: "+strings.Join(buttons, " · ")+"\n")
	testserver.GoldenPart(t, "install.md", "links", links)
}

// TestReadmeCounts checks the numbers that the README names in its sentences.
func TestReadmeCounts(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, set := range tools.Toolsets() {
		count += len(set.Tools)
	}
	for _, said := range []string{
		fmt.Sprintf("[%d tools in %d toolsets]", count, len(tools.Toolsets())),
		fmt.Sprintf("Claude, Cursor, VS Code, Codex and %d others", len(clients.All())-5), // Claude is two
	} {
		if !strings.Contains(string(readme), said) {
			t.Errorf("README.md does not say %q", said)
		}
	}
	economy, err := os.ReadFile("economy.md")
	if err != nil {
		t.Fatal(err)
	}
	october := regexp.MustCompile(`\| What did October make.*\| (\d+) \| 4 of 4 \|\n\|  \| REST \| (\d+) .*\| (\d+) \| 0 of 4 \|`).
		FindSubmatch(economy)
	if october == nil {
		t.Fatal("economy.md has not the task that the README tells of")
	}
	raw, err := strconv.Atoi(string(october[3]))
	if err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprintf("one call and %s tokens, where the raw API takes %s calls and %d,000", october[1], october[2], (raw+500)/1000)
	if !strings.Contains(string(readme), said) {
		t.Errorf("README.md does not say %q", said)
	}
	if lines := strings.Count(string(readme), "\n"); lines >= 150 {
		t.Errorf("README.md has %d lines, and is to have less than 150", lines)
	}
}
