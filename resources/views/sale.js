// @ts-check
/** One sale: what was bought by whom, its state, and what can be done about it. */
import { askInChat, form, isID, put } from "./act.js";
import { asked, call, can, canCall, request, tell } from "./host.js";
import { alarm, busy, button, count, decimals, h, money, name } from "./page.js";
import { plain, show, start, store, tile, tiles } from "./page.js";

/** @typedef {import("./host.js").Data} Data */

/**
 * @typedef {object} Change A change that a person has to agree to.
 * @property {string} tool
 * @property {string} label of the button that agrees
 * @property {Data} args besides the sale's id
 * @property {string} words for the chat, without text of others
 */

const tool = "get_sale";

/** @type {[member: string, label: string, kind: string][]} */
const states = [
  ["refunded", "Refunded", "bad"],
  ["partially_refunded", "Partly refunded", "bad"],
  ["chargedback", "Charged back", "bad"],
  ["disputed", "Disputed", "bad"],
  ["dispute_won", "Dispute won", "good"],
  ["access_revoked", "Access revoked", "bad"],
  ["license_disabled", "Licence disabled", "bad"],
  ["cancelled", "Membership cancelled", ""],
  ["ended", "Membership ended", ""],
  ["recurring_charge", "Renewal", ""],
  ["is_gift_sender_purchase", "Gift", ""],
  ["is_preorder_authorization", "Pre-order", ""],
  ["shipped", "Shipped", "good"],
];

let waiting = false; // a change is on its way
let unsure = false; // a change may have been made, so no other is offered
let tried = false; // a change was tried, so what this page reads itself is newer than the model's result

start("Sale", tool, (sale) => tried || draw(sale));

/**
 * @param {Data} sale
 * @param {Element} [place] for what can be done, and what became of it
 */
function draw(sale, place = h("div", {})) {
  const certain = isID(sale.id) && !unsure;
  const refundable =
    certain &&
    sale.currency && // or else an amount could be typed in another one
    canCall("refund_sale") &&
    sale.refundable_cents !== 0 &&
    sale.price_usd_cents !== 0 &&
    sale.refunded !== true;
  const shippable =
    certain && canCall("mark_sale_shipped") && sale.is_product_physical === true && sale.shipped !== true;
  show(
    h("header", {}, h("h1", {}, name(sale.product_name || "Sale")), store(sale)),
    badges(sale),
    tiles(
      tile("Paid", name(sale.formatted_total_price || money(sale.price_usd_cents, "usd"))),
      sale.refundable_cents !== undefined && tile("Can be refunded", money(sale.refundable_cents, sale.currency)),
      sale.gumroad_fee_usd_cents !== undefined && tile("Gumroad's fee", money(sale.gumroad_fee_usd_cents, "usd")),
    ),
    facts(sale),
    h(
      "div",
      { class: "row" },
      refundable && button("Refund…", () => place.replaceChildren(refundForm(sale, place))),
      shippable && button("Mark as shipped…", () => place.replaceChildren(shipForm(sale, place))),
      /^https:\/\//.test(sale.tracking_url) &&
        can("openLinks") &&
        button("Follow the parcel", () =>
          request("ui/open-link", { url: sale.tracking_url }).catch((error) => put(place, alarm(error))),
        ),
    ),
    place,
  );
}

/** @param {Data} sale */
function badges(sale) {
  const all = states
    .filter(([member]) => sale[member] === true)
    .map(([, label, kind]) => h("span", { class: "badge " + kind }, label));
  return all.length > 0 && h("div", { class: "row" }, all);
}

/** @param {Data} sale */
function facts(sale) {
  const address = [sale.street_address, sale.city, sale.state, sale.zip_code, sale.country].filter(Boolean).join(", ");
  const answers = Object.entries(sale.custom_fields || {}).slice(0, 12);
  /** @type {[string, any][]} */
  const all = [
    ["Buyer", sale.full_name],
    ["E-mail", sale.email],
    ["Date", sale.daystamp || sale.created_at],
    ["Version", sale.variants_and_quantity],
    ["Quantity", sale.quantity > 1 && count(sale.quantity)],
    ["Discount code", sale.offer_code?.code],
    ["Membership", sale.subscription_duration],
    ["Licence key", sale.license_key],
    ["Licence uses", sale.license_uses !== undefined && count(sale.license_uses)],
    ["Address", address],
    ["Tracking", sale.tracking_url],
    ...answers,
    ["Order", sale.order_id],
    ["Sale id", sale.id],
  ];
  return h(
    "dl",
    { class: "facts" },
    all
      .filter(([, value]) => value)
      .flatMap(([label, value]) => [h("dt", {}, name(label)), h("dd", {}, h("bdi", {}, plain(value, 200)))]),
  );
}

/**
 * Reads an amount that a person typed ("12.50", "12,50", "500"), in minor units; undefined if it is none.
 * @param {string} text
 * @param {any} currency
 */
