// @ts-check
/** What a page needs to change something: a field, a place for questions and answers, and a way into the chat. */
import { can, request } from "./host.js";
import { button, h } from "./page.js";

/** @typedef {import("./host.js").Data} Data */

/**
 * Reports whether something is an id. Others' texts may be anything; what goes into the chat may be no words.
 * @param {any} id
 */
export const isID = (id) => typeof id === "string" && /^[A-Za-z0-9_=-]{8,80}$/.test(id);

/**
 * A field with two buttons. The frame allows no form to be submitted, so Enter is read by hand.
 * @param {Element} place
 * @param {string} label
 * @param {Data} attributes
 * @param {string} go
 * @param {(text: string) => string | void} submitted returns what is wrong with the text
 */
export function form(place, label, attributes, go, submitted) {
  const field = /** @type {HTMLInputElement} */ (h("input", { autocomplete: "off", ...attributes }));
  const fault = h("p", { class: "small", role: "alert" });
  const send = () => (fault.textContent = submitted(field.value.trim()) || "");
  field.addEventListener("keydown", (event) => event.key === "Enter" && send());
  setTimeout(() => field.select());
  return h(
    "div",
    { class: "form", role: "group", "aria-label": go },
    h("label", {}, label, field),
    h(
      "div",
      { class: "row" },
      button(go, send),
      button("Cancel", () => place.replaceChildren()),
    ),
    fault,
  );
}

/**
 * Offers to say something in the chat in the person's place, or shows it where the host does not take it.
 * @param {string} text fixed words, ids and numbers
 */
export function askInChat(text) {
  const words = h("p", {}, "Say in the chat: ", h("q", {}, text));
  if (!can("message")) return words;
  const ask = button("Ask in the chat", () => {
    ask.setAttribute("disabled", "");
    request("ui/message", { role: "user", content: [{ type: "text", text }] }).catch(() => ask.replaceWith(words));
  });
  return ask;
}

/**
 * Shows something in its place, and moves the focus there: the button that had it may be gone.
 * @param {Element} place
 * @param {HTMLElement} box
 */
export function put(place, box) {
  place.replaceChildren(box);
  box.tabIndex = -1;
  box.focus();
}
