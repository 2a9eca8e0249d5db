// Codex: `codex exec` calls a tool because its model, which here thinks nothing, says so.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { serveModel } from './model.mjs';
import { fill, run } from './programs.mjs';

const stdio = `[mcp_servers.gumroad]
command = "gumroad-mcp"
args = ["--sandbox"]`;
const http = `[mcp_servers.gumroad]
url = "http://127.0.0.1:8080/mcp"
bearer_token_env_var = "GUMROAD_TOKEN"`;
export const snippets = [{ language: 'toml', text: stdio }, { language: 'toml', text: http }];

const settings = model => `
model = "none"
model_provider = "none"

[model_providers.none]
name = "none"
base_url = "${model.url}/v1"
wire_api = "responses"

[analytics]
enabled = false
`;

export async function open(server) {
  const model = await serveModel();
  const token = server.headers?.Authorization.slice('Bearer '.length);
  const gumroad = fill(server.command ? stdio : http, server).replace(token ? '' : /^bearer_token.*/m, '');
  mkdirSync(`${homedir()}/.codex`, { recursive: true });
  writeFileSync(`${homedir()}/.codex/config.toml`, settings(model) + gumroad);
  const codex = async (...args) => {
    const { output, complaints, code } = await run('codex', args, { GUMROAD_TOKEN: token });
    assert.equal(code, 0, complaints);
    return output;
  };
  const exec = wanted => model.call(wanted, () =>
    codex('exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'Go.'));
  const call = async (name, args) => ({ text: await exec({ namespace: 'mcp__gumroad', name, arguments: args }) });
  return {
    startsAnew: Boolean(server.command),
    async tools() {
      const [{ name, enabled }] = JSON.parse(await codex('mcp', 'list', '--json'));
      assert.deepEqual({ name, enabled }, { name: 'gumroad', enabled: true }, 'codex mcp list');
      await call('gumroad_get_user', {});
      const { tools } = model.tools.find(tool => tool.name === 'mcp__gumroad');
      return tools.map(({ name, parameters }) => ({ name, schema: parameters }));
    },
    call,
    read: uri => exec({ name: 'read_mcp_resource', arguments: { server: 'gumroad', uri } }),
    close: async () => model.stop(),
  };
}
