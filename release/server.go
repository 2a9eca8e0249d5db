package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// schema is the newest of the registry of MCP servers.
const schema = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"

// writeServer writes server.json, which lists the project in the registry of MCP servers: the bundle, the npm package
// and the image, each with the settings that hosts ask for.
func writeServer(o options) error {
	a, err := o.ask()
	if err != nil {
		return err
	}
	bundle, err := os.ReadFile(filepath.Join(o.out, "gumroad-mcp.mcpb"))
	if err != nil {
		return err
	}
	hash := sha256.Sum256(bundle)
	variables := []object{}
	for _, s := range settings {
		if s.Type == "directory" { // the host of a package or an image may not have it
			continue
		}
		variable := object{"name": s.Variable, "description": s.Description}
		switch s.Type {
		case "boolean":
			variable["format"], variable["default"] = "boolean", "false"
		case "string":
			if s.Sensitive {
				variable["isSecret"] = true
			} else {
				variable["default"] = s.Default
			}
		}
		variables = append(variables, variable)
	}
	stdio := object{"type": "stdio"}
	return o.writeJSON("server.json", object{
		"$schema": schema, "name": a.registered(), "title": "Gumroad", "description": description, "version": a.Version,
		"websiteUrl": a.website(), "repository": object{"url": a.website(), "source": "github"},
		"icons": []object{{"src": "https://raw.githubusercontent.com/" + a.owner() + "/" + a.name() + "/main/release/icon.png",
			"mimeType": "image/png", "sizes": []string{"512x512"}}},
		"packages": []object{
			{"registryType": "mcpb", "identifier": a.website() + "/releases/download/v" + a.Version + "/gumroad-mcp.mcpb",
				"fileSha256": hex.EncodeToString(hash[:]), "transport": stdio, "environmentVariables": variables},
			{"registryType": "npm", "identifier": a.npmName(""), "version": a.Version, "runtimeHint": "npx",
				"transport": stdio, "environmentVariables": variables},
			{"registryType": "oci", "identifier": a.image() + ":" + a.Version, "runtimeHint": "docker",
				"transport": stdio, "environmentVariables": variables},
		},
	})
}

// image is the image's name in GitHub's registry.
func (a about) image() string { return "ghcr.io/" + a.owner() + "/" + a.name() }
