// @ts-check
/** Sales of a period: totals, and bars against the period before. */
import { asked, call, canCall, tell } from "./host.js";
import { alarm, anotherStore, busy, button, choice, count, day, lacks, money, name, note } from "./page.js";
import { h, plain, rows, show, start, table, tile, tiles } from "./page.js";
import { columns, legend, ranking } from "./chart.js";
import { dates, heading, periods } from "./period.js";

/** @typedef {import("./host.js").Data} Data */
/** @typedef {import("./host.js").Failure} Failure */

const tool = "sales_report";
const oneDay = 86_400_000; // milliseconds
const longest = 45 * oneDay; // of a period that is shown by day; longer ones are by month

/** @type {[string, string][]} */
const groups = [
  ["Over time", "time"],
  ["Products", "product"],
  ["Countries", "country"],
];

/** @type {Data} The model's result. */
let first;
let period = "";
let group = "time";
let latest = 0; // of the calls; answers to earlier ones come too late

const askedGroup = () => String(asked.group_by || "").split(",")[0]; // a list, or a text with commas

start("Sales", tool, (data) => {
  first = data;
  period = "";
  group = "time";
  if (!data.lines) {
    draw(data);
    return load();
  }
  group = data.ranked_by === "time" ? "time" : askedGroup();
  draw(data);
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
  const isLong = period ? period === "this_year" : Date.parse(first.to) - Date.parse(first.from) > longest;
  const by = group === "time" ? (isLong ? "month" : "day") : group || "product";
  const { period: named, from, to, top, ...rest } = asked;
  /** @type {Data} */
  const common = { ...rest, group_by: [by], compare: asked.compare || "previous" };
  if (first.product_id) common.product_id = first.product_id;
  const days = { from: first.from, to: first.to };
  const wanted = period || named ? { period: period || named } : from ? { from, to } : {};
  let { data: report, failure } = await call(tool, { ...common, ...wanted });
  if (report && !period && (report.from !== days.from || report.to !== days.to)) {
    // the period has moved on since
    ({ data: report, failure } = await call(tool, { ...common, ...days }));
  }
  if (!report) return { failure };
  if (report.store !== first.store) return { failure: anotherStore };
  const before = report.compared_with;
  if (group !== "time" || !before) return { report };
  delete common.compare;
  const other = await call(tool, { ...common, from: before.from, to: before.to });
  return { report, other: other.data, failure: other.failure };
}

/**
 * @param {Data} report
 * @param {Data} [other]
 * @param {Failure} [failure]
 */
function draw(report, other, failure) {
  const { currency, compared_with: before } = report;
  const change = report.change || {};
  const was = before && `before: ${dates(before)}`;
  /** @param {string} label @param {any} amount @param {any} [percent] */
  const total = (label, amount, percent) =>
    amount !== undefined && tile(label, money(amount, currency), percent && plain(percent, 12));
  show(
    heading("Sales", report),
    canCall(tool) &&
      choice("Period", periods, period, (value) => {
        period = value;
        if (value === "" && first.lines && group === "") return draw(first);
        load();
      }),
    lacks(report),
    tiles(
      total("Net", report.net_cents, change.net),
      total("Gross", report.gross_cents, change.gross),
      total("Refunds", report.refunds_cents),
      total("Fees", report.fees_cents),
      report.units !== undefined && tile("Sales", count(report.units), change.units && plain(change.units, 12)),
    ),
    was && !report.lines && note(`Changes: against ${dates(before)}.`),
    canCall(tool) &&
      choice("Show", groups, group, (value) => {
        group = value;
        load();
      }),
    ...chart(report, other, was),
    failure && alarm(failure, button("Try again", load)),
    report.counted && note(name(report.counted, 300)),
  );
}

/**
 * @param {Data} report
 * @param {Data | undefined} other
 * @param {string | undefined} was
 */
function chart(report, other, was) {
  const { currency } = report;
  if (!report.lines) return [];
  let lines = rows(report.lines);
  if (!lines.length) return [note("Nothing was sold in this period.")];
  const overTime = report.ranked_by === "time";
  const size = String(lines[0].key).length;
  let earlier = lines.map((line) => line.was_gross_cents);
  if (overTime && !report.left_out && (report !== first || askedGroup() !== "week")) {
    lines = filled(report, size);
    earlier = other ? filled(other, size).map((line) => line.gross_cents) : [];
  }
  const bars = lines.map((line, index) => {
    const before = earlier[index];
    const label = overTime ? day(line.key) : plain(line.key) || "–";
    return {
      label: overTime ? label.replace(/, \d{4}$/, "") : name(line.key),
      name:
        `${label}: ${money(line.gross_cents, currency)}, ${count(line.units)} sold` +
        (before === undefined ? "" : `, before ${money(before, currency)}`),
      value: line.gross_cents || 0,
      before,
      text: money(line.gross_cents, currency),
    };
  });
  const by = overTime ? (report === first && askedGroup()) || (size === 7 ? "month" : "day") : group || "line";
  const what = "Gross by " + by;
  const hasBefore = bars.some(({ before }) => before !== undefined);
  /** @param {Node | string} head @param {Data} line @param {any} [before] */
  const cells = (head, line, before) => [
    head,
    money(line.gross_cents, currency),
    ...(hasBefore ? [money(before, currency)] : []),
    money(line.refunds_cents || 0, currency),
    money(line.net_cents, currency),
    count(line.units),
  ];
  return [
    legend(what, hasBefore && was, overTime ? "before" : "tick"),
    overTime ? columns(what, bars, (index) => look(lines[index].key)) : ranking(what, bars),
    report.left_out &&
      note(
        `${count(report.left_out.lines)} more lines, ${money(report.left_out.gross_cents, currency)}, are not shown.`,
      ),
    table(
      what,
      [by[0].toUpperCase() + by.slice(1), "Gross", ...(hasBefore ? ["Before"] : []), "Refunds", "Net", "Sold"],
      lines.flatMap((line, index) => [
        cells(overTime ? day(line.key) : name(line.key), line, bars[index].before),
        ...within(line).map((part) => cells(h("span", {}, "· ", name(part.key)), part)),
      ]),
    ),
  ];
}

/** @param {any} key */
function look(key) {
  if (/^\d{4}-\d\d(-\d\d)?$/.test(key)) tell(`The person is looking at ${key} in the sales view.`);
}

/**
 * The lines within a line, of a report by two things. They are rows under columns, the first of which is the key.
 * @param {Data} line
 */
function within({ lines }) {
  const names = [
    "key",
    ...rows(lines && [lines.columns])
      .flat()
      .slice(1),
  ];
  return rows(lines?.rows).map((row) => Object.fromEntries(names.map((one, index) => [one, row[index]])));
}

/**
 * Adds the days or months without sales, which a report leaves out.
 * @param {Data} report
 * @param {number} size of a key: 7 of a month's, 10 of a day's
 */
function filled({ from, to, lines }, size) {
  const known = new Map(rows(lines).map((line) => [line.key, line]));
  const keys = new Set(known.keys());
  for (let at = Date.parse(from); at <= Date.parse(to) && keys.size < 400; at += oneDay) {
    keys.add(new Date(at).toISOString().slice(0, size));
  }
  return [...keys].sort().map((key) => known.get(key) || { key, gross_cents: 0, net_cents: 0, units: 0 });
}
