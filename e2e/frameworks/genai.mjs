// The Gen AI SDK of Google: it calls a tool because its model, which here thinks nothing, says so.
import { GoogleGenAI } from '@google/genai';
import { serveModel } from './model.mjs';
// snippet
import { mcpToTool } from '@google/genai';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

// end
export async function open(server) {
  const model = await serveModel();
  const ai = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: model.url } });
  // snippet
  const transport = server.command
    ? new StdioClientTransport(server)
    : new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers: server.headers } });
  const client = new Client({ name: 'seller', version: '1' });
  await client.connect(transport);
  const tools = [mcpToTool(client)]; // for config.tools of generateContent
  // end
  const call = async (name, args) => {
    const result = await model.call({ name, arguments: args }, () =>
      ai.models.generateContent({ model: 'none', contents: 'Go.', config: { tools } }));
    const { content, isError } = result.error ?? result;
    return { text: content[0].text, isError };
  };
  return {
    async tools() {
      await call('gumroad_get_user', {});
      const { functionDeclarations } = model.tools[0];
      return functionDeclarations.map(({ name, parametersJsonSchema: schema }) => ({ name, schema }));
    },
    call,
    async close() {
      await client.close();
      model.stop();
    },
  };
}
