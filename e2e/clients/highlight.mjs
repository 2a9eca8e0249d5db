// Prints the id of a notable row of the sandbox: BINARY NAME
import { serveSandbox } from './harness.mjs';

const [binary, name] = process.argv.slice(2);
const sandbox = await serveSandbox(binary);
console.log(await sandbox.highlight(name));
sandbox.stop();
