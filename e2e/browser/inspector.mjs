// Every view in the web page of the MCP Inspector, and a refund through the way in which the person is asked over a
// transport and in a protocol era: BINARY stdio|http legacy|modern
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { audit, fits, launch, reachAll } from './chromium.mjs';
import { Checks, sandboxFlags, serveHTTP, serveSandbox } from './harness.mjs';
import { openInspector } from './inspector-page.mjs';
import { callsOf, checkBars, settled } from './views.mjs';

const [binary, transport, era] = process.argv.slice(2);
const checks = new Checks(`Views, in the MCP Inspector, ${transport}, ${era}`);
const hostile = '<img src=x onerror="document.title=1"> كتاب 活字 👩‍💻';

// bought makes a sale to a person of a name.
async function bought(sandbox, name) {
  const body = JSON.stringify({ product: await sandbox.highlight('digital product'), full_name: name, email: 'reader@example.com' });
  const answer = await fetch(`${sandbox.url}/_sandbox/sales`, { method: 'POST', body });
  assert.equal(answer.status, 200);
  return (await answer.json()).sale_id;
}

// refundsOf counts the refunds of a sale that the sandbox carried out.
async function refundsOf(sandbox, sale) {
  const { entries } = await (await fetch(`${sandbox.url}/_sandbox/journal`)).json();
  return entries.filter(({ method, path, committed }) => method === 'PUT' && committed && decodeURIComponent(path).endsWith(`/sales/${sale}/refund`)).length;
}

const press = (frame, name) => frame.locator(`::-p-aria([name="${name}"][role="button"])`).click();
const says = (frame, words) => frame.waitForFunction(words => new RegExp(words).test(document.body.innerText), {}, words);

// Each way asks the person before a refund, and returns how many refunds there have to be afterwards.
const ways = {
  'stdio, legacy': async (inspector, frame) => {
    await press(frame, 'Refund');
    await inspector.accept(/Refund/);
    await says(frame, 'Refunded \\$');
    return 1;
  },
  'http, legacy': async (inspector, frame) => {
    await press(frame, 'Refund');
    await frame.locator('::-p-aria([name="Question"][role="group"])').wait();
    await audit(frame, 'light');
    await press(frame, 'Refund');
    await says(frame, 'Refunded \\$');
    return 1;
  },
  'http, modern': async (inspector, frame) => {
    await press(frame, 'Refund');
    await frame.locator('::-p-aria([role="alert"])').wait();
    await says(frame, 'Say in the chat: .*Refund all that remains of the sale with id');
    await audit(frame, 'light');
    return 0;
  },
};

const browser = await launch();
const sandbox = await serveSandbox(binary);
const flags = ['--connection', await sandbox.highlight('first connection'), '--log-format', 'json'];
const server = await serveHTTP(binary, flags, sandbox.environment);
const client = new Client({ name: 'browser', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
await client.connect(new StreamableHTTPClientTransport(server.url));
const call = params => client.callTool(params);
const calls = await callsOf(call);
const { tools } = await client.listTools();
const titleOf = name => tools.find(tool => tool.name === name).title;
const inspector = await openInspector(browser, transport === 'stdio'
  ? { command: [binary, ...flags], environment: sandbox.environment } : { url: server.url.href, era });
const open = ({ name, arguments: args }) => inspector.openApp(titleOf(name), args);

for (const [view, shown] of Object.entries(calls)) {
  await checks.check(`${view} is shown, light and dark`, async () => {
    const { structuredContent } = await call(shown);
    const frame = await open(shown);
    await settled(frame);
    await checkBars(frame, view, structuredContent, call);
    const theme = () => frame.$eval('html', html => html.dataset.theme);
    const first = await theme();
    await audit(frame, first);
    await fits(frame);
    await inspector.toggleTheme();
    await frame.waitForFunction(first => document.documentElement.dataset.theme !== first, {}, first);
    await audit(frame, await theme());
    await reachAll(inspector.tab, frame);
    await inspector.toggleTheme();
    await frame.waitForFunction(first => document.documentElement.dataset.theme === first, {}, first);
  });
}

await checks.check('a click on the period calls the tool', async () => {
  const frame = await open(calls.sales);
  await settled(frame);
  const heading = await frame.$eval('h1', heading => heading.textContent);
  await press(frame, '30 days');
  await frame.waitForFunction(before => document.querySelector('h1').textContent !== before, {}, heading);
  await settled(frame);
});

await checks.check('a stranger\'s name is only text', async () => {
  const frame = await open({ name: 'gumroad_get_sale', arguments: { sale_id: await bought(sandbox, hostile) } });
  await settled(frame);
  await says(frame, 'img src=x onerror="document.title=1"> كتاب 活字 👩');
  assert.equal(await frame.$('img'), null);
});

await checks.check('a refund asks the person first, and is made once', async () => {
  const sale = await sandbox.highlight('USD sale not refunded');
  const frame = await open({ name: 'gumroad_get_sale', arguments: { sale_id: sale } });
  await settled(frame);
  await press(frame, 'Refund…');
  await frame.locator('::-p-aria([role="textbox"])').wait();
  await audit(frame, 'light');
  assert.equal(await refundsOf(sandbox, sale), 0);
  const wanted = await ways[`${transport}, ${era}`](inspector, frame);
  await settled(frame);
  assert.equal(await refundsOf(sandbox, sale), wanted);
  const { refunded } = (await call({ name: 'gumroad_get_sale', arguments: { sale_id: sale } })).structuredContent;
  assert.equal(refunded ?? false, wanted === 1);
});

await checks.check('no view did anything wrong', async () => assert.deepEqual(inspector.tab.faults, []));
await inspector.close();
await client.close();
await checks.check('the server ends well', async () => assert.equal(await server.stop(), 0));
sandbox.stop();
await browser.close();
checks.finish();
