package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
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
