// @ts-check
/** Payouts: what is to come, what was paid, and what did not arrive. */
import { asked, call, canCall } from "./host.js";
import { alarm, anotherStore, busy, button, count, day, h, money, note } from "./page.js";
import { plain, rows, show, start, store, table, tile, tiles } from "./page.js";
import { ranking } from "./chart.js";

/** @typedef {import("./host.js").Data} Data */
/** @typedef {import("./host.js").Failure} Failure */

const tool = "list_payouts";

/** @type {Map<any, [words: string, kind: string]>} */
const states = new Map(
  Object.entries({
    payable: ["upcoming", "before"],
    paused: ["held back", "bad"],
    creating: ["being made", ""],
    processing: ["on its way", ""],
    unclaimed: ["not claimed yet", ""],
    completed: ["paid", "good"],
    failed: ["failed", "bad"],
    cancelled: ["cancelled", "bad"],
    reversed: ["reversed", "bad"],
    returned: ["returned", "bad"],
  }),
);

/** @param {Data} payout */
const state = ({ status }) => states.get(status) || [plain(status, 30) || "unknown", ""];

start("Payouts", tool, draw);

/**
 * @param {Data} data
 * @param {Failure} [failure]
 */
function draw(data, failure) {
  const payouts = rows(data.payouts);
  const upcoming = payouts.filter((payout) => payout.upcoming);
  const paid = payouts.filter((payout) => payout.status === "completed");
  const lost = payouts.filter((payout) => !payout.upcoming && state(payout)[1] === "bad");
  const more = data.next_page_key && canCall(tool) && (() => load(data));
  show(
    h("header", {}, h("h1", {}, "Payouts"), store(data)),
    tiles(
      ...upcoming.map((payout) => tile("Upcoming", amount(payout), `${state(payout)[0]}, ${day(payout.created_at)}`)),
      paid.length > 0 && tile("Paid", sums(paid), `${count(paid.length)} of those shown`),
      lost.length > 0 && tile("Did not arrive", sums(lost), `${count(lost.length)} of those shown`),
    ),
    payouts.length
      ? ranking(
          "Payouts",
          payouts.map((payout) => bar(payout, payouts)),
          true,
        )
      : note("There are no payouts."),
    data.left_out > 0 && note(`${count(data.left_out)} more are not shown.`),
    failure && alarm(failure),
    more ? button("More", more) : data.next_page_key && note("There are more, older ones."),
    payouts.length > 0 &&
      table(
        "Payouts",
        ["Date", "Amount", "State", "Paid on"],
        payouts.map((payout) => [
          day(payout.created_at),
          amount(payout),
          state(payout)[0],
          payout.processed_at ? day(payout.processed_at) : "–",
        ]),
      ),
  );
}

/** @param {Data} payout */
const amount = (payout) => (payout.unknown_amount ? "unknown" : money(payout.amount_cents, payout.currency));

/**
 * The sums of some payouts, one for each currency.
 * @param {Data[]} payouts
 */
function sums(payouts) {
  /** @type {{[currency: string]: number}} */
  const by = {};
  for (const { currency, amount_cents: cents } of payouts) by[currency] = (by[currency] || 0) + (cents || 0);
  return Object.entries(by)
    .map(([currency, cents]) => money(cents, currency))
    .join(" + ");
}

/**
 * A payout's bar. Its length is a share of the largest in the same currency.
 * @param {Data} payout
 * @param {Data[]} all
 */
function bar(payout, all) {
  const [words, kind] = state(payout);
  const same = all.filter(({ currency }) => currency === payout.currency);
  const label = `${day(payout.created_at)}, ${words}`;
  return {
    label,
    name: `${label}: ${amount(payout)}`,
    value: payout.amount_cents || 0,
    kind,
    text: amount(payout),
    full: Math.max(1, ...same.map(({ amount_cents: cents }) => cents || 0)),
  };
}

/**
 * Adds the next page.
 * @param {Data} data
 */
async function load(data) {
  busy();
  const { data: next, failure } = await call(tool, { ...asked, page_key: data.next_page_key });
  if (!next || next.store !== data.store) return draw(data, failure || anotherStore);
  draw({ ...next, payouts: [...rows(data.payouts), ...rows(next.payouts)] });
}
