package main

import (
	"os"
	"path"
	"path/filepath"

	_ "embed"
)

// shim starts the program from the package of the platform it runs on. There is no install script, because npm runs
// none of a dependency unless it is told to.
//
//go:embed shim.js
var shim []byte

// writeNPM writes the directories of the npm packages: one for each platform, which holds the program, and the wrapper,
// which has them as optional dependencies, so that npm installs the one that fits.
func writeNPM(o options) error {
	a, there, err := o.inspect()
	if err != nil {
		return err
	}
	repository := object{"type": "git", "url": "git+" + a.website() + ".git"}
	optional := object{}
	for _, p := range there {
		if p.node == universal {
			continue
		}
		name := a.npmName("-" + p.node)
		optional[name] = a.Version
		described := object{
			"name": name, "version": a.Version, "license": "MIT", "repository": repository,
			"description": "The program of " + a.npmName("") + " for " + p.node + ".",
			"os":          []string{p.os()}, "cpu": []string{p.node[len(p.os())+1:]},
			"files": []string{"bin", notices}, "preferUnplugged": true,
		}
		directory := path.Join("npm", "server-"+p.node)
		if err := o.writeJSON(path.Join(directory, "package.json"), described); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(o.out, notices), filepath.Join(o.out, directory, notices), 0o644); err != nil {
			return err
		}
		from, to := filepath.Join(o.programs, p.file()), filepath.Join(o.out, directory, "bin", path.Base(p.file()))
		if err := copyFile(from, to, 0o755); err != nil {
			return err
		}
	}
	readme, err := os.ReadFile("README.md") // of the directory that release/run runs in
	if err != nil {
		return err
	}
	for name, contents := range map[string][]byte{"README.md": readme, "bin/gumroad-mcp.js": shim} {
		if err := o.writeFile(path.Join("npm/server", name), contents, 0o755); err != nil {
			return err
		}
	}
	return o.writeJSON("npm/server/package.json", object{
		"name": a.npmName(""), "version": a.Version, "license": "MIT", "repository": repository, "homepage": a.website(),
		"description": description, "keywords": []string{"mcp", "gumroad"}, "mcpName": a.registered(),
		"bin": object{"gumroad-mcp": "bin/gumroad-mcp.js"}, "files": []string{"bin"},
		"engines": object{"node": ">=18"}, "optionalDependencies": optional,
	})
}
