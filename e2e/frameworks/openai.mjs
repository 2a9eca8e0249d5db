// The Agents SDK of OpenAI: an agent calls a tool because its model, which here thinks nothing, says so.
import { run } from '@openai/agents';
import { serveModel } from './model.mjs';
// snippet
import { Agent, MCPServerStdio, MCPServerStreamableHttp } from '@openai/agents';

// end
export async function open(server) {
  const model = await serveModel();
  Object.assign(process.env, { OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_API_KEY: 'none' });
  // snippet
  const gumroad = server.command
    ? new MCPServerStdio(server)
    : new MCPServerStreamableHttp({ url: server.url, requestInit: { headers: server.headers } });
  await gumroad.connect();
  const agent = new Agent({ name: 'Seller', mcpServers: [gumroad] });
  // end
  const call = async (name, args) => {
    const [{ text }] = await model.call({ name, arguments: args }, () => run(agent, 'Go.'));
    return { text };
  };
  return {
    async tools() {
      await call('gumroad_get_user', {});
      return model.tools.map(({ name, parameters }) => ({ name, schema: parameters }));
    },
    call,
    read: async uri => (await gumroad.readResource(uri)).contents[0].text,
    async close() {
      await gumroad.close();
      model.stop();
    },
  };
}
