// @ts-check
/**
 * The host is the chat program that shows this page in a frame. It is spoken to in JSON-RPC over postMessage, as the
 * MCP Apps specification of 2026-01-26 says.
 */

/** @typedef {{[name: string]: any}} Data What upstream sent; any member can be missing. */

/**
 * @typedef {object} Failure
 * @property {string} message what is shown
 * @property {string} code the server's, or "" for one of the host
 * @property {string} token to call again with, once the person agrees
 * @property {boolean} unchanged it is certain that nothing was changed
 */

/** @typedef {{data?: Data, failure?: Failure}} Answer One of the two. */

/**
 * @typedef {object} Page What a page does with what it hears.
 * @property {(answer: Answer) => void} result
 * @property {() => void} cancelled
 */

/** @type {{view: string, tools: {[name: string]: string}}} The page's name, and the tools that are on. */
const config = JSON.parse(document.getElementById("config")?.textContent || "{}");

/** @type {Data} The arguments of the call that this page shows the result of. */
export let asked = {};

const readSeconds = 60; // the server's own limit for one operation

/** @type {Map<number, (answer: Data) => void>} */
const pending = new Map();
let lastID = 0;
/** @type {Data} */
let capabilities = {};
/** @type {Data} */
let context = {};

/** @param {Data} message */
function post(message) {
  window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
}

/**
 * Sends a request to the host. It fails with the host's words, or after some seconds if a limit is given.
 * @param {string} method
 * @param {Data} params
 * @param {number} [seconds]
 * @returns {Promise<Data>}
 */
export function request(method, params, seconds) {
  return new Promise((resolve, reject) => {
    const id = ++lastID;
    const timer =
      seconds &&
      setTimeout(() => {
        pending.delete(id);
        reject(new Error(`No answer came within ${seconds} seconds.`));
      }, seconds * 1000);
    pending.set(id, (answer) => {
      clearTimeout(timer || undefined);
      if (answer.error) reject(new Error(String(answer.error.message || "The app refused.")));
      else resolve(answer.result || {});
    });
    post({ id, method, params });
  });
}

/**
 * Reports whether the host has a capability.
 * @param {string} capability
 */
export const can = (capability) => Boolean(capabilities[capability]);

/**
 * Reports whether this page may call a tool.
 * @param {string} tool
 */
export const canCall = (tool) => can("serverTools") && Boolean(config.tools[tool]);

/**
 * Calls a tool, on the store of the call that this page belongs to. What only reads gives up after some time; a change
 * may have to wait for a person, in a dialog of the host.
 * @param {string} tool
 * @param {Data} args
 * @param {number} [seconds] 0 for a change
 * @returns {Promise<Answer>}
 */
export async function call(tool, args, seconds = readSeconds) {
  const store = asked.connection_id ? { connection_id: asked.connection_id } : {};
  try {
    return answerOf(
      await request("tools/call", { name: config.tools[tool], arguments: { ...args, ...store } }, seconds),
    );
  } catch (error) {
    return { failure: { message: /** @type {Error} */ (error).message, code: "", token: "", unchanged: false } };
  }
}

/**
 * Tells the model what the person sees or has done. Never pass text of others.
 * @param {string} text
 */
export function tell(text) {
  if (can("updateModelContext")) {
    request("ui/update-model-context", { content: [{ type: "text", text }] }).catch(() => {});
  }
}

/**
 * Reads a tool's result: its structured content or else the JSON of its text.
 * @param {Data} result
 * @returns {Answer}
 */
function answerOf(result) {
  const blocks = Array.isArray(result.content) ? result.content : [];
  const said = String(blocks.find((/** @type {Data} */ block) => block?.type === "text")?.text ?? "");
  const data = asObject(result.structuredContent) || asObject(said);
  if (data && !result.isError) return { data };
  return {
    failure: {
      message: String(data?.message || said.slice(0, 600) || "The result is empty."),
      code: String(data?.code || /^[a-z_]+(?=: )/.exec(said) || ""), // an error's text begins with its code
      token: String(data?.confirm_token || ""),
      unchanged: data?.changed === "no",
    },
  };
}

/**
 * @param {any} value an object, or its JSON
 * @returns {Data | undefined}
 */
function asObject(value) {
  if (typeof value === "string") {
    try {
      value = JSON.parse(value);
    } catch {
      return undefined;
    }
  }
  return value && typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

/** @param {Data} change the members of the host's context that changed */
function dress(change) {
  context = { ...context, ...change };
  const root = document.documentElement;
  if (context.theme === "light" || context.theme === "dark")
    root.style.colorScheme = root.dataset.theme = context.theme;
  for (const [name, value] of Object.entries(context.styles?.variables || {})) {
    if (name.startsWith("--") && value) root.style.setProperty(name, String(value));
  }
  for (const [side, pixels] of Object.entries(context.safeAreaInsets || {})) {
    root.style.setProperty("--inset-" + side, Number(pixels) + "px");
  }
}

/** Tells the host the page's size whenever it has changed. */
function reportSize() {
  let last = "";
  new ResizeObserver(() => {
    const box = document.documentElement.getBoundingClientRect();
    const size = { width: Math.ceil(box.width), height: Math.ceil(box.height) };
    if (last === (last = JSON.stringify(size))) return;
    post({ method: "ui/notifications/size-changed", params: size });
  }).observe(document.documentElement);
}

/**
 * Connects to the host, and passes on what comes from it.
 * @param {Page} page
 */
export async function connect(page) {
  /** @type {{[method: string]: (params: Data) => void}} */
  const heard = {
    "ui/notifications/tool-input": (params) => {
      asked = { ...asObject(params.arguments) };
      delete asked.picture; // this page is one
    },
    "ui/notifications/tool-result": (params) => page.result(answerOf(params)),
    "ui/notifications/tool-cancelled": () => page.cancelled(),
    "ui/notifications/host-context-changed": dress,
  };
  window.addEventListener("message", (event) => {
    const message = asObject(event.data);
    if (event.source !== window.parent || message?.jsonrpc !== "2.0") return;
    const { id, method } = message;
    if (method === undefined) {
      pending.get(id)?.(message);
      pending.delete(id);
    } else if (id === undefined) {
      heard[method]?.(message.params || {});
    } else if (method === "ping" || method === "ui/resource-teardown") {
      post({ id, result: {} });
    } else {
      post({ id, error: { code: -32601, message: "There is no such method." } });
    }
  });
  const hello = await request("ui/initialize", {
    protocolVersion: "2026-01-26",
    appInfo: { name: "gumroad-" + config.view, version: "1" },
    appCapabilities: { availableDisplayModes: ["inline"] },
  });
  capabilities = hello.hostCapabilities || {};
  dress(hello.hostContext || {});
  post({ method: "ui/notifications/initialized", params: {} });
  reportSize();
}
