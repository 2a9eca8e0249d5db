// Speaks to the server over bare pipes, without an SDK: BINARY
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Checks, JSONLines, stdioArguments } from './harness.mjs';

const [binary] = process.argv.slice(2);
const parseError = -32700;
const request = (id, method, params = {}) => ({ jsonrpc: '2.0', id, method, params });
const tool = (id, name, args = {}, more = {}) => request(id, 'tools/call', { name: `gumroad_${name}`, arguments: args, ...more });
const initialize = id => request(id, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'pipe', version: '1' } });
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
const modern = message => {
  message.params._meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'pipe', version: '1' },
  };
  return message;
};

// Pipe is a server on stdio. Every line it writes must be a JSON-RPC message.
class Pipe {
  constructor() {
    this.server = spawn(binary, stdioArguments, { stdio: ['pipe', 'pipe', 'ignore'] });
    process.once('exit', () => this.server.kill('SIGKILL'));
    this.exited = once(this.server, 'close');
    this.output = new JSONLines(this.server.stdout);
  }

  write(...lines) {
    this.server.stdin.write(lines.map(line => (typeof line === 'string' ? line : JSON.stringify(line)) + '\n').join(''));
  }

  // message is the first that matches, once it is there.
  message(matches) {
    return this.output.first(matches);
  }

  // end closes the input and resolves to all messages, once the server has ended by itself.
  end(lastWords) {
    this.server.stdin.end(lastWords);
    return this.ended();
  }

  async ended() {
    const [code] = await this.exited;
    assert.equal(code, 0, 'exit code');
    for (const message of this.output.all) {
      assert.equal(message.jsonrpc, '2.0', JSON.stringify(message));
      const isAnswer = 'id' in message && ('result' in message) !== ('error' in message);
      const isNotification = !('id' in message) && typeof message.method === 'string';
      assert.ok(isAnswer || isNotification, JSON.stringify(message));
    }
    return this.output.all;
  }
}

const answered = messages => Object.fromEntries(messages.filter(m => m.id !== undefined && m.id !== null).map(m => [m.id, m]));
const checks = new Checks('bare pipes');

await checks.check('requests piped all at once are all answered, 2025-11-25', async () => {
  const pipe = new Pipe();
  const calls = Array.from({ length: 20 }, (_, i) => tool(`call ${i}`, 'list_products', { limit: 1 + i }));
  pipe.write(initialize(1), initialized, request(2, 'tools/list'), tool(3, 'get_user'), tool(4, 'nothing'), '', 'not JSON', '   ', ...calls);
  const messages = await pipe.end(JSON.stringify(request(5, 'ping'))); // the last line has no line break
  const answers = answered(messages);
  assert.deepEqual(Object.keys(answers).sort(), ['1', '2', '3', '4', '5', ...calls.map(c => c.id)].sort());
  assert.equal(messages[0].id, 1, 'initialize is answered first');
  assert.equal(answers[1].result.protocolVersion, '2025-11-25');
  assert.ok(answers[2].result.tools.length >= 40);
  assert.ok(!answers[3].result.isError);
  assert.equal(answers[4].error.code, -32602);
  assert.deepEqual(answers[5].result, {});
  for (const { id, params } of calls) {
    const { products } = answers[id].result.structuredContent;
    assert.ok(products.length > 0 && products.length <= params.arguments.limit, id);
  }
  const broken = messages.filter(m => m.id === null);
  assert.deepEqual(broken.map(m => m.error.code), [parseError], 'one line was broken; blank ones are passed over');
});

await checks.check('requests piped all at once are all answered, 2026-07-28', async () => {
  const pipe = new Pipe();
  const lists = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'].map(method => modern(request(method, method)));
  pipe.write(modern(request(1, 'server/discover')), ...lists, modern(tool(2, 'get_user')), modern(request(3, 'nothing/at/all')));
  const answers = answered(await pipe.end());
  assert.ok(answers[1].result.supportedVersions.includes('2026-07-28'));
  for (const { id } of lists) {
    const { ttlMs, cacheScope, resultType } = answers[id].result;
    assert.deepEqual({ ttl: ttlMs >= 0, cacheScope, resultType }, { ttl: true, cacheScope: 'private', resultType: 'complete' }, id);
  }
  assert.equal(answers[2].result.resultType, 'complete');
  assert.equal(answers[3].error.code, -32601);
});

await checks.check('the same list comes in the same order every time', async () => {
  const lists = [];
  for (let i = 0; i < 2; i++) {
    const pipe = new Pipe();
    pipe.write(initialize(1), initialized, request(2, 'tools/list'));
    lists.push(answered(await pipe.end())[2].result);
  }
  assert.deepEqual(lists[0], lists[1]);
});

await checks.check('progress comes before its answer, and a cancelled call has none', async () => {
  const pipe = new Pipe();
  pipe.write(initialize(1), initialized, tool(2, 'create_connection'));
  const { connection_id } = (await pipe.message(m => m.id === 2)).result.structuredContent;
  const wait = (id, wait_seconds) => tool(id, 'get_connection', { connection_id, wait_seconds }, { _meta: { progressToken: `of ${id}` } });
  pipe.write(wait('short', 1), wait('long', 45));
  await pipe.message(m => m.params?.progressToken === 'of long');
  pipe.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'long', reason: 'enough' } }, tool(3, 'get_user'));
  const messages = await pipe.end();
  const at = matches => messages.findIndex(matches);
  assert.ok(at(m => m.params?.progressToken === 'of short') < at(m => m.id === 'short'), 'progress first');
  assert.deepEqual(Object.keys(answered(messages)).sort(), ['1', '2', '3', 'short']);
});

await checks.check('on SIGTERM the server answers the call in flight and exits with 0', async () => {
  const pipe = new Pipe();
  pipe.write(initialize(1), initialized, tool(2, 'create_connection'));
  const { connection_id } = (await pipe.message(m => m.id === 2)).result.structuredContent;
  pipe.write(tool(3, 'get_connection', { connection_id, wait_seconds: 2 }, { _meta: { progressToken: 3 } }));
  await pipe.message(m => m.params?.progressToken === 3);
  pipe.server.kill('SIGTERM');
  assert.ok((await pipe.ended()).some(m => m.id === 3), 'the call in flight is answered');
});

checks.finish();
