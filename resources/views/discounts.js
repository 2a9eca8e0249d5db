// @ts-check
/** Discount codes: how often each was used, and how many uses are left. */
import { button, choice, count, h, lacks, money, name, note, plain, rows, show, start, store, table } from "./page.js";
import { ranking } from "./chart.js";

/** @typedef {import("./host.js").Data} Data */

/** @type {{[order: string]: (a: Data, b: Data) => number}} */
const orders = {
  "Most used": (a, b) => (b.used || 0) - (a.used || 0),
  "Fewest left": (a, b) => (a.left ?? Infinity) - (b.left ?? Infinity) || 0,
  "By code": (a, b) => String(a.code || "").localeCompare(String(b.code || "")),
};
let order = "Most used";

start("Discounts", "list_discounts", draw);

/** @param {Data} data */
function draw(data) {
  const codes = rows(data.discounts).sort(orders[order]);
  show(
    h("header", {}, h("h1", {}, "Discounts"), store(data)),
    lacks(data),
    codes.length > 1 &&
      choice(
        "Sort",
        Object.keys(orders).map((one) => [one, one]),
        order,
        (chosen) => {
          order = chosen;
          draw(data);
        },
      ),
    codes.length ? ranking("Uses", codes.map(bar)) : note("There are no discount codes."),
    data.left_out > 0 && note(`${count(data.left_out)} more codes, the least used, are not shown.`),
    codes.length > 0 &&
      table(
        "Discount codes",
        ["Code", "Takes off", "For", "Used", "Left"],
        codes.map((code) => [
          name(code.code || code.id),
          name(code.discount),
          target(code),
          count(code.used),
          left(code),
        ]),
      ),
    note("Some may have expired: Gumroad does not tell dates."),
  );
}

/** @param {Data} code */
const target = (code) => (code.universal ? "every product" : name(code.product));

/** @param {Data} code */
const left = (code) =>
  code.limit === undefined ? "no limit" : code.left === 0 ? "used up" : `${count(code.left)} of ${count(code.limit)}`;

/** @param {Data} code */
function bar(code) {
  const shown = code.code ? h("code", {}, plain(code.code, 200)) : "without a code";
  const least = code.minimum_amount_cents > 0 && ` from ${money(code.minimum_amount_cents, code.currency)}`;
  return {
    label: shown,
    value: code.used || 0,
    kind: code.left === 0 ? "bad" : "",
    text: `${count(code.used)} used`,
    name: `${plain(code.code) || "without a code"}: ${count(code.used)} used, ${left(code)}`,
    below: [
      h("span", {}, name(code.discount), " · ", target(code), least, " · ", left(code)),
      code.code && button("Copy", (event) => copy(shown, event.target), { "aria-label": "Copy " + plain(code.code) }),
    ],
  };
}

/**
 * Copies a text by selecting it: the modern way needs a permission that hosts seldom give a page. Where that is refused,
 * too, the text stays selected for the person to copy.
 * @param {Node | string} shown
 * @param {any} pressed the button
 */
function copy(shown, pressed) {
  getSelection()?.selectAllChildren(/** @type {Node} */ (shown));
  pressed.textContent = document.execCommand("copy") ? "Copied" : "Selected";
}
