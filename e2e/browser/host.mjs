// A small host of MCP Apps, for what the Inspector cannot be brought to do. It speaks the specification of 2026-01-26 to a
// view in a frame, as strict as the strictest host that is known.
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { launch, openTab } from './chromium.mjs';
import { Seen, serveHTTP } from './harness.mjs';

const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'none'; font-src 'none'; " +
  "connect-src 'none'; form-action 'none'; worker-src 'none'; frame-src 'none'; base-uri 'none'";
const surfaces = { light: '#ffffff', dark: '#17191c' };
const everything = { openLinks: {}, serverTools: {}, message: {}, updateModelContext: { text: {} } };

// openViews starts a browser, and the server whose views it opens.
export async function openViews(binary) {
  const browser = await launch();
  const server = await serveHTTP(binary, ['--sandbox', '--sandbox-now', '2026-11-15T12:00:00Z', '--log-format', 'json']);
  const client = new Client({ name: 'browser', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(new StreamableHTTPClientTransport(server.url));
  const call = params => client.callTool(params);

  // page is the view's document as the server gives it to a host.
  async function page(view) {
    const { contents: [content] } = await client.readResource({ uri: `ui://gumroad/${view}` });
    assert.equal(content.mimeType, 'text/html;profile=mcp-app');
    return content.text;
  }

  return {
    call, page, openTab: options => openTab(browser, options),

    // inHost opens a view in a tab of its own, and fails if the view did anything wrong meanwhile.
    async inHost(view, { width, theme, ...options }, body) {
      const tab = await openTab(browser, { width, theme });
      const host = await mount(tab, await page(view), { theme, call, ...options });
      await body(host, tab);
      assert.deepEqual(tab.faults, []);
      await tab.close();
    },

    // end returns the server's exit code.
    async end() {
      await browser.close();
      await client.close();
      return server.stop();
    },
  };
}

// mount shows a view in a tab. `call` carries out its tool calls; without it the host offers none.
export async function mount(tab, html, { theme = 'light', call, capabilities = everything } = {}) {
  const host = new Host(tab, theme, call, call ? capabilities : {});
  await tab.exposeFunction('heard', message => host.hear(message));
  await tab.setContent(`<!doctype html><html lang="en"><title>Host</title><body style="margin:0">
    <iframe title="View" sandbox="allow-scripts" style="border:0;display:block;width:100%;height:600px"></iframe></body></html>`);
  await host.surface(theme);
  await tab.evaluate((policy, html) => {
    const frame = document.querySelector('iframe');
    addEventListener('message', ({ source, data }) => source === frame.contentWindow && heard(data));
    frame.srcdoc = html.replace('<head>', `<head><meta http-equiv="Content-Security-Policy" content="${policy}">`);
  }, policy, html);
  await host.heard.first(message => message.method === 'ui/notifications/initialized');
  host.frame = await (await tab.$('iframe')).contentFrame();
  return host;
}

class Host {
  heard = new Seen(); // what the view sent
  calls = []; // of tools

  constructor(tab, theme, call, capabilities) {
    Object.assign(this, { tab, theme, call, capabilities });
  }

  async hear(message) {
    const { id, method, params } = message;
    if (method === 'ui/notifications/size-changed') {
      await this.tab.$eval('iframe', (frame, height) => { frame.style.height = `${height}px`; }, params.height);
    } else if (id !== undefined && method) {
      try {
        await this.send({ id, result: await this.answer(method, params) });
      } catch (error) {
        await this.send({ id, error: { code: -32603, message: error.message } });
      }
    }
    this.heard.push(message); // last, so that whoever waits for it meets what it did
  }

  async answer(method, params) {
    switch (method) {
      case 'ui/initialize':
        return { protocolVersion: '2026-01-26', hostInfo: { name: 'test', version: '1' }, hostCapabilities: this.capabilities,
          hostContext: { theme: this.theme, containerDimensions: { maxHeight: 6000 } } };
      case 'tools/call':
        this.calls.push(params);
        return this.call(params);
      case 'ui/message': case 'ui/update-model-context': case 'ui/open-link':
        return {};
    }
    throw new Error(`There is no ${method}.`);
  }

  send(message) {
    return this.tab.$eval('iframe', (frame, message) => frame.contentWindow.postMessage(message, '*'), { jsonrpc: '2.0', ...message });
  }

  notify(name, params) {
    return this.send({ method: `ui/notifications/${name}`, params });
  }

  // show gives the view a call's arguments and its result.
  async show(args, result) {
    await this.notify('tool-input', { arguments: args });
    await this.notify('tool-result', result);
  }

  async setTheme(theme) {
    this.theme = theme;
    await this.surface(theme);
    await this.notify('host-context-changed', { theme });
  }

  surface(theme) {
    return this.tab.$eval('html', (html, theme, surface) => {
      html.style.colorScheme = theme;
      html.style.background = surface;
    }, theme, surfaces[theme]);
  }
}
