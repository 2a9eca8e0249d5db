package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "embed"
)

// launcher starts the program of the system it runs on. It is an argument of /bin/sh, because Claude Desktop for macOS
// has unpacked bundles without execute bits.
//
//go:embed launch.sh
var launcher []byte

// icon is what Claude Desktop shows, 512 pixels square.
//
//go:embed icon.png
var icon []byte

// setting is one that a person gives in a form. Each has a default, because hosts pass the placeholder of one that has
// neither a value nor a default; none is required, because hosts do not start a server that lacks one.
type setting struct {
	Variable    string `json:"-"`
	Name        string `json:"-"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Sensitive   bool   `json:"sensitive,omitempty"`
	Default     any    `json:"default"`
}

// settings are those that a person without a terminal is asked for.
var settings = []setting{
	{"MATON_API_KEY", "maton_api_key", "string", "Maton API key",
		"Get one at maton.ai, then ask Claude to connect your Gumroad store. Without it, only the built-in store works.", true, ""},
	{"GUMROAD_MCP_SANDBOX", "sandbox", "boolean", "Try it on the built-in store",
		"A made-up store, without an account. Nothing real is touched, and your key is not used.", false, false},
	{"GUMROAD_MCP_READ_ONLY", "read_only", "boolean", "Read only",
		"Offer nothing that changes the store.", false, false},
	{"GUMROAD_MCP_TOOLSETS", "toolsets", "string", "Toolsets",
		"What Claude can do: default, all, or default with others such as default,emails. The documentation lists them.", false, "default"},
	{"GUMROAD_MCP_UPLOAD_DIR", "upload_dir", "directory", "Folder for uploads",
		"The one folder whose files may be uploaded to the store. Without it, none.", false, ""},
}

type object = map[string]any

// manifest describes the bundle by MCPB 0.3, which the newest command line validates.
func manifest(a about, there []platform) object {
	variables, form := object{}, object{}
	for _, s := range settings {
		variables[s.Variable], form[s.Name] = "${user_config."+s.Name+"}", s
	}
	tools := []object{}
	for _, tool := range a.Tools {
		tools = append(tools, object{"name": tool.Name, "description": tool.Description})
	}
	systems := []string{}
	for _, p := range there {
		if p.bundled && !slices.Contains(systems, p.os()) {
			systems = append(systems, p.os())
		}
	}
	run := object{"command": "/bin/sh", "args": []string{"${__dirname}/server/launch.sh"}, "env": variables}
	if slices.Contains(systems, "win32") {
		run["platform_overrides"] = object{"win32": object{
			"command": "${__dirname}/server/win32-x64/gumroad-mcp.exe", "args": []string{}, "env": variables}}
	}
	return object{
		"manifest_version": "0.3", "name": a.name(), "display_name": "Gumroad", "version": a.Version,
		"description": description,
		"long_description": "Ask what October made, find a buyer, check a licence, make a discount code, refund a sale. What cannot " +
			"be undone, reaches buyers or goes public asks you first. Stores are connected by OAuth through " +
			"[Maton](https://maton.ai), and a whole made-up store is built in to try it on.\n\n" +
			"An independent project, affiliated with neither Gumroad nor Maton.",
		"author":           object{"name": a.name() + " contributors", "url": a.website()},
		"repository":       object{"type": "git", "url": a.website()},
		"homepage":         a.website(),
		"documentation":    a.website() + "#readme",
		"support":          a.website() + "/issues",
		"icon":             "icon.png",
		"license":          "MIT",
		"keywords":         []string{"gumroad", "store", "sales", "maton"},
		"privacy_policies": []string{a.website() + "/blob/main/SECURITY.md", "https://maton.ai/privacy", "https://gumroad.com/privacy"},
		"server":           object{"type": "binary", "entry_point": "server/launch.sh", "mcp_config": run},
		"tools":            tools, "prompts_generated": true,
		"compatibility": object{"claude_desktop": ">=0.10.0", "platforms": systems},
		"user_config":   form,
	}
}

// description is what lists of servers show, which allow a hundred characters.
const description = "Run a Gumroad store: products, sales, refunds, licences, discounts and more."

// writeBundle writes the bundle. It is the same for the same programs: files are sorted and carry one time.
func writeBundle(o options) error {
	a, there, err := o.inspect()
	if err != nil {
		return err
	}
	described, err := json.MarshalIndent(manifest(a, there), "", "  ")
	if err != nil {
		return err
	}
	type file struct {
		name     string
		contents func() (io.ReadCloser, error)
	}
	inMemory := func(contents []byte) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(contents)), nil }
	}
	files := []file{{"manifest.json", inMemory(described)}, {"icon.png", inMemory(icon)}, {"server/launch.sh", inMemory(launcher)}}
	for _, p := range there {
		if p.bundled {
			files = append(files, file{path.Join("server", p.file()), func() (io.ReadCloser, error) {
				return os.Open(filepath.Join(o.programs, p.file()))
			}})
		}
	}
	files = append(files, file{notices, func() (io.ReadCloser, error) { return os.Open(filepath.Join(o.out, notices)) }})
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return o.write("gumroad-mcp.mcpb", func(w io.Writer) error {
		archive := zip.NewWriter(w)
		archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
			return flate.NewWriter(w, flate.BestCompression)
		})
		for _, f := range files {
			header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
			header.SetMode(0o644)
			if strings.HasPrefix(f.name, "server/") {
				header.SetMode(0o755)
			}
			entry, err := archive.CreateHeader(header)
			if err != nil {
				return err
			}
			contents, err := f.contents()
			if err != nil {
				return err
			}
			_, err = io.Copy(entry, contents)
			contents.Close()
			if err != nil {
				return err
			}
		}
		return archive.Close()
	})
}

// write writes a file below the directory of what is made, or nothing.
func (o options) write(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return o.writeFile(name, b.Bytes(), 0o644)
}

func (o options) writeFile(name string, contents []byte, mode fs.FileMode) error {
	file := filepath.Join(o.out, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, contents, mode)
}

func (o options) writeJSON(name string, value any) error {
	return o.write(name, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	})
}
