// Runs clients that are programs, configured as docs/clients.md shows.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

// fill puts the server of a test in the place of that of a snippet.
export function fill(snippet, { command, args, url, headers }) {
  return snippet
    .replace('"gumroad-mcp"', JSON.stringify(command))
    .replace('["--sandbox"]', JSON.stringify(args))
    .replace('http://127.0.0.1:8080/mcp', url)
    .replace('Bearer gmcp_…', headers?.Authorization);
}

// run runs a program to its end.
export async function run(program, args, environment = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [output, complaints, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { output, complaints, code };
}
