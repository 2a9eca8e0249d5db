// What each TypeScript client does with the server, whatever its SDK, protocol era and transport.
import assert from 'node:assert/strict';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { authorize } from './harness.mjs';

const october = { after: '2026-10-01', before: '2026-11-01' };
const invalidParams = -32602;
const viewType = 'text/html;profile=mcp-app';

// scenario checks an open session. `asks` tells whether the server can ask the person behind the client. `person` is
// that person: `asked` collects the questions, `answer` is the reply to the next.
export async function scenario(checks, session, { sale, asks, legacy, closesToCancel }) {
  const { client, call, person, log } = session;
  const check = (name, body) => checks.check(name, body);
  const ok = async (name, args = {}, options) => {
    const result = await call(`gumroad_${name}`, args, options);
    assert.ok(!result.isError, `${name}: ${result.content?.[0]?.text}`);
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent, `${name}: text and structured content are the same`);
    return result.structuredContent;
  };
  const refused = async (code, name, args) => {
    const result = await call(`gumroad_${name}`, args);
    assert.equal(result.isError, true, `${name} is refused`);
    assert.equal(result.structuredContent.code, code, result.content[0].text);
    return result;
  };
  const rejects = (code, promise, what) => assert.rejects(promise, error => {
    assert.equal(error.code, code, `${what}: ${error}`);
    return true;
  });

  await check('the server says who it is and what it can do', async () => {
    assert.equal(client.getServerVersion().name, 'gumroad-mcp');
    assert.ok(client.getInstructions().length > 100, 'there are instructions');
    const { extensions, ...capabilities } = client.getServerCapabilities();
    assert.deepEqual(Object.keys(capabilities).sort(), ['completions', 'prompts', 'resources', 'tools']);
    assert.deepEqual(extensions, { 'io.modelcontextprotocol/ui': { mimeTypes: [viewType] } });
  });

  await check('every view that a tool is linked to can be read', async () => {
    const { tools } = await client.listTools();
    const views = new Set(tools.map(tool => tool._meta?.ui?.resourceUri).filter(Boolean));
    assert.equal(views.size, 5, [...views].join());
    for (const uri of views) {
      const { contents: [page] } = await client.readResource({ uri });
      assert.equal(page.mimeType, viewType);
      assert.match(page.text, /^<!doctype html>/);
    }
  });

  await check('the tools are listed, and every schema compiles', async () => {
    const { tools } = await client.listTools();
    assert.ok(tools.length >= 40, `${tools.length} tools`);
    assert.equal(new Set(tools.map(tool => tool.name)).size, tools.length, 'names are unique');
    const ajv = addFormats(new Ajv2020({ strict: true, allErrors: true }));
    for (const tool of tools) {
      assert.match(tool.name, /^gumroad_[a-z_]{1,32}$/);
      assert.ok(tool.title && tool.description, `${tool.name} has a title and a description`);
      for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']) {
        assert.equal(typeof tool.annotations[hint], 'boolean', `${tool.name} says its ${hint}`);
      }
      for (const schema of [tool.inputSchema, tool.outputSchema]) {
        assert.equal(schema?.type, 'object', `${tool.name}: both schemas are objects`);
        ajv.compile(schema);
      }
    }
  });

  await check('get_user', async () => {
    const user = await ok('get_user');
    assert.ok(user.user?.name ?? user.name, JSON.stringify(user));
  });

  await check('list_products, page by page', async () => {
    const first = await ok('list_products', { limit: 3 });
    assert.equal(first.products.length, 3);
    const second = await ok('list_products', { limit: 3, page_key: first.next_page_key });
    assert.equal(new Set([...first.products, ...second.products].map(product => product.id)).size, 6, 'no product comes twice');
  });

  await check('list_sales of a month', async () => {
    const { sales } = await ok('list_sales', { ...october, limit: 100 });
    assert.ok(sales.length > 10, `${sales.length} sales`);
    assert.ok(sales.every(row => row.created_at.startsWith('2026-10-')), 'every sale is of October');
  });

  await check('an unknown argument is a result that helps', async () => {
    const result = await refused('invalid_arguments', 'list_products', { limitt: 3 });
    assert.match(result.content[0].text, /did you mean "limit"/);
  });

  await check("every tool's refusal reaches the client as a result", async () => {
    const { tools } = await client.listTools();
    const lost = [];
    for (const { name } of tools) {
      const result = await call(name, { no_such_argument: 1 }).catch(error => ({ lost: String(error) }));
      if (!result.isError) lost.push(`${name}: ${result.lost ?? 'it was no error'}`);
    }
    assert.ok(lost.length === 0, `${lost.length} of ${tools.length} tools lose it, such as ${lost[0]}`);
  });

  await check('an unknown tool is a protocol error', () => rejects(invalidParams, call('gumroad_nothing', {}), 'code'));

  const main = await ok('list_connections').then(list => list.connections[0].connection_id);
  const refund = { sale_id: sale, connection_id: main };
  const remaining = async () => {
    const { refundable_cents: amount } = await ok('get_sale', refund);
    assert.equal(typeof amount, 'number');
    return amount;
  };

  if (asks) {
    await check('a declined question changes nothing', async () => {
      const before = await remaining();
      person.answer = { action: 'decline' };
      await refused('not_allowed', 'refund_sale', { ...refund, amount_cents: 100 });
      assert.match(person.asked.at(-1).message, /^Refund \$1\.00 of the \$/);
      assert.equal(await remaining(), before);
    });
    await check('an accepted question acts', async () => {
      const before = await remaining();
      person.answer = { action: 'accept', content: { confirm: true } };
      await ok('refund_sale', { ...refund, amount_cents: 100 });
      assert.equal(await remaining(), before - 100);
    });
  } else {
    await check('consent takes two steps', async () => {
      const before = await remaining();
      const step = { ...refund, amount_cents: 100 };
      const first = await refused('confirmation_required', 'refund_sale', step);
      const { confirm_token } = first.structuredContent;
      await refused('confirmation_required', 'refund_sale', { ...step, amount_cents: 200, confirm_token });
      assert.equal(await remaining(), before, 'nothing has changed yet');
      await ok('refund_sale', { ...step, confirm_token });
      assert.equal(await remaining(), before - 100);
      await refused('confirmation_required', 'refund_sale', { ...step, confirm_token });
      assert.equal(await remaining(), before - 100, 'a token works once');
      assert.deepEqual(person.asked, [], 'nobody was asked');
    });
  }

  await check('resources are listed and read', async () => {
    const { resources } = await client.listResources();
    const uris = resources.map(resource => resource.uri);
    for (const uri of ['gumroad://user', 'gumroad://products', 'gumroad://guide/money']) {
      assert.ok(uris.includes(uri), `${uri} is listed`);
    }
    for (const { uri, mimeType } of resources) {
      const { contents } = await client.readResource({ uri });
      assert.equal(contents.length, 1, uri);
      assert.equal(contents[0].mimeType, mimeType, uri);
      assert.ok(contents[0].text.length > 0, uri);
    }
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.ok(resourceTemplates.some(template => template.uriTemplate.startsWith('gumroad://products/{product_id}{')));
    const [product] = (await ok('list_products', { limit: 1 })).products;
    const { contents } = await client.readResource({ uri: `gumroad://products/${encodeURIComponent(product.id)}` });
    assert.ok(contents[0].text.includes(product.id), 'the product is in its resource');
  });

  await check('an unknown resource is a protocol error', async () => {
    const uri = 'gumroad://nothing';
    await assert.rejects(client.readResource({ uri }), error => {
      const codes = legacy ? [-32002, invalidParams] : [invalidParams]; // SDK v2 shows the earlier code as the later
      assert.ok(codes.includes(error.code), String(error));
      assert.equal(error.data?.uri, uri);
      return true;
    });
  });

  await check('prompts are listed and got', async () => {
    const { prompts } = await client.listPrompts();
    assert.ok(prompts.some(prompt => prompt.name === 'monthly_review'));
    const { messages } = await client.getPrompt({ name: 'monthly_review', arguments: { month: '2026-10' } });
    assert.match(messages[0].content.text, /2026-10/);
    assert.match(messages[0].content.text, /gumroad_\w+/);
    await rejects(invalidParams, client.getPrompt({ name: 'launch_discount', arguments: {} }), 'a missing argument');
  });

  await check('arguments are completed', async () => {
    const months = await client.complete({ ref: { type: 'ref/prompt', name: 'monthly_review' }, argument: { name: 'month', value: '2026-1' } });
    assert.ok(months.completion.values.includes('2026-10'), JSON.stringify(months));
    const uri = 'gumroad://products/{product_id}{?connection_id}';
    const products = await client.complete({ ref: { type: 'ref/resource', uri }, argument: { name: 'product_id', value: '' } });
    assert.ok(products.completion.values.length > 5, JSON.stringify(products));
  });

  await check('a store is connected, with progress meanwhile', async () => {
    const { connection_id, url } = await ok('create_connection');
    const steps = [];
    let authorized;
    const status = await ok('get_connection', { connection_id, wait_seconds: 45 }, {
      onprogress: step => {
        if (steps.push(step.progress) === 2) authorized = authorize(url);
      },
    });
    await authorized;
    assert.equal(status.status, 'ACTIVE');
    assert.ok(steps.length >= 2 && steps.every((step, i) => i === 0 || step > steps[i - 1]), `progress grows: ${steps}`);
  });

  await check('a cancelled call ends, here and on the server', async () => {
    const { connection_id } = await ok('create_connection');
    const stop = new AbortController();
    await assert.rejects(call('gumroad_get_connection', { connection_id, wait_seconds: 45 }, {
      signal: stop.signal,
      onprogress: () => stop.abort('enough'),
    }), /enough/);
    await ok('get_user');
    if (closesToCancel) await client.close(); // this client keeps the cancelled call's connection open
    await log.first(entry => entry.msg === 'tool call' && entry.tool === 'get_connection' && entry.outcome === 'timeout');
  });
}
