// Gemini CLI: it calls a tool because its model, which here thinks nothing, says so.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { serveModel } from './model.mjs';
import { fill, run } from './programs.mjs';

const stdio = `{
  "mcpServers": {
    "gumroad": { "command": "gumroad-mcp", "args": ["--sandbox"] }
  }
}`;
const http = `{
  "mcpServers": {
    "gumroad": { "type": "http", "url": "http://127.0.0.1:8080/mcp", "headers": { "Authorization": "Bearer gmcp_…" } }
  }
}`;
export const snippets = [{ language: 'json', text: stdio }, { language: 'json', text: http }];

const settings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  general: { enableAutoUpdate: false },
};
const prefix = 'mcp_gumroad_'; // it puts the server's name before the tool's

export async function open(server) {
  const model = await serveModel();
  const { mcpServers } = JSON.parse(fill(server.command ? stdio : http, server));
  if (!server.headers) delete mcpServers.gumroad.headers;
  mkdirSync(`${homedir()}/.gemini`, { recursive: true });
  writeFileSync(`${homedir()}/.gemini/settings.json`, JSON.stringify({ mcpServers, ...settings }));
  const environment = { GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: model.url, GEMINI_CLI_TRUST_WORKSPACE: 'true' };
  const gemini = async (...args) => {
    const { output, complaints, code } = await run('gemini', args, environment);
    assert.equal(code, 0, complaints);
    return output + complaints;
  };
  const say = words => gemini('--model', 'gemini-2.5-flash', '--yolo', '--prompt', words);
  const call = async (name, args) => {
    const { output, error } = await model.call({ name: prefix + name, arguments: args }, () => say('Go.'));
    return { text: output ?? error, isError: error ? true : undefined };
  };
  return {
    startsAnew: Boolean(server.command),
    async tools() {
      assert.match(await gemini('mcp', 'list'), /gumroad: .* - Connected/, 'gemini mcp list');
      await call('gumroad_get_user', {});
      return model.tools[0].functionDeclarations
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, parametersJsonSchema: schema }) => ({ name: name.slice(prefix.length), schema }));
    },
    call,
    async prompt(name, args) {
      await say(`/${name} ${Object.entries(args).map(([key, value]) => `--${key}="${value}"`).join(' ')}`);
      return JSON.stringify(model.heard);
    },
    close: async () => model.stop(),
  };
}
