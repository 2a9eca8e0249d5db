// @ts-check
/** Sales of a period: totals, and bars against the period before. */
import { asked, call, canCall, tell } from "./host.js";
import { alarm, busy, button, choice, count, day, lacks, money, name, note } from "./page.js";
import { h, plain, rows, show, start, store, table, tile, tiles } from "./page.js";
import { columns, legend, ranking } from "./chart.js";

/** @typedef {import("./host.js").Data} Data */
/** @typedef {import("./host.js").Failure} Failure */

const tool = "sales_report";
const longDays = 45; // longer periods are shown by month

/** @type {[string, string][]} */
const periods = [["As asked", ""], ["30 days", "last_30_days"], ["This month", "this_month"], ["This year", "this_year"]];
/** @type {[string, string][]} */
const groups = [["Over time", "time"], ["Products", "product"], ["Countries", "country"]];

/** @type {Data} The model's result. */
let first;
let period = "";
let group = "time";
let latest = 0; // of the calls; answers to earlier ones come too late

/** @param {Data} report */
const length = (report) => (Date.parse(report.to) - Date.parse(report.from)) / 86_400_000 + 1;

/** @param {string} key */
const unit = (key) => (/^\d{4}-\d\d$/.test(key) ? "month" : "day");

/** @param {any} report */
const dates = (report) => (report.from === report.to ? day(report.from) : `${day(report.from)} – ${day(report.to)}`);

start("Sales", tool, (data) => {
  first = data;
  const grouped = [asked.group_by].flat()[0];
  if (data.lines) {
    group = ["product", "country"].includes(grouped) ? grouped : data.ranked_by === "time" ? "time" : "";
    draw(data);
  } else {
    draw(data);
    load();
  }
});

/** Reads what the chosen period and grouping show, and draws it. */
async function load() {
  if (!canCall(tool)) return;
  const mine = ++latest;
  busy();
  const { report, other, failure } = await reports();
  if (mine !== latest) return;
  if (!report) return draw(first, undefined, failure);
  draw(report, other, failure);
}

/** @returns {Promise<{report?: Data, other?: Data, failure?: Failure}>} */
async function reports() {
  const by = group === "time" ? { last_30_days: "day", this_month: "day", this_year: "month" }[period] ||
    (length(first) > longDays ? "month" : "day") : group || "product";
  const common = { group_by: [by], ...(asked.product_id && { product_id: asked.product_id }) };
  const compare = asked.compare || "previous";
  const days = { from: first.from, to: first.to };
  const wanted = asked.period ? { period: asked.period } : asked.from ? { from: asked.from, to: asked.to } : {};
  let { data: report, failure } = await call(tool, { ...common, compare, ...(period ? { period } : wanted) });
  if (report && !period && (report.from !== days.from || report.to !== days.to)) { // time has passed since the result
    ({ data: report, failure } = await call(tool, { ...common, compare, ...days }));
  }
  if (!report) return { failure };
  if (report.store !== first.store) {
    return { failure: { message: "Another store answered now. Ask in the chat again.", code: "", token: "", unchanged: true } };
  }
  const before = report.compared_with;
  if (group !== "time" || !before) return { report };
  const other = await call(tool, { ...common, from: before.from, to: before.to });
  return { report, other: other.data, failure: other.failure };
}

/**
 * @param {Data} report
 * @param {Data} [other]
 * @param {Failure} [failure]
 */
function draw(report, other, failure) {
  const { currency, change = {}, compared_with: before } = report;
  const was = before && `before: ${dates(before)}`;
  /** @param {string} label @param {any} amount @param {any} [percent] */
  const total = (label, amount, percent) => amount !== undefined && tile(label, money(amount, currency), percent && plain(percent, 12));
  show(
    heading(report),
    canCall(tool) && choice("Period", periods, period, (value) => {
      period = value;
      if (value === "" && first.lines && group === "") return draw(first);
      load();
    }),
    lacks(report),
    tiles(
      total("Net", report.net_cents, change.net), total("Gross", report.gross_cents, change.gross),
      total("Refunds", report.refunds_cents), total("Fees", report.fees_cents),
      report.units !== undefined && tile("Sales", count(report.units), change.units && plain(change.units, 12))),
    was && note(`Changes: against ${dates(before)}.`),
    canCall(tool) && choice("Show", groups, group, (value) => {
      group = value;
      load();
    }),
    ...chart(report, other, was),
    failure && alarm(failure, button("Try again", load)),
    report.counted && note(plain(report.counted, 300)),
  );
}

