// The AI SDK of Vercel: a tool is called as generateText calls it.
import { asSchema } from 'ai';
// snippet
import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio';

// end
export async function open(server, ask) {
  // snippet
  const transport = server.command ? new StdioTransport(server) : { type: 'http', ...server };
  const client = await createMCPClient({ transport, capabilities: ask ? { elicitation: {} } : {} });
  if (ask) client.onElicitationRequest(ElicitationRequestSchema, ({ params }) => ask(params.message));
  const tools = await client.tools();
  // end
  return {
    tools: async () => Object.entries(tools).map(([name, { inputSchema }]) => ({
      name,
      schema: asSchema(inputSchema).jsonSchema,
    })),
    async call(name, args) {
      const { content, isError } = await tools[name].execute(args, { toolCallId: '1', messages: [] });
      return { text: content[0].text, isError };
    },
    read: async uri => (await client.readResource({ uri })).contents[0].text,
    async prompt(name, args) {
      const { messages } = await client.experimental_getPrompt({ name, arguments: args });
      return messages[0].content.text;
    },
    close: () => client.close(),
  };
}
