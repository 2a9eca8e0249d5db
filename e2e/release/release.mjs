// Installs the bundle and the npm packages as hosts and people do, and starts what they start: PACKAGES DIRECTORY
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getMcpConfigForManifest } from '@anthropic-ai/mcpb';
import yauzl from 'yauzl';
import { Checks, JSONLines } from './harness.mjs';

const [packages, directory] = process.argv.slice(2);
const run = promisify(execFile);
const checks = new Checks('the bundle and the npm packages');
const bare = { PATH: process.env.PATH, HOME: join(directory, 'home'), GUMROAD_MCP_LOG_LEVEL: 'error' };
const sandbox = { ...bare, GUMROAD_MCP_SANDBOX: 'true' };
mkdirSync(bare.HOME);

// tools starts a server, asks it for its tools, and ends it. It returns their number, and the server's process.
async function tools(command, args, env) {
  const server = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = new JSONLines(server.stdout);
  const send = message => server.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'release', version: '1' } };
  send({ id: 1, method: 'initialize', params });
  const hello = await answers.first(answer => answer.id === 1);
  send({ method: 'notifications/initialized' });
  send({ id: 2, method: 'tools/list' });
  const { result } = await answers.first(answer => answer.id === 2);
  return { count: result.tools.length, version: hello.result.serverInfo.version, server };
}

async function ends(server, signal) {
  const ended = once(server, 'exit');
  signal ? server.kill(signal) : server.stdin.end();
  return ended;
}

// --- the bundle

const bundle = join(packages, 'gumroad-mcp.mcpb');
const unpacked = join(directory, 'bundle');
const mcpb = join(directory, 'node_modules/.bin/mcpb');
let manifest;

await checks.check('a strict reader of archives opens it', async () => {
  const archive = await promisify(yauzl.open)(bundle, { lazyEntries: false, strictFileNames: true });
  await once(archive, 'end');
  assert.ok(archive.entryCount >= 4);
});
await checks.check('mcpb unpacks it, and its manifest is valid', async () => {
  await run(mcpb, ['unpack', bundle, unpacked]);
  await run(mcpb, ['validate', join(unpacked, 'manifest.json')]);
  manifest = JSON.parse(readFileSync(join(unpacked, 'manifest.json')));
  assert.ok(manifest.tools.length >= 60);
});

// resolve is what a host of that system would start for a person who gave these settings.
async function resolve(system, userConfig) {
  const here = Object.getOwnPropertyDescriptor(process, 'platform');
  Object.defineProperty(process, 'platform', { ...here, value: system });
  try {
    return await getMcpConfigForManifest({ manifest, extensionPath: unpacked, systemDirs: {}, userConfig, pathSeparator: '/' });
  } finally {
    Object.defineProperty(process, 'platform', here);
  }
}
for (const system of manifest.compatibility.platforms) {
  await checks.check(`what ${system} starts is in it, and no setting stays a placeholder`, async () => {
    const { command, args, env } = await resolve(system, {});
    for (const file of [command, ...args].filter(name => name.startsWith(unpacked))) assert.ok(existsSync(file), file);
    assert.deepEqual(Object.values(env).filter(value => value.includes('${')), []);
  });
}
await checks.check('it starts although every file lost its execute bit', async () => {
  for (const entry of readdirSync(unpacked, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o600);
  }
  const { command, args, env } = await resolve('linux', { sandbox: 'true' });
  const { count, version, server } = await tools(command, args, { ...bare, ...env });
  assert.equal(version.replace(/^v/, ''), manifest.version);
  assert.equal(count, manifest.tools.length);
  assert.deepEqual(await ends(server), [0, null]);
});
await checks.check('without a key it lists its tools, and a call says what to do', async () => {
  const { command, args, env } = await resolve('linux', {});
  const { count, server } = await tools(command, args, { ...bare, ...env });
  assert.equal(count, manifest.tools.length);
  const answers = new JSONLines(server.stdout);
  const call = { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'gumroad_get_user', arguments: {} } };
  server.stdin.write(JSON.stringify(call) + '\n');
  const { result } = await answers.first(answer => answer.id === 3);
  assert.match(result.content[0].text, /bad_credential.*MATON_API_KEY/s);
  await ends(server);
});

// --- npm, with a registry on this machine that has our packages and no others

const tarballs = readdirSync(join(packages, 'npm')).filter(name => name.endsWith('.tgz'));
const published = new Map();
for (const package_ of readdirSync(join(packages, 'npm')).filter(name => !name.endsWith('.tgz'))) {
  const described = JSON.parse(readFileSync(join(packages, 'npm', package_, 'package.json')));
  const tarball = tarballs.find(name => name === `${described.name.slice(1).replace('/', '-')}-${described.version}.tgz`);
  published.set(described.name, { described, contents: readFileSync(join(packages, 'npm', tarball)) });
}
const asked = [];
const registry = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname).slice(1);
  asked.push(path);
  const found = published.get(path.replace(/\.tgz$/, ''));
  if (!found) return void response.writeHead(404).end('{}');
  if (path.endsWith('.tgz')) return void response.end(found.contents);
  const { name, version } = found.described;
  const dist = {
    tarball: `http://127.0.0.1:${registry.address().port}/${name}.tgz`,
    integrity: 'sha512-' + createHash('sha512').update(found.contents).digest('base64'),
  };
  response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...found.described, dist } } }));
});
await once(registry.listen(0, '127.0.0.1'), 'listening');
const npmFlags = ['--registry', `http://127.0.0.1:${registry.address().port}`, '--loglevel', 'error', '--no-audit', '--no-fund'];
const wrapper = [...published.keys()].find(name => name.endsWith('/server'));
const here = `${wrapper}-${process.platform}-${process.arch}`;
const withCache = name => ({ ...sandbox, npm_config_cache: join(directory, name) });

await checks.check('npx -y installs the wrapper and the program of this platform alone, and starts it', async () => {
  const { count, server } = await tools('npx', ['-y', ...npmFlags, wrapper], withCache('npx-cache'));
  assert.equal(count, manifest.tools.length);
  assert.deepEqual(asked.filter(path => path.endsWith('.tgz')).sort(), [`${here}.tgz`, `${wrapper}.tgz`].sort());
  await ends(server);
});
const installed = join(directory, 'installed');
await checks.check('npm install -g, without install scripts', async () => {
  await run('npm', ['install', '-g', '--ignore-scripts', '--prefix', installed, ...npmFlags, wrapper], { env: withCache('cache') });
  const { stdout } = await run(join(installed, 'bin/gumroad-mcp'), ['--version'], { env: sandbox });
  assert.match(stdout, new RegExp(published.get(wrapper).described.version.replaceAll('.', '\\.')));
});
await checks.check('SIGTERM ends the server, and leaves none behind', async () => {
  const { server } = await tools(join(installed, 'bin/gumroad-mcp'), [], sandbox);
  const closed = once(server.stdout, 'close'); // of whoever holds it, a child too
  await ends(server, 'SIGTERM');
  await closed;
});
await checks.check('without optional dependencies it says what is missing', async () => {
  const prefix = join(directory, 'without-optional');
  await run('npm', ['install', '--omit=optional', '--prefix', prefix, ...npmFlags, wrapper], { env: withCache('cache') });
  const failed = await run(join(prefix, 'node_modules/.bin/gumroad-mcp'), ['--version'], { env: sandbox }).catch(error => error);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, new RegExp(`${here} is not installed`));
});
registry.closeAllConnections();
registry.close();
checks.finish();
