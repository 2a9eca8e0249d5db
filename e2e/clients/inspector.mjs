// Runs the MCP Inspector's command line against the server: BINARY
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { Checks, serveHTTP, stdioArguments } from './harness.mjs';

const [binary] = process.argv.slice(2);
const toolError = 5; // the Inspector's exit code
const launcher = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/clients/launcher/build/index.js');

async function inspect(target, era, ...args) {
  const options = ['--cli', ...target.before, '--protocol-era', era, '--format', 'json', ...args, ...target.after];
  const inspector = spawn(process.execPath, [launcher, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise(resolve => inspector.on('close', resolve));
  const [output, complaints, code] = await Promise.all([text(inspector.stdout), text(inspector.stderr), exited]);
  return { code, output, complaints };
}

const checks = new Checks('MCP Inspector');
const server = await serveHTTP(binary);
const targets = {
  stdio: { before: [], after: ['--', binary, ...stdioArguments] },
  http: { before: [server.url.href, '--transport', 'http', '--stored-auth-only'], after: [] },
};
for (const [transport, target] of Object.entries(targets)) {
  for (const [era, version] of [['legacy', '2025-11-25'], ['modern', '2026-07-28']]) {
    const check = (name, args, verify) => checks.check(`${transport}, ${era}: ${name}`, async () => verify(await inspect(target, era, ...args)));
    const prints = verify => ({ code, output, complaints }) => {
      assert.equal(code, 0, complaints);
      verify(JSON.parse(output));
    };
    await check('initialize', ['--method', 'initialize'],
      ({ code, output, complaints }) => assert.ok(code === 0 && output.includes(version), output + complaints));
    await check('tools/list, with portable schemas', ['--method', 'tools/list', '--strict'], prints(({ result }) => assert.ok(result.tools.length >= 40)));
    await check('tools/call', ['--method', 'tools/call', '--tool-name', 'gumroad_list_products', '--tool-args-json', '{"limit":3}'],
      prints(({ result }) => assert.equal(result.structuredContent.products.length, 3)));
    await check('a refused call', ['--method', 'tools/call', '--tool-name', 'gumroad_get_user', '--tool-args-json', '{"nothing":1}'],
      ({ code, output }) => {
        assert.equal(code, toolError, output);
        assert.match(output, /invalid_arguments/);
      });
    await check('resources/read', ['--method', 'resources/read', '--uri', 'gumroad://guide/money'],
      prints(({ result }) => assert.ok(result.contents[0].text.length > 100)));
    await check('prompts/get', ['--method', 'prompts/get', '--prompt-name', 'monthly_review', '--prompt-args', 'month=2026-10'],
      prints(({ result }) => assert.match(result.messages[0].content.text, /2026-10/)));
  }
}
await checks.check('the server ends well', async () => assert.equal(await server.stop(), 0));
checks.finish();
