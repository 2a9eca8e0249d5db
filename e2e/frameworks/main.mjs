// Tries every client on each of its transports: BINARY SALE REPOSITORY, and compares docs/clients.md with what held.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { clients } from './clients.mjs';
import { compareDocument } from './document.mjs';

const [binary, sale, repository] = process.argv.slice(2);
const deadline = 480_000; // milliseconds for one trial, many times what it takes
const here = import.meta.dirname;

const tried = clients.filter(client => !client.heavy || process.env.FRAMEWORKS === 'all');
const trials = tried.flatMap(({ module, transports }) => transports.map(transport => ({ module, transport })));

// attempt tries one client in a directory of its own, which is also its home, and tells what held.
async function attempt({ module, transport }) {
  const directory = resolve('trials', `${module}-${transport}`);
  mkdirSync(directory, { recursive: true });
  const log = `${directory}/log`;
  const output = openSync(log, 'w');
  const trial = spawn(process.execPath, [`${here}/trial.mjs`, module, transport, binary, sale], {
    cwd: directory,
    stdio: ['ignore', output, output],
    timeout: deadline,
    killSignal: 'SIGKILL',
    env: {
      HOME: directory,
      PATH: [`${here}/node_modules/.bin`, dirname(process.execPath), process.env.PATH].join(':'),
      NO_COLOR: '1',
      DO_NOT_TRACK: '1', // nobody is to be told of a test
      LANGSMITH_TRACING: 'false',
      MASTRA_TELEMETRY_DISABLED: '1',
      OPENAI_AGENTS_DISABLE_TRACING: '1',
    },
  });
  const [code] = await once(trial, 'close');
  const said = readFileSync(log, 'utf8');
  const checks = said.split('\n').filter(line => /^(-- |   ok |   .* checks, )/.test(line));
  console.log(code === 0 ? checks.join('\n') : said);
  if (code !== 0) return { module, transport };
  const { held } = JSON.parse(readFileSync(`${directory}/result.json`, 'utf8'));
  return { module, transport, held };
}

const results = [];
const waiting = [...trials];
await Promise.all(Array.from({ length: availableParallelism() }, async () => {
  while (waiting.length > 0) results.push(await attempt(waiting.shift()));
}));
const failed = results.filter(({ held }) => !held).map(({ module, transport }) => `${module}, ${transport}`);
if (failed.length === 0) failed.push(...await compareDocument(repository, results));
console.log(`${results.length} trials of ${tried.length} clients`);
for (const what of failed) console.log(`failed: ${what}`);
process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1;
