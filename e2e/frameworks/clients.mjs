// The clients that are tried. To add one, write its row, and a module with `open` as in trial.mjs.
//
// module       the file that drives it; its snippets are those of docs/clients.md
// package      of package.json, whose version the documentation shows
// transports   how it reaches a server: it starts one (stdio), it knows an address (HTTP), or an address and a token
// silent       it does not tell a model that a result is an error: only the text does
// loses        the keywords of the arguments' schemas that its conversion for a model drops or changes
// asks         where its program can be asked for consent, besides the two steps that every client can take
// declines     where it says no to such a question by itself
// heavy        it is tried only with FRAMEWORKS=all
// note         what its users have to know
const every = ['stdio', 'HTTP', 'token'];

export const clients = [
  { name: 'LangChain', module: 'langchain', package: '@langchain/mcp-adapters', transports: every },
  { name: 'Vercel AI SDK', module: 'aisdk', package: '@ai-sdk/mcp', transports: every, asks: every },
  {
    name: 'OpenAI Agents SDK', module: 'openai', package: '@openai/agents', transports: every, silent: true,
    loses: ['additionalProperties'],
  },
  {
    name: 'Mastra', module: 'mastra', package: '@mastra/mcp', transports: every, asks: every,
    note: 'Mastra puts the name of the server before those of its tools, `gumroad_gumroad_list_sales`.\n' +
      'The argument `--tool-prefix=` takes ours away.',
  },
  { name: 'Google Gen AI SDK', module: 'genai', package: '@google/genai', transports: every },
  { name: 'mcporter', module: 'mcporter', package: 'mcporter', transports: every },
  {
    name: 'mcp-remote', module: 'mcpremote', package: 'mcp-remote', transports: ['HTTP', 'token'],
    note: 'It brings a server on HTTP to a client that speaks only stdio.',
  },
  {
    name: 'Codex', module: 'codex', package: '@openai/codex', transports: every, silent: true,
    loses: ['maximum', 'minimum'], declines: ['stdio'], heavy: true,
    note: 'In `~/.codex/config.toml`. `codex exec` has nobody to ask, and declines every question that a server puts\n' +
      'on stdio. Over HTTP it gets a confirm token.',
  },
  {
    name: 'Gemini CLI', module: 'gemini', package: '@google/gemini-cli', transports: every, heavy: true,
    note: 'In `~/.gemini/settings.json`. Prompts are its slash commands, such as `/monthly_review`.',
  },
];

// These are tried in e2e/clients, whose run fails when any of this does not hold.
const all = ['list', 'call', 'error', 'consent', 'dialog', 'resource', 'prompt'];
const local = ['stdio', 'HTTP'];
export const elsewhere = [
  {
    name: 'MCP TypeScript SDK 1', package: '@modelcontextprotocol/sdk', transports: local,
    held: { stdio: all, HTTP: all.filter(step => step !== 'dialog') },
  },
  {
    name: 'MCP TypeScript SDK 2', package: '@modelcontextprotocol/client', transports: local,
    held: { stdio: all, HTTP: all },
  },
  {
    name: 'MCP Go SDK', module: 'github.com/modelcontextprotocol/go-sdk', transports: local,
    held: { stdio: all, HTTP: all },
  },
  {
    name: 'MCP Inspector', package: '@modelcontextprotocol/inspector', transports: local,
    held: Object.fromEntries(local.map(transport => [transport, ['list', 'call', 'error', 'resource', 'prompt']])),
  },
];
