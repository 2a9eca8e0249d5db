// docs/clients.md: its table is what held in this run, its snippets are the code that ran.
import { readFileSync, writeFileSync } from 'node:fs';
import { clients, elsewhere } from './clients.mjs';

const columns = {
  list: 'lists tools', call: 'calls', error: 'errors', consent: 'consent in two steps', dialog: 'consent in a dialog',
  resource: 'resources', prompt: 'prompts',
};

// compareDocument tells what of the document is out of date. With UPDATE_GOLDEN it is written instead.
export async function compareDocument(repository, results) {
  const path = `${repository}/docs/clients.md`;
  const committed = readFileSync(path, 'utf8');
  const stale = [];
  const rows = [
    ...clients.map(client => clientRow(client, results, committed, repository, stale)),
    ...elsewhere.map(client => row(client, versionElsewhere(client, repository), client.held)),
  ];
  const heads = ['Client', 'Version', 'Reaches a server by', ...Object.values(columns), 'schemas lose'];
  const table = [`| ${heads.join(' | ')} |`, `|${'---|'.repeat(heads.length)}`, ...rows].join('\n');
  const sections = await Promise.all(clients.map(client => section(client, repository)));
  const now = part(part(committed, 'clients', table), 'snippets', sections.join('\n\n'));
  if (process.env.UPDATE_GOLDEN) {
    writeFileSync(path, now);
  } else if (now !== committed) {
    stale.push('docs/clients.md is out of date; run this with UPDATE_GOLDEN=1 and review the difference');
  }
  return stale;
}

function clientRow(client, results, committed, repository, stale) {
  const { dependencies, devDependencies } = read(`${repository}/e2e/frameworks/package.json`);
  const version = dependencies[client.package] ?? devDependencies[client.package];
  const trials = results.filter(({ module }) => module === client.module);
  const held = Object.fromEntries(trials.map(({ transport, held }) => [transport, held]));
  if (trials.length > 0) return row(client, version, held);
  // It was not tried now. The row of its last trial stands while the version is the same.
  const before = committed.split('\n').find(line => line.startsWith(`| ${client.name} | ${version} |`));
  if (!before) stale.push(`${client.name} ${version} was not tried; run this with FRAMEWORKS=all UPDATE_GOLDEN=1`);
  return before ?? `| ${client.name} | not tried |`;
}

function row(client, version, held) {
  const { transports } = client;
  const cells = Object.keys(columns).map(step => {
    const where = transports.filter(transport => held[transport].includes(step));
    const holds = where.length === transports.length ? 'yes' : where.join(', ') || '–';
    return step === 'error' && client.silent ? 'as text' : holds;
  });
  const loses = (client.loses ?? []).map(keyword => `\`${keyword}\``).join(', ') || '–';
  return `| ${[client.name, version, transports.join(', '), ...cells, loses].join(' | ')} |`;
}

function versionElsewhere({ package: name, module }, repository) {
  if (name) return read(`${repository}/e2e/clients/package.json`).dependencies[name];
  const required = readFileSync(`${repository}/e2e/clients/go.mod`, 'utf8');
  return new RegExp(`${module} v(\\S+)`).exec(required)[1];
}

async function section({ name, module, note }, repository) {
  const source = readFileSync(`${repository}/e2e/frameworks/${module}.mjs`, 'utf8');
  const excerpts = source.matchAll(/ *\/\/ snippet\n(.*?) *\/\/ end\n/gs);
  const code = Array.from(excerpts, ([, lines]) => lines.replace(/^ {2}/gm, '')).join('').trim();
  const snippets = code ? [{ language: 'js', text: code }] : (await import(`./${module}.mjs`)).snippets;
  const blocks = snippets.map(({ language, text }) => `\`\`\`${language}\n${text}\n\`\`\``);
  return [`### ${name}`, ...(note ? [note] : []), ...blocks].join('\n\n');
}

function part(text, name, now) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = text.split(begin);
  const [, after] = rest.split(end);
  return `${before}${begin}\n${now}\n\n${end}${after}`;
}

const read = path => JSON.parse(readFileSync(path, 'utf8'));
