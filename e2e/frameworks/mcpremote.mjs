// mcp-remote: the official SDK, on stdio, reaches a server on HTTP through it.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { fill } from './programs.mjs';

export const snippets = [{
  language: 'json',
  text: `{
  "mcpServers": {
    "gumroad": {
      "command": "npx",
      "args": ["-y", "mcp-remote", "http://127.0.0.1:8080/mcp", "--header", "Authorization:\${AUTHORIZATION}"],
      "env": { "AUTHORIZATION": "Bearer gmcp_…" }
    }
  }
}`,
}];

export async function open(server) {
  const { args, env } = JSON.parse(fill(snippets[0].text, server)).mcpServers.gumroad;
  const [, command, url, ...header] = args; // after npx's own
  const client = new Client({ name: 'end-to-end', version: '1' });
  await client.connect(new StdioClientTransport({
    command,
    args: [url, ...(server.headers ? header : [])],
    env: { ...process.env, ...env },
    stderr: 'ignore',
  }));
  return {
    tools: async () => (await client.listTools()).tools.map(({ name, inputSchema }) => ({ name, schema: inputSchema })),
    async call(name, args) {
      const { content, isError } = await client.callTool({ name, arguments: args });
      return { text: content[0].text, isError };
    },
    read: async uri => (await client.readResource({ uri })).contents[0].text,
    prompt: async (name, args) => (await client.getPrompt({ name, arguments: args })).messages[0].content.text,
    close: () => client.close(),
  };
}
