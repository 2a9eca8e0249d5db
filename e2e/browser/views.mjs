// What the tests know of the views: the calls that show them, and what has to be seen of each result.
import assert from 'node:assert/strict';

const period = { from: '2026-06-01', to: '2026-10-31' };

// callsOf names for each view the call whose result it shows. A sale is chosen that can be refunded and was refunded in
// part, which the sandbox has few of.
export async function callsOf(call) {
  const { structuredContent } = await call({ name: 'gumroad_list_sales', arguments: { after: '2026-10-01', limit: 100 } });
  const sale = structuredContent.sales.find(sale => sale.partially_refunded) ?? structuredContent.sales.find(sale => !sale.refunded);
  return {
    sales: { name: 'gumroad_sales_report', arguments: period },
    sale: { name: 'gumroad_get_sale', arguments: { sale_id: sale.id } },
    members: { name: 'gumroad_subscriber_report', arguments: { period: 'last_month' } },
    discounts: { name: 'gumroad_list_discounts', arguments: {} },
    payouts: { name: 'gumroad_list_payouts', arguments: {} },
  };
}

const dollars = cents => (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
const month = key => new Date(`${key}-01T00:00:00Z`).toLocaleDateString('en-US', { month: 'short', year: 'numeric', timeZone: 'UTC' });

// bars selects the bars of a chart, upright or lying.
export const bars = 'ol.columns button, ol[aria-label] [role="img"]';

// payoutWords are what people read in place of some of Gumroad's words.
const payoutWords = { payable: 'upcoming', creating: 'being made', processing: 'on its way', completed: 'paid', unclaimed: 'not claimed' };

// parts says for each view what the names of its bars have to hold, in order.
const parts = {
  async sales(_, call) {
    const { structuredContent } = await call({ name: 'gumroad_sales_report', arguments: { ...period, group_by: ['month'] } });
    return structuredContent.lines.map(line => [month(line.key), dollars(line.gross_cents), `${line.units} `]);
  },
  sale: () => [],
  members: ({ active_before, new: joined, cancelled, failed, fixed_ended, active_after }) =>
    [['before', active_before], ['new', joined], ['cancelled', cancelled], ['failed', failed], ['ended', fixed_ended], ['after', active_after]]
      .filter(([, count]) => count).map(([label, count]) => [label, String(count)]),
  discounts: ({ discounts }) => discounts.map(one => [one.code ?? 'without a code', `${one.used} used`]),
  payouts: ({ payouts }) => payouts.map(one => [dollars(one.amount_cents), payoutWords[one.status] ?? one.status]),
};

// checkBars fails unless the bars of a view are those of the result.
export async function checkBars(frame, view, data, call) {
  const names = await frame.$$eval(bars, all => all.map(bar => bar.getAttribute('aria-label')));
  const wanted = await parts[view](data, call);
  const more = await frame.$eval('main', main => /Show all (\d+)/.exec(main.innerText)?.[1]);
  assert.equal(more ? Number(more) : names.length, wanted.length, `bars: ${names.join(' | ')}`);
  for (const [index, name] of names.entries()) {
    for (const part of wanted[index]) assert.ok(name.toLowerCase().includes(part.toLowerCase()), `bar ${index}: want ${part} in ${name}`);
  }
  return names;
}

// settled waits until a view shows something and waits for nothing.
export const settled = frame => frame.waitForFunction(() => {
  const main = document.querySelector('main');
  return main && !main.hasAttribute('aria-busy') && !main.querySelector('[aria-busy="true"]') && !/Loading…/.test(main.innerText);
});
