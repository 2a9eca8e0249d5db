// What a view must never do, in a host that answers as no server would: BINARY.
import assert from 'node:assert/strict';
import { Checks } from './harness.mjs';
import { openViews } from './host.mjs';
import { callsOf, settled } from './views.mjs';

const checks = new Checks('Views, in a host that misleads them');
const { inHost, call, end } = await openViews(process.argv[2]);
const calls = await callsOf(call);
const { structuredContent: sale } = await call(calls.sale);

const asResult = data => ({ content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: data });
const textOf = host => host.frame.$eval('main', main => main.innerText);
const button = name => `::-p-aria([name="${name}"][role="button"])`;
const says = (host, text) => host.frame.waitForFunction(text => document.body.innerText.includes(text), {}, text);

// selling is a host whose sale is `now`, and where a refund is `refund`. It notes the refunds in `refunds`.
function selling(now, refund, refunds = []) {
  return params => {
    if (params.name === 'gumroad_get_sale') return asResult(now);
    refunds.push(params.arguments);
    return refund(params.arguments);
  };
}

// tryRefund opens a sale, and asks for all of it back.
async function tryRefund(host, shown) {
  await host.show({ sale_id: sale.id }, asResult(shown));
  await settled(host.frame);
  await host.frame.locator(button('Refund…')).click();
  await host.frame.locator(button('Refund')).click();
}

await checks.check('sale: the second half of a double click agrees to nothing', () => {
  const refunds = [];
  const refund = ({ confirm_token: token }) => (token
    ? asResult({ refunded_now_cents: 100, currency: 'usd' })
    : { isError: true,
      ...asResult({ code: 'confirmation_required', message: 'Refund it?', confirm_token: 'token', changed: 'no' }) });
  return inHost('sale', { call: selling(sale, refund, refunds) }, async (host, tab) => {
    await tryRefund(host, sale);
    await says(host, 'Refund it?');
    const agree = await host.frame.waitForSelector(button('Refund'));
    const { x, y } = await agree.clickablePoint();
    await tab.mouse.move(x, y);
    await tab.mouse.down({ clickCount: 2 });
    await tab.mouse.up({ clickCount: 2 });
    assert.deepEqual(refunds, [{ sale_id: sale.id }]);
    await agree.click();
    await says(host, 'Refunded $1.00.');
    assert.deepEqual(refunds, [{ sale_id: sale.id }, { sale_id: sale.id, confirm_token: 'token' }]);
  });
});

await checks.check('sale: what has changed before is not taken for the change whose answer was lost', () => {
  const lost = () => { throw new Error('the connection broke'); };
  return inHost('sale', { call: selling(sale, lost) }, async host => {
    await tryRefund(host, { ...sale, refundable_cents: sale.refundable_cents + 100 });
    await says(host, 'the connection broke');
    assert.doesNotMatch(await textOf(host), /was made|Nothing has changed/);
  });
});

await checks.check('sale: a result that comes late does not undo what was read since', () => {
  const refunded = { ...sale, refunded: true, refundable_cents: 0 };
  const refund = () => asResult({ refunded_now_cents: 100, currency: 'usd' });
  return inHost('sale', { call: selling(refunded, refund) }, async host => {
    await tryRefund(host, sale);
    await says(host, 'Refunded $1.00.');
    await host.notify('tool-result', asResult(sale));
    await host.send({ id: 'after it', method: 'ping' });
    await host.heard.first(message => message.id === 'after it');
    assert.equal(await host.frame.$(button('Refund…')), null);
  });
});

await checks.check('sale: no amount is shown or asked for that is not certain', () => inHost('sale', {}, async host => {
  const { currency, ...unknown } = sale;
  await host.show({ sale_id: sale.id }, asResult(unknown));
  await settled(host.frame);
  assert.equal(await host.frame.$(button('Refund…')), null, 'without a currency');
  await host.notify('tool-result', asResult({ ...sale, refundable_cents: 2 ** 53 + 2 }));
  await says(host, 'Can be refunded\n–');
}));

await checks.check('sale: a link that the host does not open is said', () => {
  const shipped = { ...sale, tracking_url: 'https://parcel.example/1' };
  return inHost('sale', {}, async host => {
    host.answer = async method => { throw new Error(`${method} is refused`); };
    await host.show({ sale_id: sale.id }, asResult(shipped));
    await settled(host.frame);
    await host.frame.locator(button('Follow the parcel')).click();
    await says(host, 'ui/open-link is refused');
  });
});

await checks.check('words that every object has are only words', async () => {
  await inHost('payouts', {}, async host => {
    const payouts = [{ id: '1', status: 'constructor', currency: 'usd', amount_cents: 100 }];
    await host.show({}, asResult({ payouts }));
    await says(host, 'constructor');
  });
  await inHost('members', {}, async host => {
    await host.show({}, asResult({ left: [{ name: 'A', reason: 'constructor' }] }));
    await host.frame.$$eval('details', all => all.forEach(one => { one.open = true; }));
    await says(host, 'constructor');
    assert.doesNotMatch(await textOf(host), /native code/);
  });
});

await checks.check('sales: a picture is not asked for again', () => inHost('sales', {}, async host => {
  await host.show({ ...calls.sales.arguments, picture: true }, await call(calls.sales));
  await settled(host.frame);
  await host.heard.first(message => message.method === 'tools/call');
  assert.deepEqual(host.calls.filter(one => 'picture' in one.arguments), []);
}));

await checks.check('the server ends well', async () => assert.equal(await end(), 0));
checks.finish();
