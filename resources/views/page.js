// @ts-check
/** What every page is made of: elements, figures, dates, states, tables. */
import { asked, call, canCall, connect } from "./host.js";

/** @typedef {import("./host.js").Data} Data */
/** @typedef {import("./host.js").Answer} Answer */
/** @typedef {import("./host.js").Failure} Failure */
/** @typedef {Node | string | false | undefined} Child */

/**
 * Makes an element. Text is only ever text: nothing of upstream becomes markup.
 * @param {string} tag
 * @param {Data} [attributes] "class", "onclick" and so on; what is false or undefined is left out
 * @param {(Child | Child[])[]} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child) element.append(child);
  }
  return element;
}

/**
 * A text of upstream, which keeps its own direction and is not too long.
 * @param {any} text
 * @param {number} [most] characters
 */
export const name = (text, most) => h("bdi", {}, plain(text, most));

/**
 * @param {any} text
 * @param {number} [most] characters
 */
export function plain(text, most = 80) {
  const characters = [...String(text ?? "").trim()];
  return characters.length > most ? characters.slice(0, most - 1).join("") + "…" : characters.join("");
}

/**
 * @param {any} value
 * @returns {Data[]}
 */
export const rows = (value) => (Array.isArray(value) ? value.filter((row) => row && typeof row === "object") : []);

/**
 * How many decimals a currency has: Gumroad counts all in hundredths but the yen and the dong.
 * @param {any} currency
 */
export const decimals = (currency) => (/^(jpy|vnd)$/i.test(String(currency)) ? 0 : 2);

/**
 * Writes an amount of minor units.
 * @param {any} amount
 * @param {any} currency
 */
export function money(amount, currency) {
  if (!Number.isSafeInteger(amount)) return "–"; // a larger one was rounded when it was read
  const digits = decimals(currency);
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const major = amount / 10 ** digits;
  try {
    return major.toLocaleString("en-US", { ...form, style: "currency", currency: String(currency) });
  } catch {
    return major.toLocaleString("en-US", form) + (currency ? " " + plain(currency, 8) : " (currency unknown)");
  }
}

/** @param {any} value */
export const count = (value) => (typeof value === "number" ? value.toLocaleString("en-US") : "–");

/**
 * Writes a day or a month: "Nov 5, 2026", "Nov 2026".
 * @param {any} value YYYY-MM-DD or YYYY-MM, with or without a time behind it
 */
export function day(value) {
  const [, year, month, date] = /^(\d{4})-(\d\d)(?:-(\d\d))?/.exec(String(value)) || [];
  if (!year) return plain(value) || "–";
  /** @type {Intl.DateTimeFormatOptions} */
  const form = { year: "numeric", month: "short", timeZone: "UTC", ...(date && { day: "numeric" }) };
  return new Date(Date.UTC(+year, +month - 1, +(date || 1))).toLocaleDateString("en-US", form);
}

/**
 * A figure with its label, and how it changed.
 * @param {string} label
 * @param {Child} value
 * @param {Child} [below]
 */
export const tile = (label, value, below) =>
  h("div", {}, h("dt", { class: "small" }, label), h("dd", {}, value), below && h("dd", { class: "small" }, below));

/** @param {Child[]} all */
export const tiles = (...all) => h("dl", { class: "tiles" }, all);

/**
 * @param {string} label
 * @param {(event: UIEvent) => void} onclick
 * @param {Data} [attributes]
 */
export const button = (label, onclick, attributes) => h("button", { type: "button", onclick, ...attributes }, label);

/**
 * Buttons of which one is pressed.
 * @param {string} label
 * @param {[label: string, value: any][]} choices
 * @param {any} chosen
 * @param {(value: any) => void} choose
 */
export const choice = (label, choices, chosen, choose) =>
  h(
    "div",
    { role: "group", "aria-label": label, class: "row" },
    choices.map(([text, value]) => button(text, () => choose(value), { "aria-pressed": String(value === chosen) })),
  );

/**
 * The table behind a chart, folded.
 * @param {string} caption
 * @param {string[]} columns
 * @param {Child[][]} lines
 * @param {string} [summary]
 */
export const table = (caption, columns, lines, summary = "Table") =>
  h(
    "details",
    {},
    h("summary", {}, summary),
    h(
      "table",
      {},
      h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((column) => h("th", { scope: "col" }, column)),
        ),
      ),
      h(
        "tbody",
        {},
        lines.map(([head, ...cells]) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, head),
            cells.map((cell) => h("td", {}, cell)),
          ),
        ),
      ),
    ),
  );

/** @param {Child[]} text */
export const note = (...text) => h("p", { class: "small" }, text);

/**
 * What a result lacks, said as the text for the model says it.
 * @param {Data} data
 */
export const lacks = (data) =>
  data.complete === false &&
  h(
    "p",
    { class: "small", role: "note" },
    "Incomplete: ",
    name([data.missing || []].flat().join("; ") || "something is missing", 600),
    ".",
  );

/** @type {Failure} What is said if the oldest of several stores, which reads are of, is another one by now. */
export const anotherStore = {
  message: "Another store answers now. Ask again in the chat.",
  code: "",
  token: "",
  unchanged: true,
};

/** @param {Data} data */
export const store = (data) => data.store && note("Store: ", name(data.store));

/**
 * Says a failure.
 * @param {{message: string}} failure
 * @param {Child[]} more such as buttons
 */
export const alarm = (failure, ...more) =>
  h("div", { class: "alarm", role: "alert" }, h("p", {}, plain(failure.message, 900)), more);

const main = h("main", { "aria-busy": "true" });

/**
 * Shows the page anew, and keeps the focus on the button that had it.
 * @param {Child[]} children
 */
export function show(...children) {
  const had = document.activeElement;
  const label = had instanceof HTMLButtonElement && (had.getAttribute("aria-label") || had.textContent);
  main.replaceChildren(h("div", {}, children));
  main.removeAttribute("aria-busy");
  if (!label) return;
  for (const one of main.querySelectorAll("button")) {
    if ((one.getAttribute("aria-label") || one.textContent) === label) return one.focus();
  }
}

/** Marks the page as waiting, over what it shows. */
export const busy = () => main.setAttribute("aria-busy", "true");

/**
 * Begins a page: it loads, then draws the result of its tool, or says why there is none.
 * @param {string} title
 * @param {string} tool the one whose result is drawn, for another try
 * @param {(data: Data) => void} draw
 */
export function start(title, tool, draw) {
  /** @param {Answer} answer */
  function result({ data, failure }) {
    if (failure) {
      const again =
        canCall(tool) &&
        button("Try again", async () => {
          busy();
          result(await call(tool, asked));
        });
      say(alarm(failure, again));
    } else if (data && Object.keys(data).length) {
      draw(data);
    } else {
      say(note("The result is empty: there is nothing to show."));
    }
  }
  document.body.append(main);
  main.append(h("h1", {}, title), h("p", { role: "status" }, "Loading…"));
  /** @param {Child} said */
  const say = (said) => show(h("h1", {}, title), said);
  connect({ result, cancelled: () => say(note("The call was cancelled.")) }).catch((error) => say(note(error.message)));
}