/** @param {Data} report */
const heading = (report) => h("header", {},
  h("h1", {}, "Sales", report.from && ", " + dates(report), report.product && " · ", report.product && name(report.product)),
  store(report),
  report.time_zone === "UTC" && note("Days are those of UTC."),
  report.cut && note("Asked for: ", name(report.cut), "."));

/**
 * @param {Data} report
 * @param {Data | undefined} other
 * @param {string | undefined} was
 */
function chart(report, other, was) {
  const { currency } = report;
  let lines = rows(report.lines);
  if (!report.lines) return [];
  const left = report.left_out && note(
    `${count(report.left_out.lines)} more lines, ${money(report.left_out.gross_cents, currency)} gross, are not shown.`);
  const overTime = report.ranked_by === "time";
  if (overTime && !report.left_out) lines = filled(report, lines);
  if (!lines.length) return [note("Nothing was sold in this period.")];
  const earlier = other && rows(other.lines);
  const beforeOf = overTime && earlier && other ? filled(other, earlier).map((line) => line.gross_cents)
    : lines.map((line) => line.was_gross_cents);
  const bars = lines.map((line, index) => {
    const before = beforeOf[index] ?? (overTime && earlier ? 0 : undefined);
    const label = overTime ? day(line.key) : plain(line.key) || "–";
    return {
      label: overTime ? label.replace(/, \d{4}$/, "") : name(line.key),
      name: `${label}: ${money(line.gross_cents, currency)}, ${count(line.units)} sold` +
        (before === undefined ? "" : `, before ${money(before, currency)}`),
      value: line.gross_cents || 0, before, text: money(line.gross_cents, currency),
    };
  });
  const what = "Gross " + (overTime ? `by ${unit(lines[0].key)}` : group ? "by " + group : "by line");
  const hasBefore = bars.some(({ before }) => before !== undefined);
  return [
    legend(what, hasBefore && was),
    overTime ? columns(what, bars, (index) => {
      const key = String(lines[index].key);
      if (/^\d{4}-\d\d(-\d\d)?$/.test(key)) tell(`The person is looking at ${key} in the sales view.`);
    }) : ranking(what, bars),
    left,
    table(what, ["", "Gross", ...(hasBefore ? ["Before"] : []), "Refunds", "Net", "Sold"], lines.map((line, index) => [
      overTime ? day(line.key) : name(line.key), money(line.gross_cents, currency),
      ...(hasBefore ? [money(bars[index].before, currency)] : []),
      money(line.refunds_cents || 0, currency), money(line.net_cents, currency), count(line.units)])),
  ];
}

/**
 * Adds the days or months without sales, which a report leaves out.
 * @param {Data} report
 * @param {Data[]} lines
 */
function filled(report, lines) {
  const by = lines.length ? unit(lines[0].key) : "day";
  const known = new Map(lines.map((line) => [line.key, line]));
  const at = new Date(report.from);
  const end = new Date(report.to);
  if (by === "month") at.setUTCDate(1);
  if (!(end.getTime() - at.getTime() < 400 * 86_400_000 || by === "month")) return lines;
  /** @type {Data[]} */
  const all = [];
  for (; at <= end && all.length < 400; by === "month" ? at.setUTCMonth(at.getUTCMonth() + 1) : at.setUTCDate(at.getUTCDate() + 1)) {
    const key = at.toISOString().slice(0, by === "month" ? 7 : 10);
    all.push(known.get(key) || { key, gross_cents: 0, net_cents: 0, units: 0 });
  }
  return all.length && [...known.keys()].every((key) => all.some((line) => line.key === key)) ? all : lines;
}
