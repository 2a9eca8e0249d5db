// Every view in every state, theme and width, in a host of our own: BINARY [DIRECTORY], where DIRECTORY gets pictures.
import assert from 'node:assert/strict';
import { audit, fits, reachAll, themes, widths } from './chromium.mjs';
import { Checks } from './harness.mjs';
import { mount, openViews } from './host.mjs';
import { bars, callsOf, checkBars, settled } from './views.mjs';

const [binary, pictures] = process.argv.slice(2);
// kept are the pictures that docs/views.md shows.
const kept = ['sales-light-720', 'sales-dark-720', 'sales-light-320', 'sale-light-320', 'sale-dark-320', 'members-light-720',
  'members-dark-320', 'discounts-dark-320', 'discounts-light-320', 'payouts-dark-720', 'payouts-light-320'];
const checks = new Checks('Views, in a host of our own');
const { openTab, inHost, page, call, end } = await openViews(binary);
const calls = await callsOf(call);

const textOf = host => host.frame.$eval('main', main => main.innerText);

// withText is a result with the texts of some members replaced.
function withText(value, text, replaced) {
  if (Array.isArray(value)) return value.map(one => withText(one, text, replaced));
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) =>
    [name, typeof one === 'string' && replaced(name) ? text : withText(one, text, replaced)]));
}

const strangers = ['product_name', 'full_name', 'name', 'product', 'email', 'code']; // members that people have written
const meant = ['currency', 'from', 'to', 'ranked_by', 'state', 'status', 'id', 'sale_id']; // members that a view goes by

const asResult = data => ({ content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: data });

for (const [view, { name, arguments: args }] of Object.entries(calls)) {
  const result = await call({ name, arguments: args });
  assert.ok(!result.isError, `${name}: ${result.content?.[0]?.text}`);
  const data = result.structuredContent;

  for (const theme of themes) {
    for (const width of widths) {
      await checks.check(`${view}, ${theme}, ${width} px: bars are the result's, axe finds nothing, the tab key reaches all`, () =>
        inHost(view, { width, theme }, async (host, tab) => {
          assert.match(await textOf(host), /Loading/);
          await host.show(args, result);
          await settled(host.frame);
          await checkBars(host.frame, view, data, call);
          await fits(host.frame);
          await host.frame.waitForFunction(() => innerHeight === Math.ceil(document.documentElement.getBoundingClientRect().height));
          await audit(host.frame, theme);
          if (pictures && kept.includes(`${view}-${theme}-${width}`)) {
            await (await tab.$('iframe')).screenshot({ path: `${pictures}/${view}-${theme}-${width}.png` });
          }
          await host.frame.$$eval('details', all => all.forEach(one => { one.open = true; }));
          await fits(host.frame);
          await audit(host.frame, theme);
          assert.ok(await reachAll(tab, host.frame) > 0);
        }));
    }
  }

  await checks.check(`${view}: the theme changes while it is shown`, () => inHost(view, {}, async host => {
    await host.show(args, result);
    await settled(host.frame);
    const colour = () => host.frame.$eval('h1', heading => getComputedStyle(heading).color);
    const light = await colour();
    await host.setTheme('dark');
    await host.frame.waitForFunction(light => getComputedStyle(document.querySelector('h1')).color !== light, {}, light);
    await audit(host.frame, 'dark');
  }));

  await checks.check(`${view}: draws the text of a result without structured content`, () => inHost(view, {}, async host => {
    await host.show(args, { content: result.content });
    await settled(host.frame);
    await checkBars(host.frame, view, data, call);
  }));

  await checks.check(`${view}: says an error, a cancelled call, and a result of nothing`, () => inHost(view, {}, async host => {
    const failed = { isError: true, content: [{ type: 'text', text: 'rate_limited: Too many. <b>Wait</b>.' }] };
    await host.show(args, failed);
    await host.frame.locator('::-p-aria([role="alert"])').wait();
    assert.match(await textOf(host), /Too many\. <b>Wait<\/b>\./);
    await audit(host.frame, 'light');
    await host.notify('tool-cancelled', { reason: 'the person stopped it' });
    await host.frame.waitForFunction(() => /cancelled/.test(document.body.innerText));
    for (const empty of [{}, { content: [] }, { content: [], structuredContent: {} }, { content: [{ type: 'text', text: '{}' }] }]) {
      await host.notify('tool-result', empty);
      await host.frame.waitForFunction(() => /empty/.test(document.body.innerText));
      assert.equal(await host.frame.$('[aria-busy]'), null);
      await host.notify('tool-cancelled', {});
      await host.frame.waitForFunction(() => /cancelled/.test(document.body.innerText));
    }
  }));

  await checks.check(`${view}: strangers' text is only text`, () => inHost(view, { call: undefined }, async host => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    const before = await host.frame.evaluate(() => [document.title, document.scripts.length]);
    await host.show(args, asResult(withText(data, hostile, name => !meant.includes(name))));
    await settled(host.frame);
    await host.frame.$$eval('details', all => all.forEach(one => { one.open = true; }));
    assert.match(await host.frame.evaluate(() => document.body.textContent), /<img src=x onerror=/);
    assert.equal(await host.frame.$('img'), null);
    assert.deepEqual(await host.frame.evaluate(() => [document.title, document.scripts.length]), before);
  }));

  const named = text => withText(data, text, name => strangers.includes(name));
  if (JSON.stringify(named('')) === JSON.stringify(data)) continue;
  await checks.check(`${view}: names of every script and length`, () => inHost(view, { width: 320, call: undefined }, async (host, tab) => {
    for (const text of ['活字の見本帳', 'كتاب الخط', '👩‍💻 Kit 🎨', 'x'.repeat(300)]) {
      await host.show(args, asResult(named(text)));
      await host.frame.waitForFunction(text => document.body.textContent.includes(text), {}, text.slice(0, 5));
      await fits(host.frame);
      const mixed = await host.frame.evaluate(text => [...document.querySelectorAll('main *')].filter(one => !one.closest('bdi, [dir="auto"]') &&
        [...one.childNodes].some(node => node.nodeName === '#text' && node.data.includes(text) && node.data !== text)).map(one => one.outerHTML), text);
      assert.deepEqual(mixed, [], 'no name stands within other text without keeping its own direction');
      await audit(host.frame, 'light');
    }
    if (pictures && view === 'sale') {
      await host.show(args, asResult(named('活字の見本帳 · كتاب الخط · 🎨')));
      await host.frame.waitForFunction(() => document.body.textContent.includes('🎨'));
      await host.frame.waitForFunction(() => innerHeight === Math.ceil(document.documentElement.getBoundingClientRect().height));
      await (await tab.$('iframe')).screenshot({ path: `${pictures}/sale-names-320.png` });
    }
  }));
}

