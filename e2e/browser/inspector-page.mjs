// The web page of the MCP Inspector, as a person uses it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openTab } from './chromium.mjs';

const launcher = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/clients/launcher/build/index.js');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise(closed => server.close(closed));
  return port;
}

// start runs the Inspector for one server, and returns the address of its page.
async function start({ command, environment = {}, url, era }) {
  const variables = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const target = command ? [...variables, '--', ...command] : ['--transport', 'http', '--server-url', url, '--protocol-era', era];
  const inspector = spawn(process.execPath, [launcher, '--web', ...target], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, HOME: mkdtempSync(join(process.cwd(), 'inspector-')), MCP_AUTO_OPEN_ENABLED: 'false',
      MCP_INSPECTOR_SECRET_STORE: 'memory', CLIENT_PORT: await freePort(), MCP_SANDBOX_PORT: await freePort() },
  });
  process.once('exit', () => inspector.kill('SIGKILL'));
  for await (const line of createInterface({ input: inspector.stdout })) {
    const found = /http\S+MCP_INSPECTOR_API_TOKEN=\S+/.exec(line);
    if (found) {
      inspector.stdout.resume();
      return { inspector, address: found[0] };
    }
  }
  throw new Error('the Inspector printed no address');
}

// openInspector shows the apps of a server in a tab. Of what goes wrong there, only the views' part counts.
export async function openInspector(browser, server) {
  const { inspector, address } = await start(server);
  const tab = await openTab(browser, { width: 1280, height: 1000, ours: at => at === 'about:srcdoc' });
  await tab.goto(address);
  await tab.locator('input[type=checkbox]').click();
  await tab.locator('button[aria-label="Disconnect from server"]').wait();
  await until(() => tab.locator('::-p-xpath(//label[normalize-space()="Apps"])').click(),
    tab, '::-p-xpath(//input[@placeholder="Search apps..."])');
  return new Inspector(inspector, tab);
}

// until does something again until an element is there: the page takes clicks before it has read all of the server, and
// forgets them.
async function until(act, tab, selector) {
  for (let tries = 0; tries < 30; tries++) {
    await act();
    const found = await tab.waitForSelector(selector, { timeout: 1000 }).catch(() => null);
    if (found) return found;
  }
  throw new Error(`the Inspector does not show ${selector}, but ${await tab.evaluate(() => document.body.innerText)}`);
}

class Inspector {
  constructor(process, tab) {
    Object.assign(this, { process, tab });
  }

  // openApp calls the tool of a title and returns the frame of its view.
  async openApp(title, args) {
    const { tab } = this;
    const old = this.frame;
    const back = await tab.$('::-p-xpath(//button[@aria-label="Close"])');
    if (back) await back.click();
    const openButton = '::-p-xpath(//button[normalize-space()="Open App"])';
    await tab.locator(`::-p-xpath(//button[starts-with(normalize-space(.), "${title}")])`).click();
    await tab.waitForFunction(() => document.querySelector('iframe') ||
      [...document.querySelectorAll('button')].some(button => button.textContent.trim() === 'Open App'));
    if (await tab.$(openButton)) {
      for (const [name, value] of Object.entries(args)) {
        await tab.locator(`::-p-xpath(//label[starts-with(normalize-space(.), "${name}")]/following::input[1])`).fill(String(value));
      }
      await tab.locator(openButton).click();
    }
    this.frame = await this.#view(old);
    return this.frame;
  }

  // #view is the frame of the view that is shown now: below the Inspector's own, which keeps its page apart.
  async #view(old) {
    const found = await this.tab.waitForFrame(frame => frame !== old && frame.url() === 'about:srcdoc' && !frame.detached);
    await found.waitForSelector('main');
    return found;
  }

  toggleTheme() {
    return this.tab.locator('button[aria-label="Toggle color scheme"]').click();
  }

  // accept agrees in the dialog in which the Inspector asks the person.
  async accept(question) {
    const { tab } = this;
    await tab.waitForFunction((words, flags) => new RegExp(words, flags).test(document.querySelector('[role="dialog"]')?.innerText), {},
      question.source, question.flags);
    await tab.locator('::-p-xpath(//*[@role="dialog"]//label[normalize-space()="Yes, do it"])').click();
    await tab.waitForSelector('[role="dialog"] input[type=checkbox]:not([role=switch]):checked');
    await tab.locator('::-p-xpath(//*[@role="dialog"]//button[normalize-space()="Submit"])').click();
  }

  async close() {
    await this.tab.close();
    this.process.kill('SIGTERM');
  }
}
