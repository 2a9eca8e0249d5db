// Tries one client on one transport: MODULE TRANSPORT BINARY SALE, where SALE is the id of a sale of the sandbox that
// can be refunded. It prints the checks, and writes what held to result.json.
//
// The module's `open(server, ask)` connects, and returns a session:
//
// tools()              the name and the arguments' schema of each tool, as they are given to a model
// call(name, args)     the text that a model gets, and isError if the client marks it as an error
// read(uri)            the text of a resource, where the client knows resources
// prompt(name, args)   the text of a prompt, where the client knows prompts
// startsAnew           whether every call starts a server of its own, which forgets
// close()
//
// `server` is one of the forms of docs/clients.md. `ask`, if there is one, puts a question to a person and returns their
// answer.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { clients } from './clients.mjs';
import { Checks } from './harness.mjs';
import { losses } from './schemas.mjs';
import { serve } from './server.mjs';

const [module, transport, binary, sale] = process.argv.slice(2);
const client = clients.find(row => row.module === module);
const { open } = await import(`./${module}.mjs`);
const patience = 240_000; // milliseconds for one check, many times what it takes a client that starts for each call
const checks = new Checks(`${client.name}, ${transport}`, patience);
const held = [];

async function step(name, body) {
  if (await checks.check(name, body)) held.push(name);
}

// json is the object that a tool answered with, whatever a client puts around it.
function json({ text }) {
  assert.match(text, /\{.*\}/s, 'there is a JSON object');
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
}

const names = result => json(result).products.map(product => product.name);

function isRefused({ text, isError }, code) {
  assert.equal(isError, client.silent ? undefined : true, `an error is marked as clients.mjs says: ${text}`);
  assert.match(text, new RegExp(code));
}

const refund = { sale_id: sale, amount_cents: 100 };
const refundable = async session => json(await session.call('gumroad_get_sale', { sale_id: sale })).refundable_cents;

async function consentsInTwoSteps(session) {
  const before = await refundable(session);
  const question = await session.call('gumroad_refund_sale', refund);
  isRefused(question, 'confirmation_required');
  assert.equal(await refundable(session), before, 'nothing has changed yet');
  const [token] = /ct_[\w-]+/.exec(question.text);
  await session.call('gumroad_refund_sale', { ...refund, confirm_token: token });
  assert.equal(await refundable(session), before - 100, 'it is done');
}

async function consentsInDialog(server) {
  const asked = [];
  let answer = { action: 'decline' };
  const session = await open(server, message => {
    asked.push(message);
    return answer;
  });
  const before = await refundable(session);
  isRefused(await session.call('gumroad_refund_sale', refund), 'not_allowed');
  assert.match(asked[0], /^Refund \$1\.00 of the \$/);
  assert.equal(await refundable(session), before, 'a no changes nothing');
  answer = { action: 'accept', content: { confirm: true } };
  await session.call('gumroad_refund_sale', refund);
  assert.equal(asked.length, 2, 'each refund is a question of its own');
  assert.equal(await refundable(session), before - 100, 'a yes acts');
  await session.close();
}

async function tryAll(session, truth) {
  await step('list', async () => {
    const tools = await session.tools();
    const [listed, there] = [tools, truth.tools].map(list => list.map(tool => tool.name).sort());
    assert.deepEqual(listed, there, 'every tool, and no other');
    assert.deepEqual(losses(truth.tools, tools), client.loses ?? [], 'the schemas lose what clients.mjs says');
  });
  await step('call', async () => {
    assert.deepEqual(names(await session.call('gumroad_list_products', {})), truth.products);
    assert.deepEqual(names(await session.call('gumroad_list_products', { limit: 2 })), truth.products.slice(0, 2));
  });
  const refuses = async (code, name, args) => isRefused(await session.call(name, args), code);
  await step('error', () => refuses('not_found', 'gumroad_get_product', { product_id: 'nothing' }));
  if (client.declines?.includes(transport)) {
    await step('declines', () => refuses('not_allowed', 'gumroad_refund_sale', refund));
  } else if (session.startsAnew) {
    await step('asks', () => refuses('confirmation_required', 'gumroad_refund_sale', refund));
  } else {
    await step('consent', () => consentsInTwoSteps(session));
  }
  if (session.read) {
    await step('resource', async () => assert.match(await session.read('gumroad://guide/money'), /minor unit/));
  }
  if (session.prompt) {
    const month = '2026-03'; // another than the prompt takes by itself
    await step('prompt', async () => assert.match(await session.prompt('monthly_review', { month }), /2026-03/));
  }
}

const server = await serve(binary, transport);
let session;
await checks.check('it connects', async () => {
  session = await open(server.reached);
});
if (session) {
  await tryAll(session, await server.ask());
  await checks.check('it leaves', () => session.close());
}
if (client.asks?.includes(transport)) await step('dialog', () => consentsInDialog(server.reached));
await checks.check('the server ends well', () => server.stop());

writeFileSync('result.json', JSON.stringify({ held }));
checks.finish();