function typed(text, currency) {
  const digits = decimals(currency);
  const [, whole, fraction = ""] = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(text.trim()) || [];
  if (!whole || fraction.length > digits) return undefined;
  return +whole * 10 ** digits + +fraction.padEnd(digits, "0");
}

/**
 * @param {Data} sale
 * @param {Element} place
 */
function refundForm(sale, place) {
  const { currency } = sale;
  const left = typeof sale.refundable_cents === "number" ? sale.refundable_cents : undefined;
  const digits = decimals(currency);
  const most = left === undefined ? "" : (left / 10 ** digits).toFixed(digits);
  const label = `Amount (${plain(currency, 8)}${left === undefined ? "" : ", at most " + money(left, currency)})`;
  return form(place, label, { inputmode: "decimal", value: most }, "Refund", (text) => {
    const amount = typed(text, currency);
    if (text && (!amount || (left !== undefined && amount > left)))
      return "Write an amount such as 5.00, not more than can be refunded.";
    const part = text && amount !== left;
    submit(sale, place, {
      tool: "refund_sale",
      label: "Refund",
      args: part ? { amount_cents: amount } : {},
      words: `${part ? `Refund ${amount} (amount_cents)` : "Refund all that remains"} of the sale with id ${sale.id}.`,
    });
  });
}

/**
 * @param {Data} sale
 * @param {Element} place
 */
const shipForm = (sale, place) =>
  form(place, "Tracking link (optional)", { type: "url" }, "Mark as shipped", (text) => {
    if (text && !/^https?:\/\/\S+$/.test(text)) return "Write a link that begins with https://, or none.";
    submit(sale, place, {
      tool: "mark_sale_shipped",
      label: "Mark as shipped",
      args: text ? { tracking_url: text } : {},
      words: `Mark the sale with id ${sale.id} as shipped.`,
    });
  });

/**
 * Makes a change, at most once. There are three kinds of hosts. In some the host's own dialog asks the person, and the
 * call then succeeds. For others the server gives its question and a token: the question is put here, and the call is
 * repeated with the token. And some cannot ask while a page calls.
 * @param {Data} sale
 * @param {Element} place
 * @param {Change} wanted
 * @param {string} [token]
 */
async function submit(sale, place, wanted, token) {
  if (waiting) return;
  tried = true;
  wait(true);
  put(place, h("p", { role: "status" }, "Waiting for the answer…"));
  const args = { sale_id: sale.id, ...wanted.args, ...(token && { confirm_token: token }) };
  const { data, failure } = await call(wanted.tool, args, 0);
  const inChat = askInChat(
    wanted.words + (isID(asked.connection_id) ? ` Its connection_id is ${asked.connection_id}.` : ""),
  );
  if (!failure) {
    tell(`Done by the person in the sale view: ${wanted.words}`);
    const { refunded_now_cents: back, currency } = data || {};
    const done = back === undefined ? "Done." : `Refunded ${money(back, currency)}.`;
    return reread(sale, () => h("p", { role: "status" }, done));
  }
  const asks = failure.code === "confirmation_required";
  const certain = asks || failure.unchanged;
  if (certain) wait(false);
  if (asks && failure.token) {
    // The second half of a double click was meant for the button that led here.
    const agree = button(wanted.label, ({ detail }) => detail < 2 && submit(sale, place, wanted, failure.token));
    const keep = button("Keep", () => place.replaceChildren());
    const attributes = { class: "form", role: "group", "aria-label": "Question" };
    return put(
      place,
      h("div", attributes, h("p", {}, plain(failure.message, 3000)), h("div", { class: "row" }, agree, keep)),
    );
  }
  if (asks) failure.message = "This app cannot ask for your consent here.";
  if (certain) return put(place, alarm(failure, inChat));
  unsure = true;
  if (!failure.code) failure.message = `This app could not ask you, or lost the answer: ${plain(failure.message, 200)}`;
  reread(sale, (now) =>
    now && (now.refundable_cents !== sale.refundable_cents || now.shipped !== sale.shipped)
      ? alarm(failure, h("p", {}, "The sale has changed since it was shown here: see above whether by this."))
      : alarm(failure, now && h("p", {}, "Nothing has changed so far."), inChat),
  );
}

/**
 * While a change is on its way nothing can be pressed.
 * @param {boolean} on
 */
function wait(on) {
  waiting = on;
  for (const one of document.querySelectorAll("button")) one.disabled = on;
}

/**
 * Shows the sale as it is now.
 * @param {Data} before
 * @param {(now: Data | undefined) => HTMLElement} news what to say with it
 */
async function reread(before, news) {
  busy();
  const { data } = await call(tool, { sale_id: before.id });
  if (!data) unsure = true;
  waiting = false;
  const place = h("div", {});
  draw(data || before, place);
  put(place, news(data));
}
