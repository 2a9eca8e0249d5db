package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tiktoken-go/tokenizer"

	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// toolsets writes what the list of tools costs a model, as its client lists them, by toolset.
func toolsets(ctx context.Context, codec tokenizer.Codec) (string, error) {
	store := newStore()
	defer store.Close()
	s, err := newByTools(ctx, store, "", codec) // so that tools take a connection_id
	if err != nil {
		return "", err
	}
	defer s.close()
	listed, err := s.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return "", err
	}
	tokens := map[string]int{}
	for _, one := range listed.Tools {
		schema := []byte(one.RawInputSchema)
		if len(schema) == 0 {
			if schema, err = json.Marshal(one.InputSchema); err != nil {
				return "", err
			}
		}
		if tokens[one.Name], err = codec.Count(one.Name + one.Description + string(schema)); err != nil {
			return "", err
		}
	}
	var out strings.Builder
	out.WriteString("| Toolset | | tools | tokens | a tool |\n|---|---|---:|---:|---:|\n")
	row := func(name, when string, tools, cost int) {
		fmt.Fprintf(&out, "| %s | %s | %d | %d | %d |\n", name, when, tools, cost, (cost+tools/2)/max(tools, 1))
	}
	var usual, all [2]int
	for _, set := range tools.Toolsets() {
		cost, when := 0, "default"
		for _, one := range set.Tools {
			cost += tokens[tool.DefaultPrefix+one.Name]
		}
		if set.Optional {
			when = "if named"
		} else {
			usual[0], usual[1] = usual[0]+len(set.Tools), usual[1]+cost
		}
		all[0], all[1] = all[0]+len(set.Tools), all[1]+cost
		row(set.Name, when, len(set.Tools), cost)
	}
	row("**default**", "", usual[0], usual[1])
	row("**all**", "", all[0], all[1])
	return out.String(), nil
}
