// The server that a client is tried against.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { serveHTTP } from './harness.mjs';

// The sandbox's clock stands still, so that every run meets the same data.
const flags = ['--sandbox', '--sandbox-now', '2026-11-15T12:00:00Z', '--log-format', 'json'];

// serve tells how a client reaches its server, in one of the three forms of docs/clients.md. It starts a server on HTTP
// in any case: `ask` asks it what the answers have to be.
export async function serve(binary, transport) {
  const token = transport === 'token' ? newToken(binary) : undefined;
  const http = await serveHTTP(binary, token ? [...flags, '--auth', 'token', '--tokens-file', token.file] : flags);
  const url = http.url.href;
  const headers = token && { Authorization: `Bearer ${token.secret}` };
  const forms = { stdio: { command: binary, args: flags }, HTTP: { url }, token: { url, headers } };
  return {
    reached: forms[transport],
    ask: async () => ({
      tools: (await post(url, headers, 'tools/list', {})).tools,
      products: (await post(url, headers, 'tools/call', { name: 'gumroad_list_products', arguments: {} }))
        .structuredContent.products.map(product => product.name),
    }),
    stop: async () => assert.equal(await http.stop(), 0),
  };
}

function newToken(binary) {
  const { stdout, stderr } = spawnSync(binary, ['token'], { encoding: 'utf8' });
  const [secret] = /gmcp_\S+/.exec(stderr);
  writeFileSync('tokens', stdout, { mode: 0o600 });
  return { secret, file: 'tokens' };
}

async function post(url, headers, method, params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = await response.json();
  assert.ok(result, `${method}: ${JSON.stringify(error)}`);
  return result;
}
