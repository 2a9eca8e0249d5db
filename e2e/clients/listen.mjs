// Watches the events of a store that lives, with the official TypeScript SDK: BINARY legacy|modern stdio|http.
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Checks, serveHTTP } from './harness.mjs';

const [binary, era, transport] = process.argv.slice(2);
const flags = ['--sandbox', '--sandbox-live', '--log-format', 'json'];
const uri = 'gumroad://events';
const modern = era === 'modern';

const checks = new Checks(`TypeScript SDK v2 listens, ${era}, ${transport}`);
const client = new Client({ name: 'end-to-end', version: '1' }, { versionNegotiation: { mode: modern ? 'auto' : 'legacy' } });
const updated = new Promise(resolve => client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri)));
let server, subscription, wire;

await checks.check('it subscribes', async () => {
  server = transport === 'http' ? await serveHTTP(binary, flags) : undefined;
  wire = server ? new StreamableHTTPClientTransport(server.url) : new StdioClientTransport({ command: binary, args: flags, stderr: 'ignore' });
  await client.connect(wire);
  assert.equal(client.getServerCapabilities().resources.subscribe ?? false, modern || !server, 'subscribing is offered');
  if (modern) {
    subscription = await client.listen({ resourceSubscriptions: [uri, 'gumroad://user'] });
    assert.deepEqual(subscription.honoredFilter.resourceSubscriptions, [uri], 'what never changes is not watched');
  } else {
    await client.subscribeResource({ uri });
  }
});
await checks.check('it is told that something happened, and reads what', async () => {
  assert.equal(await updated, uri);
  const { contents } = await client.readResource({ uri });
  assert.ok(JSON.parse(contents[0].text).events.length > 0, contents[0].text);
});
await checks.check('the subscription ends well with the server', async () => {
  if (server) {
    assert.equal(await server.stop(), 0, 'the server ends well');
  } else {
    process.kill(wire.pid, 'SIGTERM');
  }
  if (modern) assert.equal(await subscription.closed, 'graceful');
});
checks.finish();
