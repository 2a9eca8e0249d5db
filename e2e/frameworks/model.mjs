// A model that thinks nothing. It answers in the APIs of OpenAI and of Gemini with the one tool call that a test wants
// made, and keeps what a client tells it: the tools, and what the call brought.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const apis = { '/responses': openai, 'enerateContent': gemini };

// serveModel starts a model on a free port of this machine.
export async function serveModel() {
  const model = new Model();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const body = request.method === 'POST' ? await json(request) : {};
    const [, api] = Object.entries(apis).find(([path]) => pathname.includes(path)) ?? [];
    if (api) {
      api(model, body, answer => send(response, answer, body.stream || pathname.includes('stream')));
    } else {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  model.url = `http://127.0.0.1:${server.address().port}`;
  model.stop = () => server.close();
  return model;
}

class Model {
  tools = []; // that the client offers
  heard; // what the client said last
  #wanted;
  #result;

  // call lets the model want one call while a client runs, and returns what the client told it then.
  async call(wanted, run) {
    this.#wanted = wanted;
    this.#result = undefined;
    const outcome = await run();
    assert.ok(this.#result !== undefined, `the client made no call: ${JSON.stringify(outcome)}`);
    return this.#result;
  }

  // next is the call that the model wants made, until it has been told a result.
  next(tools, result, heard) {
    this.heard = heard;
    if (tools.length > 0) this.tools = tools;
    if (result !== undefined) {
      this.#result = result;
      this.#wanted = undefined;
    }
    return tools.length > 0 ? this.#wanted : undefined;
  }
}

// openai is OpenAI's Responses API.
function openai(model, { input, tools = [] }, send) {
  const last = [input].flat().at(-1);
  const wanted = model.next(tools, last.type === 'function_call_output' ? last.output : undefined, last);
  const item = wanted
    ? { type: 'function_call', id: 'fc_1', call_id: 'call_1', ...wanted, arguments: JSON.stringify(wanted.arguments) }
    : { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Done.' }] };
  item.status = 'completed';
  const whole = {
    id: 'resp_1', object: 'response', model: 'none', status: 'completed', output: [item],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
  send({
    whole,
    events: [
      { type: 'response.created', response: { ...whole, status: 'in_progress', output: [] } },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: whole },
    ],
  });
}

// gemini is Gemini's API.
function gemini(model, { contents, tools = [] }, send) {
  const last = contents.at(-1);
  const wanted = model.next(tools, last.parts.find(part => part.functionResponse)?.functionResponse.response, last);
  const part = wanted ? { functionCall: { name: wanted.name, args: wanted.arguments } } : { text: 'Done.' };
  const whole = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  };
  send({ whole, events: [whole] });
}

function send(response, { whole, events }, stream) {
  if (!stream) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) {
    response.write(`${event.type ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
}
