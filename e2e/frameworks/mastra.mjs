// Mastra: a tool is called as its agents call it.
// snippet
import { MCPClient } from '@mastra/mcp';

// end
export async function open(server, ask) {
  // snippet
  const reached = server.command ? server : { url: new URL(server.url), requestInit: { headers: server.headers } };
  const inputRequests = ask && (({ params }) => ask(params.message));
  const client = new MCPClient({ servers: { gumroad: { ...reached, inputRequests } } });
  const tools = await client.listTools();
  // end
  const prefix = 'gumroad_'; // Mastra puts the server's name before the tool's
  return {
    tools: async () => Object.entries(tools).map(([name, { inputSchema }]) => ({
      name: name.slice(prefix.length),
      schema: inputSchema['~standard'].jsonSchema.input({ target: 'draft-07' }),
    })),
    async call(name, args) {
      try {
        return { text: JSON.stringify(await tools[prefix + name].execute(args, {})) };
      } catch (error) {
        return { text: error.message, isError: true };
      }
    },
    read: async uri => (await client.resources.read('gumroad', uri)).contents[0].text,
    async prompt(name, args) {
      const { messages } = await client.prompts.get({ serverName: 'gumroad', name, args });
      return messages[0].content.text;
    },
    close: () => client.disconnect(),
  };
}
