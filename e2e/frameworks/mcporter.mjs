// mcporter: every command starts a server of its own, if that is on stdio.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fill, run } from './programs.mjs';

const stdio = `{
  "mcpServers": {
    "gumroad": { "command": "gumroad-mcp", "args": ["--sandbox"] }
  }
}`;
const http = `{
  "mcpServers": {
    "gumroad": { "baseUrl": "http://127.0.0.1:8080/mcp", "headers": { "Authorization": "Bearer gmcp_…" } }
  }
}`;
export const snippets = [{ language: 'json', text: stdio }, { language: 'json', text: http }];

export async function open(server) {
  const config = JSON.parse(fill(server.command ? stdio : http, server));
  if (!server.headers) delete config.mcpServers.gumroad.headers;
  mkdirSync('config', { recursive: true });
  writeFileSync('config/mcporter.json', JSON.stringify(config));
  return {
    startsAnew: Boolean(server.command),
    async tools() {
      const { output } = await run('mcporter', ['list', 'gumroad', '--schema', '--json']);
      return JSON.parse(output).tools.map(({ name, inputSchema }) => ({ name, schema: inputSchema }));
    },
    async call(name, args) {
      const { output, code } = await run('mcporter', ['call', `gumroad.${name}`, '--args', JSON.stringify(args)]);
      return { text: output, isError: code !== 0 || undefined };
    },
    read: async uri => (await run('mcporter', ['resource', 'gumroad', uri])).output,
    close: async () => {},
  };
}
