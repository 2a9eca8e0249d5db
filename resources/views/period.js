// @ts-check
/** What the reports of a period have in common. */
import { day, h, name, note, store } from "./page.js";

/** @type {[label: string, period: string][]} The periods to choose from; "" is that of the model's call. */
export const periods = [
  ["As asked", ""],
  ["30 days", "last_30_days"],
  ["This month", "this_month"],
  ["This year", "this_year"],
];

/** @param {import("./host.js").Data} report */
export const dates = ({ from, to }) => (from === to ? day(from) : `${day(from)} – ${day(to)}`);

/**
 * @param {string} title
 * @param {import("./host.js").Data} report
 */
export const heading = (title, report) =>
  h(
    "header",
    {},
    h(
      "h1",
      {},
      title,
      report.from && ", " + dates(report),
      report.product && " · ",
      report.product && name(report.product),
    ),
    store(report),
    report.time_zone === "UTC" && note("Days are those of UTC."),
    report.cut && note("Asked for: ", name(report.cut), "."),
  );
