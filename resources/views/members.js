// @ts-check
/** Memberships in a period: who came, who left, and what the present members pay. */
import { asked, call, canCall } from "./host.js";
import { alarm, anotherStore, busy, button, choice, count, day, lacks, money, name, note } from "./page.js";
import { plain, rows, show, start, table, tile, tiles } from "./page.js";
import { columns } from "./chart.js";
import { heading, periods } from "./period.js";

/** @typedef {import("./host.js").Data} Data */
/** @typedef {import("./chart.js").Bar} Bar */

const tool = "subscriber_report";

/** @type {Map<any, string>} */
const reasons = new Map(
  Object.entries({ cancelled: "cancelled", failed: "payment failed", fixed_ended: "paid all charges" }),
);

/** @type {Data} The model's result. */
let first;
let period = "";
let latest = 0; // of the calls; answers to earlier ones come too late

start("Members", tool, (report) => draw((first = report)));

/** @param {string} value */
async function choose(value) {
  period = value;
  const mine = ++latest;
  if (!value) return draw(first);
  busy();
  const product = asked.product_id || first.product;
  const { data, failure } = await call(tool, { period, ...(product && { product_id: product }) });
  if (mine !== latest) return;
  if (data && data.store === first.store) draw(data);
  else
    draw(
      first,
      alarm(
        failure || anotherStore,
        button("Try again", () => choose(value)),
      ),
    );
}

/**
 * @param {Data} report
 * @param {HTMLElement} [fault]
 */
function draw(report, fault) {
  const now = report.now || {};
  const left = rows(report.left);
  const lines = rows(report.memberships);
  show(
    heading("Members", report),
    canCall(tool) && choice("Period", periods, period, choose),
    fault,
    lacks(report),
    report.now &&
      tiles(
        tile("MRR", money(now.mrr_cents, now.currency), "now"),
        tile("MRR at risk", money(now.mrr_at_risk_cents, now.currency), "leaving or failing"),
        tile("Active", count(now.active), now.in_trial > 0 && `${count(now.in_trial)} in trial`),
        report.churn && tile("Churn", plain(report.churn, 12), "of the period"),
      ),
    ...steps(report),
    lines.length > 0 &&
      table(
        "By product",
        ["Product", "Before", "New", "Cancelled", "Failed", "After", "MRR"],
        lines.map((line) => [
          name(line.product),
          count(line.active_before),
          count(line.new),
          count(line.cancelled),
          count(line.failed),
          count(line.active_after),
          money(line.mrr_cents, now.currency),
        ]),
        "Products",
      ),
    left.length > 0 &&
      table(
        "Who left",
        ["Name", "Why", "On"],
        left.map((one) => [name(one.name || one.email), reasons.get(one.reason) || plain(one.reason), day(one.on)]),
        `Who left (${left.length})`,
      ),
    report.left_out > 0 && note(`${count(report.left_out)} more who left are not shown.`),
    report.formula && note(name(report.formula, 300)),
  );
}

/**
 * The bars that lead from the members before to those after.
 * @param {Data} report
 */
function steps(report) {
  if (report.active_before === undefined) return [];
  let at = report.active_before;
  /** @param {string} label @param {any} by @param {string} kind */
  const step = (label, by, kind) => {
    const from = at;
    at += by || 0;
    return { label, name: `${label}: ${by > 0 ? "+" : ""}${count(by || 0)}`, from, value: at, kind };
  };
  /** @param {string} label @param {any} value @returns {Bar} */
  const level = (label, value) => ({ label, name: `${label}: ${count(value)}`, value: value || 0 });
  /** @type {Bar[]} */
  const bars = [
    level("Before", at),
    step("New", report.new, "good"),
    step("Cancelled", -(report.cancelled || 0), "bad"),
    step("Failed", -(report.failed || 0), "bad"),
    step("Ended", -(report.fixed_ended || 0), "before"),
    level("After", report.active_after),
  ];
  if (!bars.some(({ value }) => value)) return [note("There were no members in this period.")];
  return [
    columns(
      "Members",
      bars.filter(({ label, from, value }) => label === "New" || from !== value),
    ),
    table(
      "Members",
      ["Step", "Members"],
      bars.map(({ label, name: said }) => [label, said.split(": ")[1]]),
    ),
  ];
}
