// @ts-check
/** Charts of plain elements: their text is text, and their colours follow the theme. */
import { h } from "./page.js";

/**
 * @typedef {object} Bar
 * @property {string | Node} label
 * @property {string} name what a screen reader says: "Nov 5, 2026: $118.00, before $94.00"
 * @property {number} value
 * @property {number} [from] where it begins, if that is not 0
 * @property {number} [before] the value of the other period
 * @property {string} [kind] "good" or "bad"
 * @property {string | Node} [text] what stands beside a bar of a ranking
 * @property {(string | Node | false)[]} [below] and what stands below it
 * @property {number} [full] what the whole width stands for, if it is not the largest value
 */

/**
 * Upright bars, from 0. The one that is pointed at, or else the largest, is spelled out below them.
 * @param {string} label
 * @param {Bar[]} bars
 * @param {(index: number) => void} [pick]
 */
export function columns(label, bars, pick) {
  const ends = bars.map(({ value, from = 0, before = 0 }) => Math.max(value, from, before));
  const top = Math.max(1, ...ends);
  const detail = h("p", { class: "small" }, bars[ends.indexOf(top)]?.name ?? bars[0]?.name);
  const buttons = bars.map((bar, index) => {
    const { value, from = 0, before, name, kind } = bar;
    const say = () => (detail.textContent = name);
    const pressed = () => {
      say();
      buttons.forEach((one, at) => one.setAttribute("aria-pressed", String(at === index)));
      pick?.(index);
    };
    return h(
      "button",
      { type: "button", "aria-label": name, onclick: pressed, onfocus: say, onpointerenter: say },
      before !== undefined && block("before", 0, before / top),
      block(kind || "", Math.min(from, value) / top, Math.abs(value - from) / top),
    );
  });
  const few = bars.length <= 7;
  const shown = few ? bars : [0, bars.length >> 1, bars.length - 1].map((index) => bars[index]);
  return h(
    "div",
    {},
    h(
      "ol",
      { class: bars.length > 20 ? "columns dense" : "columns", "aria-label": label },
      buttons.map((one) => h("li", {}, one)),
    ),
    h(
      "div",
      { class: few ? "small ticks even" : "small ticks", "aria-hidden": "true" },
      shown.map((bar) => h("span", {}, bar.label)),
    ),
    detail,
  );
}

/**
 * @param {string} kind
 * @param {number} from share of the height
 * @param {number} size
 */
function block(kind, from, size) {
  const element = h("i", { class: kind });
  element.style.bottom = from * 100 + "%";
  element.style.height = Math.max(0, size) * 100 + "%";
  return element;
}

const atFirst = 8; // lines of a ranking

/**
 * Lying bars, the text of each above it. Many are cut off, until the person wants all.
 * @param {string} label
 * @param {Bar[]} bars
 * @param {boolean} [all]
 */
export function ranking(label, bars, all) {
  const top = Math.max(1, ...bars.map(({ value, before = 0 }) => Math.max(value, before)));
  const lines = bars.slice(0, all ? bars.length : atFirst).map((bar) => {
    const fill = h("i", { class: bar.kind || "" });
    fill.style.width = (Math.max(0, bar.value) / (bar.full || top)) * 100 + "%";
    const tick = bar.before !== undefined && h("b", {});
    if (tick) tick.style.insetInlineStart = `calc(${(bar.before || 0) / top} * (100% - 2px))`;
    return h(
      "li",
      {},
      h(
        "div",
        { role: "img", tabindex: "0", "aria-label": bar.name },
        h("div", { class: "line" }, h("span", {}, bar.label), h("span", {}, bar.text)),
        h("div", { class: "track" }, fill, tick),
      ),
      bar.below && h("div", { class: "line small" }, bar.below),
    );
  });
  const list = h("ol", { class: "ranking", "aria-label": label }, lines);
  const more =
    bars.length > lines.length &&
    h(
      "button",
      {
        type: "button",
        onclick: () => box.replaceWith(ranking(label, bars, true)),
      },
      `Show all ${bars.length}`,
    );
  const box = h("div", {}, list, more);
  return box;
}

/**
 * Says which bar is which.
 * @param {string} now
 * @param {string | false | undefined} before
 * @param {string} kind of what stands for before: "before" is a bar, "tick" a line
 */
export const legend = (now, before, kind) =>
  h("p", { class: "small legend" }, h("i"), now, before && [h("i", { class: kind }), before]);
