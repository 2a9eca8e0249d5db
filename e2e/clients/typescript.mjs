// Runs the scenario with one of the official TypeScript SDKs: BINARY SALE v1|v2 legacy|modern stdio|http,
// where SALE is the id of a sale of the sandbox that can be refunded.
import assert from 'node:assert/strict';
import * as v1 from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HTTPv1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import * as v2 from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Checks, JSONLines, serveHTTP, stdioArguments } from './harness.mjs';
import { scenario } from './scenario.mjs';

const [binary, sale, sdk, era, transport] = process.argv.slice(2);
const information = { name: 'end-to-end', version: '1' };

const sdks = {
  v1: {
    Stdio: StdioV1,
    HTTP: HTTPv1,
    client: capabilities => new v1.Client(information, { capabilities }),
    answer: (client, handler) => client.setRequestHandler(ElicitRequestSchema, handler),
    call: (client, params, options) => client.callTool(params, undefined, options),
  },
  v2: {
    Stdio: StdioV2,
    HTTP: v2.StreamableHTTPClientTransport,
    client: capabilities => new v2.Client(information, { capabilities, versionNegotiation: { mode: era === 'modern' ? 'auto' : 'legacy' } }),
    answer: (client, handler) => client.setRequestHandler('elicitation/create', handler),
    call: (client, params, options) => client.callTool(params, options),
  },
};

// open connects a client. An askable one lets the server ask its person.
async function open(server, askable) {
  const { Stdio, HTTP, client: make, answer, call } = sdks[sdk];
  const client = make(askable ? { elicitation: {} } : {});
  const person = { asked: [], answer: { action: 'cancel' } };
  if (askable) {
    answer(client, ({ params }) => {
      person.asked.push(params);
      return person.answer;
    });
  }
  const wire = server
    ? new HTTP(server.url)
    : new Stdio({ command: binary, args: stdioArguments, stderr: 'pipe' });
  const log = server ? server.log : new JSONLines(wire.stderr);
  await client.connect(wire);
  return { client, person, log, call: (name, args, options) => call(client, { name, arguments: args }, options) };
}

const checks = new Checks(`TypeScript SDK ${sdk}, ${era}, ${transport}`);
const legacy = era === 'legacy';
for (const askable of [true, false]) {
  const who = askable ? 'a client that can be asked' : 'a client that cannot be asked';
  let server, session;
  await checks.check(`${who} connects`, async () => {
    server = transport === 'http' ? await serveHTTP(binary) : undefined;
    session = await open(server, askable);
    if (sdk === 'v2') {
      const version = legacy ? '2025-11-25' : '2026-07-28';
      assert.equal(session.client.getNegotiatedProtocolVersion(), version);
    }
  });
  if (session) {
    await scenario(checks, session, {
      sale,
      // On HTTP the earlier protocol needs a session to ask, and this server keeps none.
      asks: askable && !(legacy && server),
      legacy,
      closesToCancel: legacy && server,
    });
  }
  await checks.check(`${who} leaves`, async () => {
    await session?.client.close();
    if (server) assert.equal(await server.stop(), 0, 'the server ends well');
  });
}
checks.finish();
