// Prints the id of a notable row of the sandbox: BINARY NAME
import { spawn } from 'node:child_process';
import { sandboxFlags } from './harness.mjs';

const [binary, name] = process.argv.slice(2);
const sandbox = spawn(binary, ['sandbox', ...sandboxFlags, '--addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
let greeting = '';
for await (const chunk of sandbox.stdout) {
  greeting += chunk;
  const address = /MATON_API_URL=(\S+) /.exec(greeting);
  if (address) {
    const { highlights } = await (await fetch(`${address[1]}/_sandbox/highlights`)).json();
    console.log(highlights.find(row => row.name === name).id);
    break;
  }
}
sandbox.kill('SIGTERM');
