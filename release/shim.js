#!/usr/bin/env node
// Starts the program from the package of this platform.
'use strict';
const platform = `${process.platform}-${process.arch}`;
const name = `@gumroad-mcp/server-${platform}`;
const args = process.argv.slice(2);
let program;
try {
  program = require.resolve(`${name}/bin/gumroad-mcp${process.platform === 'win32' ? '.exe' : ''}`);
} catch {
  console.error(`gumroad-mcp: ${name} is not installed. Either there is no build for ${platform}, or optional dependencies were left out.`);
  process.exit(1);
}
if (process.platform !== 'win32' && process.execve) { // Node 22.15 and later can become the program
  process.emitWarning = () => {}; // execve is experimental, and says so
  try {
    process.execve(program, [program, ...args], process.env);
  } catch {} // not in worker threads, for one: start it as a child
}
const child = require('node:child_process').spawn(program, args, { stdio: 'inherit', windowsHide: true });
// Not spawnSync, which would leave the program running when Node is told to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', error => {
  console.error(`gumroad-mcp: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (!signal) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