await checks.check('sale: amounts of every currency', () => inHost('sale', { call: undefined }, async host => {
  const { structuredContent: sale } = await call(calls.sale);
  for (const [currency, shown] of Object.entries({ jpy: '¥1,500', vnd: '₫1,500', eur: '€15.00', gbp: '£15.00', inr: '₹15.00' })) {
    await host.show(calls.sale.arguments, asResult({ ...sale, currency, refundable_cents: 1500 }));
    await host.frame.waitForFunction(shown => document.querySelector('main').innerText.includes(shown), {}, shown);
  }
}));

await checks.check('sales: says what its sums lack', () => inHost('sales', { call: undefined }, async host => {
  const { structuredContent: report } = await call(calls.sales);
  await host.show(calls.sales.arguments, asResult({ ...report, complete: false, missing: ['the fee of 2 sales'] }));
  await host.frame.waitForFunction(() => document.querySelector('[role="note"]')?.innerText === 'Incomplete: the fee of 2 sales.');
}));

await checks.check('sale: a part is refunded', () => inHost('sale', {}, async host => {
  const { structuredContent: before } = await call(calls.sale);
  await host.show(calls.sale.arguments, asResult(before));
  await settled(host.frame);
  const press = name => host.frame.locator(`::-p-aria([name="${name}"][role="button"])`).click();
  await press('Refund…');
  await host.frame.locator('input').fill('1.50');
  await press('Refund');
  await host.frame.waitForSelector('[aria-label="Question"]');
  await press('Refund');
  await host.frame.waitForFunction(() => document.body.innerText.includes('Refunded $1.50.'));
  const { structuredContent: after } = await call(calls.sale);
  assert.equal(after.refundable_cents, before.refundable_cents - 150);
}));

await checks.check('sales: a click on the period calls the tool and draws it', () => inHost('sales', {}, async host => {
  const { name, arguments: args } = calls.sales;
  await host.show(args, await call(calls.sales));
  await settled(host.frame);
  host.calls.length = 0;
  await host.frame.locator('::-p-aria([name="This year"][role="button"])').click();
  await host.frame.waitForFunction(() => document.querySelector('[aria-pressed="true"]')?.textContent === 'This year');
  await settled(host.frame);
  assert.deepEqual(host.calls.filter(one => one.arguments.period).map(one => [one.name, one.arguments.period]), [[name, 'this_year']]);
  assert.equal((await host.frame.$$(bars)).length, 11, 'January to November');
}));

await checks.check('sale: a host that cannot ask the person is asked once, and the person can ask in the chat', () => {
  const carriedOut = [];
  const without = async params => {
    if (params.name !== 'gumroad_refund_sale') return call(params);
    carriedOut.push(params.arguments);
    throw new Error("Unsupported result type 'input_required'");
  };
  return inHost('sale', { call: without }, async host => {
    await host.show(calls.sale.arguments, await call(calls.sale));
    await settled(host.frame);
    await host.frame.locator('::-p-aria([name="Refund…"][role="button"])').click();
    const refund = await host.frame.waitForSelector('::-p-aria([name="Refund"][role="button"])');
    await refund.evaluate(button => { button.click(); button.click(); });
    await host.frame.locator('::-p-aria([name="Ask in the chat"][role="button"])').click();
    const { params } = await host.heard.first(message => message.method === 'ui/message');
    const { sale_id } = calls.sale.arguments;
    assert.deepEqual(params, { role: 'user', content: [{ type: 'text', text: `Refund all that remains of the sale with id ${sale_id}.` }] });
    assert.deepEqual(carriedOut, [{ sale_id }]);
    await audit(host.frame, 'light');
  });
});

await checks.check('what a view may not do is noticed', async () => {
  const tab = await openTab();
  const html = (await page('sale')).replace('<body>', '<body><img alt="" src="https://example.com/x.png">');
  await mount(tab, html);
  assert.match(tab.faults.join(), /securitypolicyviolation: img-src/);
  await tab.close();
});

await checks.check('the server ends well', async () => assert.equal(await end(), 0));
checks.finish();
