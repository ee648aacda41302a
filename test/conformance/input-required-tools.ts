import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequests,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { text } from './content.js';

type Answer = CallToolResult | InputRequiredResult;

function ask(message: string, field: string, schema: { type: 'string' } | { type: 'boolean' } = { type: 'string' }) {
  return inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { [field]: schema }, required: [field] },
  });
}

function sample(question: string) {
  return inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens: 100,
  });
}

function answered(context: ServerContext, ...keys: string[]): boolean {
  return keys.every((key) => inputResponse(context.mcpReq.inputResponses, key).kind !== 'missing');
}

/** Tools of 2026-07-28 that answer with `input_required` rounds. */
export function registerInputRequiredTools(server: McpServer, codec: RequestStateCodec): void {
  const tool = (name: string, handler: (context: ServerContext) => Answer | Promise<Answer>): void => {
    server.registerTool(name, { description: 'Needs input' }, (context) => handler(context));
  };
  /** Answers when every key was answered, and asks for all of them otherwise. */
  const oneRound = (name: string, inputRequests: InputRequests, done: (context: ServerContext) => string): void =>
    tool(name, (context) =>
      answered(context, ...Object.keys(inputRequests)) ? text(done(context)) : inputRequired({ inputRequests }),
    );
  const withState = (name: string, inputRequests: InputRequests): void =>
    tool(name, async (context) =>
      answered(context, ...Object.keys(inputRequests))
        ? text('state-ok')
        : inputRequired({ inputRequests, requestState: await codec.mint({ step: 1 }) }),
    );

  tool('test_input_required_result_elicitation', (context) => {
    const name = acceptedContent(context.mcpReq.inputResponses, 'user_name')?.['name'];
    return typeof name === 'string'
      ? text(`Hello, ${name}!`)
      : inputRequired({ inputRequests: { user_name: ask('What is your name?', 'name') } });
  });
  oneRound('test_input_required_result_sampling', { capital_question: sample('What is the capital of France?') }, (c) =>
    JSON.stringify(c.mcpReq.inputResponses),
  );
  oneRound('test_input_required_result_list_roots', { client_roots: inputRequired.listRoots() }, (c) =>
    JSON.stringify(c.mcpReq.inputResponses),
  );
  oneRound('test_streaming_elicitation', { answer: ask('Anything?', 'answer') }, () => 'ok');
  // Always asks for sampling: a client that did not declare it gets -32021.
  tool('test_missing_capability', () => inputRequired({ inputRequests: { question: sample('Anything?') } }));
  withState('test_input_required_result_request_state', { confirm: ask('Please confirm', 'ok', { type: 'boolean' }) });
  withState('test_input_required_result_tampered_state', { confirm: ask('Please confirm', 'ok', { type: 'boolean' }) });
  withState('test_input_required_result_multiple_inputs', {
    user_name: ask('What is your name?', 'name'),
    greeting: sample('Generate a greeting'),
    client_roots: inputRequired.listRoots(),
  });
  tool('test_input_required_result_multi_round', async (context) => {
    if (answered(context, 'step2')) return text('done');
    const second = answered(context, 'step1');
    return inputRequired({
      inputRequests: second ? { step2: ask('Step 2', 'color') } : { step1: ask('Step 1', 'name') },
      requestState: await codec.mint({ step: second ? 2 : 1 }),
    });
  });
  tool('test_input_required_result_capabilities', (context) => {
    const envelope = context.mcpReq.envelope as Record<string, unknown> | undefined;
    // Before 2026-07-28 the session says what its client declared.
    const declared =
      (envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined) ??
      server.server.getClientCapabilities();
    const inputRequests: InputRequests = {
      ...(declared?.sampling && { question: sample('Anything?') }),
      ...(declared?.elicitation && { answer: ask('Anything?', 'answer') }),
    };
    return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : text('Nothing to ask with.');
  });
}
