// A person's way through the pages that this project serves, in Chromium: BINARY [DIRECTORY], where DIRECTORY gets
// pictures of them.
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { audit, fits, launch, openTab, reachAll, themes, widths } from './chromium.mjs';
import { Checks, serveHTTP } from './harness.mjs';

const [binary, pictures] = process.argv.slice(2);
const flags = ['--sandbox', '--sandbox-now', '2026-11-15T12:00:00Z', '--log-format', 'json'];
const checks = new Checks('Pages in Chromium');
const browser = await launch();

// press opens a link in the browser and presses a button there.
async function press(link, label) {
  const tab = await openTab(browser);
  await tab.goto(link);
  await audit(tab.mainFrame(), 'light');
  const decided = tab.waitForNavigation();
  await tab.locator(`::-p-aria([name="${label}"][role="button"])`).click();
  await decided;
  const said = await tab.$eval('h1', heading => heading.textContent);
  assert.deepEqual(tab.faults, []);
  await tab.close();
  return said;
}

// unconnected is a client of a server that has no store. Its person answers questions with `answer`.
async function unconnected(era, capabilities, answer) {
  const client = new Client({ name: 'browser', version: '1' },
    { capabilities, versionNegotiation: { mode: era === 'modern' ? 'auto' : 'legacy' } });
  const person = { answer: () => ({ action: 'accept', content: { confirm: true } }) };
  if (capabilities.elicitation) client.setRequestHandler('elicitation/create', ({ params }) => person.answer(params));
  await client.connect(new StdioClientTransport({ command: binary, args: flags, stderr: 'ignore' }));
  const call = (name, args = {}) => client.callTool({ name: `gumroad_${name}`, arguments: args });
  const { connections: [store] } = (await call('list_connections')).structuredContent;
  let removed = await call('delete_connection', { connection_id: store.connection_id });
  const token = removed.structuredContent?.confirm_token;
  if (token) removed = await call('delete_connection', { connection_id: store.connection_id, confirm_token: token });
  assert.ok(!removed.isError, removed.content?.[0]?.text);
  person.answer = answer;
  return { client, call };
}

for (const era of ['legacy', 'modern']) {
  await checks.check(`${era}: the call opens the link, the person authorizes, and the call goes on`, async () => {
    const asked = [];
    const { client, call } = await unconnected(era, { elicitation: { form: {}, url: {} } }, async params => {
      asked.push([params.mode, await press(params.url, 'Authorize')]);
      return { action: 'accept' };
    });
    const user = await call('get_user');
    assert.ok(!user.isError, user.content[0].text);
    assert.ok(user.structuredContent.name, 'the store answers');
    assert.deepEqual(asked, [['url', 'Store connected']]);
    await client.close();
  });

  await checks.check(`${era}: the call opens the link, and the person cancels there`, async () => {
    const { client, call } = await unconnected(era, { elicitation: { form: {}, url: {} } }, async params => {
      assert.equal(await press(params.url, 'Cancel'), 'Not connected');
      return { action: 'accept' };
    });
    const user = await call('get_user');
    assert.equal(user.isError, true);
    assert.equal(user.structuredContent.code, 'no_connection');
    await client.close();
  });

  await checks.check(`${era}: a client that opens no links gets it in the error, and the next call works`, async () => {
    const { client, call } = await unconnected(era, {});
    const refused = (await call('get_user')).structuredContent;
    assert.equal(refused.code, 'no_connection');
    assert.equal(await press(refused.url, 'Authorize'), 'Store connected');
    const { name } = (await call('get_user')).structuredContent;
    assert.ok(name, 'the store answers');
    await client.close();
  });
}

await checks.check('the status page', async () => {
  const server = await serveHTTP(binary, flags);
  for (const theme of themes) {
    for (const width of widths) {
      const tab = await openTab(browser, { width, theme });
      await tab.goto(new URL('/', server.url).href);
      assert.match(await tab.$eval('dl', facts => facts.innerText), /alive, ready/);
      assert.equal(await tab.$eval('dl code', code => code.textContent), server.url.href);
      await fits(tab.mainFrame());
      await audit(tab.mainFrame(), theme);
      assert.deepEqual(tab.faults, []);
      if (pictures && width === 720 && theme === 'light') {
        await tab.$eval('main', main => { // the port and the version differ from run to run
          main.innerHTML = main.innerHTML.replaceAll(location.host, '127.0.0.1:8080').replace(/(Version<\/dt><dd>)[^<]*/, '$1v1.0.0');
        });
        await tab.screenshot({ path: `${pictures}/status.png` });
      }
      await tab.close();
    }
  }
  assert.equal(await server.stop(), 0);
});

await browser.close();
checks.finish();
