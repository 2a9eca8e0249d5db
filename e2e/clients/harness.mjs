// What the clients in this directory share: checks with a deadline, the server's process and its log, a person's browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const usualPatience = 60_000; // milliseconds for one check, many times what it takes

// The sandbox's clock stands still, so that every run meets the same data. gosdk.go has the same flags.
export const sandboxFlags = ['--sandbox-now', '2026-11-15T12:00:00Z', '--sandbox-stores', '2', '--log-format', 'json'];
export const stdioArguments = ['--sandbox', ...sandboxFlags];

export class Checks {
  #heading;
  #patience;
  #done = 0;
  #failed = 0;

  constructor(heading, patience = usualPatience) {
    this.#heading = heading;
    this.#patience = patience;
    console.log(`-- ${heading}`);
  }

  // check runs a check and tells whether it held.
  async check(name, body) {
    this.#done++;
    try {
      await within(this.#patience, body());
      console.log(`   ok      ${name}`);
      return true;
    } catch (error) {
      this.#failed++;
      const where = error.stack.split('\n').find(frame => /^ +at .*\.mjs:/.test(frame) && !/node_modules|harness\.mjs/.test(frame));
      console.log(`   FAILED  ${name}: ${error.message}\n       ${where?.trim() ?? ''}`);
      return false;
    }
  }

  finish() {
    console.log(`   ${this.#heading}: ${this.#done} checks, ${this.#failed} failed`);
    process.exit(this.#failed === 0 && this.#done > 0 ? 0 : 1);
  }
}

export async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Seen keeps what came, in order.
export class Seen {
  all = [];
  #waiting = new Set();

  push(value) {
    this.all.push(value);
    this.#waiting.forEach(look => look());
  }

  // first is the first value that matches, once it is there.
  first(matches) {
    return new Promise(resolve => {
      const look = () => {
        const found = this.all.find(matches);
        if (found) {
          this.#waiting.delete(look);
          resolve(found);
        }
      };
      this.#waiting.add(look);
      look();
    });
  }
}

// JSONLines reads a stream of which every line is a JSON value: the server's messages, or its log.
export class JSONLines extends Seen {
  constructor(stream) {
    super();
    createInterface({ input: stream }).on('line', line => this.push(JSON.parse(line)));
  }
}

// serveSandbox starts the sandbox alone, on a free port.
export async function serveSandbox(binary, flags = sandboxFlags) {
  const sandbox = spawn(binary, ['sandbox', ...flags, '--addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => sandbox.kill('SIGKILL'));
  let greeting = '';
  for await (const chunk of sandbox.stdout.iterator({ destroyOnReturn: false })) {
    greeting += chunk;
    if (/MATON_API_URL=\S+ /.test(greeting)) break;
  }
  sandbox.stdout.resume(); // or it could not write the rest of its greeting
  const [, url] = /MATON_API_URL=(\S+) /.exec(greeting);
  return {
    url,
    environment: { MATON_API_URL: url, MATON_API_KEY: 'sandbox' },
    async highlight(name) {
      const { highlights } = await (await fetch(`${url}/_sandbox/highlights`)).json();
      return highlights.find(row => row.name === name).id;
    },
    stop: () => sandbox.kill('SIGTERM'),
  };
}

// serveHTTP starts a server on a free port. Its stop resolves to the exit code.
export async function serveHTTP(binary, flags = stdioArguments, environment = {}) {
  const args = ['http', ...flags, '--addr', '127.0.0.1:0', '--caller-rate', '0'];
  const server = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
  process.once('exit', () => server.kill('SIGKILL'));
  const exited = once(server, 'exit');
  const log = new JSONLines(server.stderr);
  const { addr, path } = await within(usualPatience, log.first(entry => entry.msg === 'listening'));
  return {
    url: new URL(`http://${addr}${path}`),
    log,
    async stop() {
      server.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

// authorize does what a person does with an OAuth link: open it, and press the button for the first store.
export async function authorize(link) {
  const page = await fetch(link);
  assert.equal(page.status, 200, 'the OAuth page opens');
  assert.match(await page.text(), /Authorize/, 'the OAuth page has its button');
  const form = new URLSearchParams({ decision: 'authorize', store: '0', session_token: new URL(link).searchParams.get('session_token') });
  const pressed = await fetch(link, { method: 'POST', body: form });
  assert.equal(pressed.status, 200, 'the OAuth page takes the decision');
}
