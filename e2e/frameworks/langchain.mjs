// LangChain, through its adapter: a tool is called as an agent of LangChain calls it.
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
// snippet
import { MultiServerMCPClient } from '@langchain/mcp-adapters';

// end
export async function open(server) {
  // snippet
  const client = new MultiServerMCPClient({ mcpServers: { gumroad: server } });
  const tools = await client.getTools();
  // end
  const session = await client.getClient('gumroad');
  return {
    tools: async () => tools.map(tool => ({ name: tool.name, schema: convertToOpenAITool(tool).function.parameters })),
    async call(name, args) {
      try {
        return await tools.find(tool => tool.name === name).invoke(args);
      } catch (error) {
        return { text: error.message, isError: true };
      }
    },
    read: async uri => (await client.readResource('gumroad', uri))[0].text,
    prompt: async (name, args) => (await session.getPrompt({ name, arguments: args })).messages[0].content.text,
    close: () => client.close(),
  };
}
